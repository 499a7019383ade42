import { createClient } from '@skreaver/client';
import { SkreaverProvider } from '@skreaver/react';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { OrderCount } from './snippets/orders.tsx';
import { App } from './snippets/room.tsx';

const apps = {
  room: () => h(App),
  orders: () =>
    h(
      SkreaverProvider,
      { client: createClient({ url: '/ws', token: 'alice' }) },
      h(QueryClientProvider, { client: new QueryClient() }, h(OrderCount)),
    ),
};
const name = new URLSearchParams(location.search).get('app');
createRoot(document.querySelector('#app')).render(apps[name]());
