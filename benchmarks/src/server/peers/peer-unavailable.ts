/** Thrown when the library cannot run on this machine. The peer is left out, and the table says why. */
export class PeerUnavailable extends Error {}
