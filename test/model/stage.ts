import * as fc from 'fast-check';
import type { ModelClient, ModelServer } from './model-server.js';
import type { RealServer } from './real-server.js';

/** What one run plays on: names of its own, so that runs do not meet on the one server. */
export interface Stage {
  readonly run: number;
  readonly server: ModelServer;
}

export type ModelCommand = fc.AsyncCommand<Stage, RealServer>;

export const SLOTS = 3;

/** Commands executed, over all runs. */
export const executed = new Map<string, number>();

/** `keep-a` of run 7 is `keep-a-7`, `ann` is `ann-7`. */
export const named = (name: string, { run }: Stage): string => `${name}-${run}`;

/** A command of the application or of nobody; after it both servers must be in the same state. */
export function command<P>(
  name: string,
  parameters: fc.Arbitrary<P>,
  step: (stage: Stage, real: RealServer, parameters: P) => Promise<void>,
  check: (stage: Stage, parameters: P) => boolean = () => true,
): fc.Arbitrary<ModelCommand> {
  return parameters.map((values) => ({
    check: (stage: Readonly<Stage>) => check(stage, values),
    run: async (stage: Stage, real: RealServer) => {
      executed.set(name, (executed.get(name) ?? 0) + 1);
      await step(stage, real, values);
      await real.compareWith(stage.server);
    },
    toString: () => `${name}(${JSON.stringify(values)})`,
  }));
}

export type Who = (client: ModelClient) => boolean;
export const anyone: Who = () => true;
export const authenticated: Who = ({ user }) => user !== undefined;
export const unauthenticated: Who = ({ user }) => user === undefined;

/** A command of one of the clients that are here and that fit; skipped where there is none. */
export function clientCommand<P extends object>(
  name: string,
  who: Who,
  parameters: fc.Arbitrary<P>,
  step: (stage: Stage, real: RealServer, parameters: P & { readonly at: number }) => Promise<void>,
): fc.Arbitrary<ModelCommand> {
  const fitting = (stage: Stage): number[] =>
    [...stage.server.clients].filter(([, client]) => who(client)).map(([slot]) => slot);
  return command(
    name,
    fc.record({ pick: fc.nat({ max: SLOTS - 1 }), values: parameters }),
    async (stage, real, { pick, values }) => {
      const slots = fitting(stage).toSorted();
      await step(stage, real, { ...values, at: slots[pick % slots.length] as number });
    },
    (stage) => fitting(stage).length > 0,
  );
}
