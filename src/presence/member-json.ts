import { jsonOf } from '@skreaver/protocol';
import type { Identity } from '../connection/index.js';

/**
 * The maximum length of a member's info as JSON, in UTF-16 code units: it is sent with every join, leave and list of
 * members.
 */
const MAX_INFO_LENGTH = 4096;

/**
 * Returns a user's info as JSON, as other members see it; undefined if there is none.
 * @throws TypeError when it is not JSON or is too long, which is a mistake of the application
 */
export function infoJsonOf({ info }: Identity): string | undefined {
  if (info === undefined) return undefined;
  const json = jsonOf(info as unknown);
  if (json === undefined) throw new TypeError('Identity.info is not JSON.');
  if (json.length > MAX_INFO_LENGTH)
    throw new TypeError(`Identity.info has over ${MAX_INFO_LENGTH} characters of JSON.`);
  return json;
}

/** Returns the data of a join or leave event as JSON. */
export function memberJson(userId: string, infoJson: string | undefined): string {
  const user = JSON.stringify(userId);
  return infoJson === undefined ? `{"user_id":${user}}` : `{"user_id":${user},"info":${infoJson}}`;
}
