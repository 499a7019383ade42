import { createHash } from 'node:crypto';

/** Text that deflate gains little on; the same in every run. */
export function noise(bytes: number): string {
  const outputLength = Math.ceil((bytes * 3) / 4);
  return createHash('shake256', { outputLength }).update('noise').digest('base64').slice(0, bytes);
}

/** Text as agents send it, of so many bytes. */
function updates(bytes: number): string {
  const text = Array.from({ length: bytes / 30 }, (_, at) => `{"agent":${at * 7919},"state":"running"}`).join('\n');
  return text.slice(0, bytes);
}

interface EventText {
  readonly what: string;
  readonly text: string;
  readonly compressed: boolean;
}

const small: readonly EventText[] = [
  { what: 'under the threshold', text: updates(500), compressed: false },
  { what: 'of 1 KiB', text: updates(1024), compressed: true },
  { what: 'with characters of two, three and four bytes', text: 'é€漢😀'.repeat(700), compressed: true },
  { what: 'next to incompressible', text: noise(4000), compressed: true },
  { what: 'of a few bytes', text: 'é€漢😀', compressed: false },
  // Further apart than the smaller windows, so that who ignores them refers back too far.
  { what: 'that repeats itself from afar', text: noise(3000).repeat(4), compressed: true },
];

const large: readonly EventText[] = [
  { what: 'of 64 KiB', text: updates(65_536), compressed: true },
  { what: 'of 1 MiB', text: updates(1_048_576), compressed: true },
];

export const eventTexts = { small, large, all: [...small, ...large] } as const;

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
