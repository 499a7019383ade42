import type { EventContent, Exclusion } from '../../backplane/index.js';
import { appMetadataJson } from './app-metadata.js';
import { exclusionOf } from './exclusion.js';
import { payloadOf } from './payload.js';

/** What the application gives of an event. */
export interface EventOptions {
  /**
   * What you say of the event beside its data, such as a type or a trace id: an object of at most 1,024 bytes of JSON.
   * Subscribers get it as `metadata.app`, also from the history. Default: none. PROTOCOL §3.
   */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Keeps the event from a connection, from all connections of a user, or from both: live, recovered and in their
   * `history`. A connection id holds until that connection ends, so leave a person out by the user. Default: nobody is
   * left out. PROTOCOL §3.
   */
  readonly except?: Exclusion | undefined;
}

/**
 * Serialises an event, once for all who get it.
 * @param userId the user of the client that publishes; undefined for the application
 * @throws WsError `INVALID_PARAMS` (data or metadata is not JSON, `except` names nobody), `MESSAGE_TOO_LARGE` (the
 * metadata)
 */
export function contentOf(data: unknown, { metadata, except }: EventOptions, userId?: string): EventContent {
  const { dataJson, dataBinary } = payloadOf(data);
  const metadataJson = metadata === undefined ? undefined : appMetadataJson(metadata);
  return { dataJson, dataBinary, userId, metadataJson, except: exclusionOf(except) };
}
