import { parseQuantity } from './quantity.js';

const KIB = 1024;
const BYTES = { '': 1, b: 1, kb: KIB, kib: KIB, mb: KIB ** 2, mib: KIB ** 2, gb: KIB ** 3, gib: KIB ** 3 };
const ALLOWED = 'a size in whole bytes such as 65536, 64KB, 64KiB or 1MiB';

/**
 * Bytes of a text: `65536`, `64KB`, `64KiB`, `1.5MB`, `1GiB`; without a unit they are bytes. KB is KiB (1024 bytes) and so
 * on, as in `64KB` of the guide. Capitals do not matter.
 * @throws ConfigError for anything else, also for a part of a byte
 */
export function parseSize(text: string): number {
  return parseQuantity(text, BYTES, { name: 'size', allowed: ALLOWED });
}
