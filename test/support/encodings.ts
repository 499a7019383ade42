import { subprotocols } from '@skreaver/protocol';
import { afterEach, beforeEach } from 'vitest';
import { TestClient } from './test-client.js';

/** The encodings of the protocol, with what a client offers for each: for `describe.each`. */
export const encodings: readonly (readonly [encoding: string, protocols: readonly string[]])[] = [
  ['JSON', []],
  ['MessagePack', [subprotocols.msgpack]],
];

/** Lets every `TestClient` of the tests around it offer these subprotocols. */
export function speak(protocols: readonly string[]): void {
  beforeEach(() => {
    TestClient.protocols = protocols;
  });
  afterEach(() => {
    TestClient.protocols = [];
  });
}
