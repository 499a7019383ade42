/** Published event: a status of an agent, built anew for each publish as an application would. */
export interface AgentEvent {
  readonly agent_id: string;
  readonly sequence: number;
  /** Time on the monotonic clock, which all processes of a machine share, in microseconds; always 15 digits. */
  readonly at: string;
  readonly text: string;
}

/** More texts than fit into the window of a compressor. */
const TEXTS = 64;
const WORDS = 'plan tool call step result token agent trace error retry queue wait done write read think model'.split(
  ' ',
);

/** Generates text that compresses about as well as a log: its words repeat often, but their order does not. */
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

/** Bounds of the sequence, with the same number of digits. */
const FIRST = 100_000;
const LAST = 999_999;
/** Shared by all makers, so that no round repeats events of the round before. */
let sequence = FIRST;

/** Makes events whose JSON has exactly `bytes` bytes, each with another text and the time of its making. */
export class EventMaker {
  private readonly texts: readonly string[];

  constructor(bytes: number) {
    const room = bytes - JSON.stringify(eventOf('')).length;
    if (room < 0) throw new RangeError(`An event has at least ${bytes - room} bytes.`);
    this.texts = Array.from({ length: TEXTS }, (_, seed) => prose(room, seed + 1));
  }

  next(): AgentEvent {
    sequence = sequence === LAST ? FIRST : sequence + 1;
    return eventOf(this.texts[sequence % this.texts.length] ?? '');
  }
}

const eventOf = (text: string): AgentEvent => ({ agent_id: 'agent-7', sequence, at: monotonicMicros(), text });
