export { AddressCounts } from './address-counts.js';
export { addressKey } from './address-key.js';
export { type Address, ipv4Of, parseAddress, withoutZone } from './parse-address.js';
