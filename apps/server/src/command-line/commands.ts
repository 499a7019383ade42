import type { Run } from './command.js';
import type { CommandName } from './grammar/specs.js';

interface Command<Name extends CommandName> {
  readonly run: Run<Name>;
}

/** Each command is loaded when it is called: those of a client start without Nest. */
export const commands: { readonly [Name in CommandName]: () => Promise<Command<Name>> } = {
  serve: () => import('./commands/serve.js'),
  sub: () => import('./commands/sub.js'),
  pub: () => import('./commands/pub.js'),
  req: () => import('./commands/req.js'),
  history: () => import('./commands/history.js'),
  presence: () => import('./commands/presence.js'),
  reply: () => import('./commands/reply.js'),
  consume: () => import('./commands/consume.js'),
  'token create': () => import('./commands/token-create.js'),
  'token check': () => import('./commands/token-check.js'),
  'check-config': () => import('./commands/check-config.js'),
  doctor: () => import('./commands/doctor.js'),
  bench: () => import('./commands/bench.js'),
  completion: () => import('./commands/completion.js'),
};
