/** Thrown when something that a contestant needs is not on this machine. It is left out, and the table says why. */
export class Unavailable extends Error {}
