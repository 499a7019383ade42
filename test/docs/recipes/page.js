/* global URL, document, location */
/** Runs the recipe that the query names, and keeps what its application hears in `heard`. */
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { createApp } from 'vue';
import { connect as connectPartySocket } from './partysocket.js';
import { useUpdates as useReactUpdates } from './react-use-websocket.js';
import { connect as connectReconnecting } from './reconnecting-websocket.js';
import { updates } from './rxjs.js';
import { useUpdates as useVueUpdates } from './vueuse.js';

globalThis.heard = [];
const take = (data) => globalThis.heard.push(data);

const recipes = {
  'reconnecting-websocket': (url) => connectReconnecting(url, take),
  partysocket: (url) => connectPartySocket(url, take),
  rxjs: (url) => updates(url).subscribe(take),
  VueUse: (url) => {
    const setup = () => {
      useVueUpdates(url, take);
      return () => null;
    };
    createApp({ setup }).mount('#app');
  },
  'react-use-websocket': (url) => {
    const App = () => {
      useReactUpdates(url, take);
      return null;
    };
    createRoot(document.querySelector('#app')).render(createElement(App));
  },
};

const query = new URL(location.href).searchParams;
recipes[query.get('recipe')](query.get('socket'));
