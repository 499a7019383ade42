import type { Member, PresenceUpdate } from '@skreaver/nestjs-ws';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { readText, writeText } from './fields.js';

export function writeUpdate(out: ByteWriter, update: PresenceUpdate): void {
  const { channel, userId, connections, infoJson, announcementJson, leaveDelay, isQuiet = false } = update;
  out.text(channel);
  out.text(userId);
  out.u32(connections);
  writeText(out, infoJson);
  writeText(out, announcementJson);
  out.number(leaveDelay);
  out.u8(isQuiet ? 1 : 0);
}

export const readUpdate = (from: ByteReader): PresenceUpdate => ({
  channel: from.text(),
  userId: from.text(),
  connections: from.u32(),
  infoJson: readText(from),
  announcementJson: readText(from),
  leaveDelay: from.number(),
  isQuiet: from.u8() === 1,
});

export function writeMember(out: ByteWriter, { userId, connections, infoJson }: Member): void {
  out.text(userId);
  out.u32(connections);
  writeText(out, infoJson);
}

export const readMember = (from: ByteReader): Member => ({
  userId: from.text(),
  connections: from.u32(),
  infoJson: readText(from),
});
