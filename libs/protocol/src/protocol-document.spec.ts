import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  clientMessageTypes,
  closeCodes,
  closeReason,
  decodeClientMessage,
  decodeServerMessage,
  defaultErrorMessage,
  parseCloseReason,
  protocolLimits,
  serverMessageTypes,
  subprotocols,
  WsErrorCode,
  WsMessageType,
} from './index.js';
import { unpack } from './msgpack/index.js';

const text = readFileSync(new URL('../../../PROTOCOL.md', import.meta.url), 'utf8');
const lines = text.split('\n');

const cellsOf = (row: string): string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));

/** Returns the rows of the only table of PROTOCOL whose header starts with these cells. */
function table(...header: string[]): string[][] {
  const starts = lines.flatMap((line, at) =>
    line.startsWith('|') && header.every((cell, column) => cellsOf(line)[column] === cell) ? [at] : [],
  );
  expect(starts, `tables with the header ${header.join(', ')}`).toHaveLength(1);
  const body = lines.slice(Number(starts[0]) + 2);
  return body
    .slice(
      0,
      body.findIndex((line) => !line.startsWith('|')),
    )
    .map(cellsOf);
}

function direction(type: string): string {
  const [fromClient, fromServer] = [clientMessageTypes, serverMessageTypes].map((types: readonly string[]) =>
    types.includes(type),
  );
  if (fromClient && fromServer) return 'both';
  return fromClient ? 'client' : 'server';
}

describe('the tables of PROTOCOL.md', () => {
  it('have every message type with its sender, and no other', () => {
    const rows = table('type', 'from', 'data', 'answer').map(([type, from]) => [type, from]);
    expect(rows).toEqual(Object.values(WsMessageType).map((type) => [type, direction(type)]));
  });

  it('have every error code, and no other', () => {
    expect(table('error code').map(([code]) => code)).toEqual(Object.values(WsErrorCode));
  });

  it('have every close code with the properties in the code, and no other', () => {
    const rows = closeCodes.map((row) => [String(row.code), row.name, row.when, row.client.replaceAll('-', ' ')]);
    expect(table('close code', 'name', 'when', 'client')).toEqual(rows);
  });

  it('have every fixed limit with its value', () => {
    const rows = table('limit of one client message').map(([, name, value]) => [name, Number(value)]);
    expect(rows).toEqual(Object.entries(protocolLimits));
  });

  it('name both subprotocols', () => {
    expect(text.match(/`skreaver\.v1[\w.]*`/g)).toEqual(
      expect.arrayContaining(Object.values(subprotocols).map((name) => `\`${name}\``)),
    );
  });
});

const exchanges = [...text.matchAll(/^```frames\n(.*?)\n```$/gms)].flatMap(([, body = '']) => body.split('\n'));
const frames = exchanges.filter((line) => /^[→←] \{/.test(line));
/** A close that the server did not send has no reason of ours. */
const isOfProxy = (line: string): boolean => /^← close 100[01]$/.test(line);
const closes = exchanges.filter((line) => /^[→←] close /.test(line));

const decodeFrame = (line: string) =>
  line.startsWith('→') ? decodeClientMessage(line.slice(2)) : decodeServerMessage(line.slice(2));

describe('the examples of PROTOCOL.md', () => {
  it('contain nothing but frames, handshakes and closes', () => {
    const handshake =
      /^(→ GET \/ws\S* HTTP\/1\.1|← HTTP\/1\.1 101 Switching Protocols|[→←] (Origin|Cookie|Sec-WebSocket-Protocol): \S.*)$/;
    const rest = exchanges.filter((line) => !frames.includes(line) && !closes.includes(line) && !handshake.test(line));
    expect(rest).toEqual([]);
  });

  it.each(frames)('decode: %s', (line) => {
    expect(decodeFrame(line)).toMatchObject({ ok: true });
  });

  it('show in hexadecimal the message that the sentence before says', () => {
    const [, json = '', hex = ''] =
      /is `(\{.*\})` in JSON:\n\n```hex\n(.*?)\n```/s.exec(text.replaceAll('\n`{', ' `{')) ?? [];
    expect(unpack(Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16)))).toEqual(
      decodeClientMessage(json),
    );
    expect(decodeClientMessage(json)).toMatchObject({ ok: true });
  });

  it('show every message type, from each of its senders', () => {
    const shown = new Set(frames.map((line) => `${line[0]} ${/"type":"(\w+)"/.exec(line)?.[1]}`));
    const wanted = [...clientMessageTypes.map((type) => `→ ${type}`), ...serverMessageTypes.map((type) => `← ${type}`)];
    expect([...shown].toSorted()).toEqual(wanted.toSorted());
  });

  it.each(closes.filter((line) => !isOfProxy(line)))('close with the reason of the code: %s', (line) => {
    const [, , code, reason = ''] = line.split(' ');
    const row = closeCodes.find((candidate) => candidate.code === Number(code));
    expect(row && closeReason(row.code, parseCloseReason(reason).retryAfterMs)).toBe(reason);
  });

  it('contain the sentences that clients get', () => {
    const errors = frames.flatMap((line) => [...line.matchAll(/"code":"(\w+)","message":"([^"]+)"/g)]);
    const codes: readonly string[] = Object.values(WsErrorCode);
    expect(errors.map(([, code = '']) => codes.includes(code))).not.toContain(false);
    const sentences = new Map<string, string>(
      Object.values(WsErrorCode).map((code) => [code, defaultErrorMessage(code)]),
    );
    expect(errors.map(([, , sentence]) => sentence)).toEqual(errors.map(([, code = '']) => sentences.get(code)));
    expect(errors.length).toBeGreaterThan(0);
  });
});
