import { installCached } from './cached-packages.mjs';

/** The oldest React that the hooks are for. */
export const installReact18 = () =>
  installCached('react-18', ['react@18.2.0', 'react-dom@18.2.0'], ['react/index.js', 'react-dom/client.js']);
