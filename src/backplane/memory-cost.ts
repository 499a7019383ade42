/*
 * The memory of objects in the heap of V8 (Node 20 and 24, 64 bits), measured as the growth of `heapUsed` after a full
 * collection over 100,000 of each, and rounded up.
 */

/** The text of an event, beside its characters: the head of the string. */
export const TEXT_BYTES = 24;

/** The additional memory of an event that was read, or that has a sender or metadata: its publication, position and time. */
export const EVENT_BYTES = 160;

/** Bytes of an event's payload, beside their number: the array and its buffer. */
export const BINARY_BYTES = 208;

/** The receivers that an event is kept from, beside their ids. */
export const EXCLUSION_BYTES = 32;

/** A slot for an event in a ring. */
export const SLOT_BYTES = 32;

/** A ring that is not empty, beside its slots. */
export const RING_BYTES = 96;

/** A stream without events, beside its channel's name: with its epoch and its entry in the Map. */
export const STREAM_BYTES = 344;

/** An entry of a fair map, beside its name and its value. */
export const ENTRY_BYTES = 136;

/** An owner of entries in a fair map, beside its name. */
export const OWNER_BYTES = 240;

/** The value of an acknowledged position, and that its name is put together of two. */
export const ACKED_BYTES = 72;

/** The memory of an idempotency key. */
export const SEEN_BYTES = 20;

/**
 * Bytes of a text in V8: one for each character, two when there is one beyond Latin-1. V8 knows that a string kept in
 * single bytes cannot match, and does not look at it: it takes 20 ns however long the text is; 0.4 ns per character of
 * another.
 */
export const textBytes = (text: string): number => (/[^\0-\xff]/.test(text) ? 2 * text.length : text.length);
