import { readQuantity } from './read-quantity.js';
import { parseAs, type WrittenForm } from './written-form.js';

const KIB = 1024;
const BYTES = new Map([
  ['', 1],
  ['b', 1],
  ['kb', KIB],
  ['kib', KIB],
  ['mb', KIB ** 2],
  ['mib', KIB ** 2],
  ['gb', KIB ** 3],
  ['gib', KIB ** 3],
]);

export const sizeForm: WrittenForm<number> = {
  name: 'size',
  allowed: 'a size in whole bytes such as 65536, 64KB, 64KiB or 1MiB',
  read: (text) => readQuantity(text.toLowerCase(), BYTES),
};

/**
 * Bytes of a text: `65536`, `64KB`, `64KiB`, `1.5MB`, `1GiB`; without a unit they are bytes. KB is KiB, 1024 bytes, and so
 * on: the `64KB` of the guide is 65,536. Capitals do not matter.
 * @throws ConfigError for anything else, also for a part of a byte
 */
export const parseSize = (text: string): number => parseAs(sizeForm, text);
