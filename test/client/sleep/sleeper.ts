import { createClient } from '../../../libs/client/src/index.js';

/** Put in place by the bundler. */
declare const URL_OF_SERVER: string;
declare const TOKENS: string[];

const say = (what: string, value: unknown): void => console.log(JSON.stringify([what, value]));

const client = createClient({
  url: URL_OF_SERVER,
  getToken: ({ reason }) => {
    say('token', reason);
    return TOKENS.shift() ?? null;
  },
});

client.on('state', ({ state }) => say('state', state.status));
client.subscribe('news', {
  onEvent: ({ data }) => say('event', data),
  onReset: ({ reason }) => say('reset', reason),
});
