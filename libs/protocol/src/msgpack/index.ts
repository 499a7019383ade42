/** @module The messages of the Skreaver WS protocol as MessagePack: the subprotocol `skreaver.v1.msgpack`. */
export { pack, packValue } from './pack.js';
export { Packed } from './packed.js';
export { faultOfBytes, unpack, unpackValue } from './unpack.js';
export { jsonOfMsgpack } from './json-of-msgpack.js';
export { msgpackOfJson } from './msgpack-of-json.js';
