/** A token stands there, but not in a readable form, or several do. */
export const UNREADABLE: unique symbol = Symbol('unreadable');

/** What a source of tokens holds: a token, none, or something that could be taken for more than one. */
export type FoundToken = string | undefined | typeof UNREADABLE;
