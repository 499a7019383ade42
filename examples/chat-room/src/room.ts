/** The channel of the one room. The page names it too. */
export const ROOM = 'room:lobby';
