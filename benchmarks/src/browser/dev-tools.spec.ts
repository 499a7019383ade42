import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { DevTools } from './dev-tools.js';

function connected() {
  const [toBrowser, fromBrowser] = [new PassThrough(), new PassThrough()];
  return { toBrowser, fromBrowser, devTools: new DevTools(toBrowser, fromBrowser) };
}

it('ends each command by a NUL, and takes an answer that comes in pieces', async () => {
  const { toBrowser, fromBrowser, devTools } = connected();
  const answer = devTools.command('Browser.getVersion', { a: 1 }, 's');
  expect(String(toBrowser.read())).toBe('{"id":1,"method":"Browser.getVersion","params":{"a":1},"sessionId":"s"}\0');
  fromBrowser.write('{"id":1,"result":');
  fromBrowser.write('{"product":"Chrome"}}\0{"id"');
  expect(await answer).toEqual({ product: 'Chrome' });
});

it('hands an event to its listener', async () => {
  const { fromBrowser, devTools } = connected();
  const heard = new Promise((resolve) => devTools.on('Fetch.requestPaused', resolve));
  fromBrowser.write('{"method":"Page.frameResized","params":{}}\0{"method":"Fetch.requestPaused","params":{"a":1}}\0');
  expect(await heard).toEqual({ a: 1 });
});

it('rejects a command that the browser refuses', async () => {
  const { fromBrowser, devTools } = connected();
  const answer = devTools.command('Page.fly');
  fromBrowser.write('{"id":1,"error":{"message":"not found"}}\0');
  await expect(answer).rejects.toThrow('Page.fly: not found');
});

it('rejects the commands that wait when the browser ends', async () => {
  const { fromBrowser, devTools } = connected();
  const answer = devTools.command('Page.navigate');
  fromBrowser.destroy();
  await expect(answer).rejects.toThrow('Page.navigate: the browser has ended');
});
