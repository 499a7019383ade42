/** Bytes beside the text of an event: two objects, a string's head, its place and time in the ring with the ring's slack. */
export const EVENT_BYTES = 176;

/** Bytes beside the name of a channel's stream: the object, its epoch, its entry in a Map, a string's head. */
export const STREAM_BYTES = 336;

/** Bytes beside the text of a key in a Map of ours: a string's head, the entry with the Map's slack, a small object. */
export const ENTRY_BYTES = 144;

/**
 * Bytes of a text in V8: one for each character, two when there is one beyond Latin-1. V8 leaves this expression out for a
 * string that it keeps in single bytes, so that it costs 20 ns however long the text is.
 */
export const textBytes = (text: string): number => (/[^\0-\xff]/.test(text) ? 2 * text.length : text.length);
