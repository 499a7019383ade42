/** Bytes that are MessagePack already, in the place of a value in what is packed. They must be one value; this is not checked. */
export class Packed {
  constructor(readonly bytes: Uint8Array) {}
}
