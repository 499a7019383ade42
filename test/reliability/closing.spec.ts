import { CloseCode } from '@skreaver/protocol';
import { describe, expect, it } from 'vitest';
import { expectNoProcessFaults } from '../support/process-faults.js';
import { startApp } from '../support/test-app.js';

const NOT_SENDABLE = [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN, Number.POSITIVE_INFINITY];

/** The connection's socket, and behind it what a test makes throw. */
interface Insides {
  readonly webSocket: { sendClose(code: number, reason: string): void };
  readonly environment: { readonly handler: { onDisconnect(client: unknown, code: number): void } };
}

async function connected() {
  expectNoProcessFaults();
  const app = await startApp();
  const client = await app.connect();
  const [connection] = app.table.list();
  if (connection === undefined) throw new Error('nobody is connected');
  return { ...app, client, connection, insides: connection.socket as unknown as Insides };
}

const fails = (): never => {
  throw new Error('planted');
};

describe('a close code that must not be sent', () => {
  it.each(NOT_SENDABLE)('is refused before anything has changed: %d', async (code) => {
    const { registry, connection, client } = await connected();
    const unsendable = code as CloseCode;
    await expect(registry.disconnect(connection.id, unsendable)).rejects.toMatchObject({
      code: 'INVALID_PARAMS',
      message: expect.stringContaining(String(code)),
    });
    await expect(registry.disconnect('nobody', unsendable)).rejects.toThrow(String(code));
    expect(() => connection.close(unsendable)).toThrow(RangeError);
    await client.settle();
    expect(await registry.disconnect(connection.id)).toBe(true);
    expect((await client.closed).code).toBe(CloseCode.ForcedDisconnect);
  });
});

describe('an error while a connection is closed', () => {
  it('does not keep the socket open when an observer of the end throws', async () => {
    const { registry, connection, client, insides, log } = await connected();
    const { handler } = insides.environment;
    const onDisconnect = handler.onDisconnect.bind(handler);
    handler.onDisconnect = (one, code) => {
      onDisconnect(one, code);
      fails();
    };
    expect(await registry.disconnect(connection.id)).toBe(true);
    expect((await client.closed).code).toBe(CloseCode.ForcedDisconnect);
    expect(registry.list()).toEqual([]);
    expect(log.text()).toContain('the end of a connection could not be told');
  });

  it('does not keep the socket open when the close frame cannot be written', async () => {
    const { registry, connection, client, insides } = await connected();
    insides.webSocket.sendClose = fails;
    expect(await registry.disconnect(connection.id)).toBe(true);
    expect((await client.closed).code).toBe(1006);
    expect(registry.list()).toEqual([]);
  });
});
