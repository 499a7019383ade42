import { parseArgs } from 'node:util';
import { peerNames, type PeerName } from './server/peers/peer-server.js';

export interface BenchOptions {
  /** Ids such as `P1`; empty for all cases. */
  readonly cases: readonly string[];
  /** Undefined for all peers. */
  readonly peers: readonly PeerName[] | undefined;
  readonly rounds: number;
  readonly quick: boolean;
  /** Path of another built checkout, whose own server is measured as the peer `baseline`. */
  readonly baseline: string | undefined;
  /** True for a run of full size with all peers, which goes into the results and the page. */
  readonly writesDocs: boolean;
}

/** Thrown for an argument that is unknown or out of range. */
export class UsageError extends Error {}

export const usage = `npm run bench -- [options]
  --case P1,P2      only these cases
  --peers ours,ws   only these of ${peerNames.join(', ')}
  --rounds 5        rounds of each case; the table has median and range
  --baseline DIR    measure another built checkout beside, as the peer "baseline"
  --quick           small sizes, one round: shows that it runs, not how fast
A run of full size with all peers writes its results and plots to benchmarks/results/, and the page made of all results to
docs/benchmarks.md. With --case, it replaces only these cases.`;

const DEFAULT_ROUNDS = 5;

/** @throws UsageError */
export function readOptions(args: readonly string[], knownCases: readonly string[]): BenchOptions {
  const { values } = parse(args);
  const baseline = values.baseline;
  const peers = values.peers === undefined ? undefined : listOf('--peers', values.peers, peerNames);
  if (peers?.includes('baseline') === true && baseline === undefined) {
    throw new UsageError('The peer "baseline" needs --baseline DIR.');
  }
  return {
    cases: values.case === undefined ? [] : listOf('--case', values.case, knownCases),
    peers,
    rounds: values.rounds === undefined ? (values.quick ? 1 : DEFAULT_ROUNDS) : countOf(values.rounds),
    quick: values.quick,
    baseline,
    writesDocs: !values.quick && peers === undefined && baseline === undefined,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        case: { type: 'string' },
        peers: { type: 'string' },
        rounds: { type: 'string' },
        baseline: { type: 'string' },
        quick: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function listOf<Name extends string>(option: string, text: string, known: readonly Name[]): Name[] {
  return text.split(',').map((item) => {
    const name = known.find((each) => each.toLowerCase() === item.trim().toLowerCase());
    if (name === undefined) throw new UsageError(`${option}: there is no "${item}"; known are ${known.join(', ')}.`);
    return name;
  });
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError(`--rounds is "${text}"; it is a whole number from 1.`);
  return count;
}
