/** The library cannot run here, which is no fault: the peer is left out, and the table says why. */
export class PeerUnavailable extends Error {}
