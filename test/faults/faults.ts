import type { PlantedFault } from './planted-fault.js';

const REQUESTS = 'test/race/request-races.spec.ts';
const AUTHENTICATION = 'test/race/authentication-races.spec.ts';
const SUBSCRIPTIONS = 'test/race/subscription-races.spec.ts';
const ASKS = 'test/race/ask-races.spec.ts';

/** Mistakes that somebody could make, each found by a test. `npm run test:faults` plants all of them, one after the other. */
export const faults: readonly PlantedFault[] = [
  {
    id: 'a second terminal answer',
    file: 'src/request/running-request.ts',
    find: '    this.over = true;\n',
    replace: '',
    spec: REQUESTS,
    test: 'get exactly one terminal answer, and none where the connection ended first',
  },
  {
    id: 'chunks that are not counted',
    file: 'src/request/running-request.ts',
    find: 'this.sequence += 1;',
    replace: '',
    spec: REQUESTS,
    test: 'stream their chunks in sequence from 0, all of them before success, and nothing after the terminal answer',
  },
  {
    id: 'a deadline that outlives its request',
    file: 'src/request/running-request.ts',
    find: '    this.environment.wheel.disarm(this);\n',
    replace: '',
    spec: REQUESTS,
    test: 'leave nothing at work, no generator open, no deadline armed and nothing kept of the gone',
  },
  {
    id: 'an answered request that can still be cancelled',
    file: 'src/request/running-request.ts',
    find: '    this.unanswered.delete(this);\n',
    replace: '',
    spec: REQUESTS,
    test: 'are told by a cancel whether it met one that ran',
  },
  {
    id: 'a method that is not told of the cancel',
    file: 'src/request/running-request.ts',
    find: 'if (abortedBy !== undefined) this.controller?.abort(abortedBy);',
    replace: '',
    spec: REQUESTS,
    test: 'abort the signal of whoever ended early, and of nobody else',
  },
  {
    id: 'requests of a connection that is gone',
    file: 'src/request/running-requests.ts',
    find: '    this.byConnection.delete(connection);\n',
    replace: '',
    spec: REQUESTS,
    test: 'leave nothing at work, no generator open, no deadline armed and nothing kept of the gone',
  },
  {
    id: 'a generator that is pulled in vain',
    file: 'src/request/request-dispatcher.ts',
    find: '  running.whenOver(() => chunks.stop());\n',
    replace: '',
    spec: REQUESTS,
    test: 'pull no generator once they are over',
  },
  {
    id: 'a deadline that outlives its question',
    file: 'src/subscription/pending-asks.ts',
    find: '    this.wheel.disarm(ask.deadline);\n',
    replace: '',
    spec: ASKS,
    test: 'leave no deadline and no question behind once everybody has gone',
  },
  {
    id: 'questions of a connection that is gone',
    file: 'src/subscription/pending-asks.ts',
    find: 'registry.observe({ ended: (connection) => this.fail(connection) });',
    replace: 'registry.observe({});',
    spec: ASKS,
    test: 'leave no deadline and no question behind once everybody has gone',
  },
  {
    id: 'a token that comes too late',
    file: 'src/gateway/authentication-desk.ts',
    find: '    if (connection.generation !== generation) return undefined;\n',
    replace: '',
    spec: AUTHENTICATION,
    test: 'makes a connection one user at most, ever, and tells the client no other',
  },
  {
    id: "a token that renews another user's session",
    file: 'src/gateway/authentication-desk.ts',
    find: 'return connection.userId === undefined || connection.userId === identity.userId;',
    replace: 'return true;',
    spec: AUTHENTICATION,
    test: 'makes a connection one user at most, ever, and tells the client no other',
  },
  {
    id: 'a user who is still listed when gone',
    file: 'src/connection/connection-registry.ts',
    find: '    this.byId.delete(connection.id);\n    this.unindex(connection);\n',
    replace: '    this.byId.delete(connection.id);\n',
    spec: AUTHENTICATION,
    test: 'leaves no deadline and no identity behind once everybody has gone',
  },
  {
    id: 'a place that is given back twice',
    file: 'src/connection/connection-places.ts',
    find: '        if (released) return;\n',
    replace: '',
    spec: SUBSCRIPTIONS,
    test: 'leave nothing behind once everybody has gone, with every slot freed once',
  },
];
