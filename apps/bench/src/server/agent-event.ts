/** What is published: a status of an agent, as an application would build it anew for each publish. */
export interface AgentEvent {
  readonly agent_id: string;
  readonly sequence: number;
  /** Microseconds of the monotonic clock, which all processes of a machine share; always 15 digits. */
  readonly at: string;
  readonly text: string;
}

/** More than a compressor looks back on. */
const TEXTS = 64;
const WORDS = 'plan tool call step result token agent trace error retry queue wait done write read think model'.split(
  ' ',
);

/** Words in an order that repeats late, so that a compressor finds in them what it finds in a log, not one long run. */
function prose(length: number, seed: number): string {
  let state = seed;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += `${WORDS[(state >>> 16) % WORDS.length]} ${(state >>> 8) % 97} `;
  }
  return text.slice(0, length);
}

const monotonicMicros = (): string => String(process.hrtime.bigint() / 1000n).padStart(15, '0');

/** Makes events whose JSON has exactly `bytes` bytes, each with another text and the time of its making. */
export class EventMaker {
  private readonly texts: readonly string[];
  private sequence = 100_000;

  constructor(bytes: number) {
    const room = bytes - JSON.stringify(this.eventOf('')).length;
    if (room < 0) throw new RangeError(`An event has at least ${bytes - room} bytes.`);
    this.texts = Array.from({ length: TEXTS }, (_, seed) => prose(room, seed + 1));
  }

  next(): AgentEvent {
    this.sequence = this.sequence === 999_999 ? 100_000 : this.sequence + 1;
    return this.eventOf(this.texts[this.sequence % this.texts.length] ?? '');
  }

  private eventOf(text: string): AgentEvent {
    return { agent_id: 'agent-7', sequence: this.sequence, at: monotonicMicros(), text };
  }
}
