export { AddressCounts } from './address-counts.js';
export { addressKey } from './address-key.js';
export { type Address, parseAddress, withoutZone } from './parse-address.js';
