import type { Mutant } from './mutant.js';

const FAULTS = 'test/cluster/redis-faults.spec.ts';
const STEPS = 'test/cluster/redis-steps.spec.ts';
const SCRIPTS = 'test/cluster/redis-scripts.spec.ts';
const APPLICATIONS = 'test/cluster/redis-applications.spec.ts';
const HUB_FAULTS = 'test/cluster/hub-faults.spec.ts';
const SCRIPT = 'libs/redis/src/scripts/script.ts';
const HISTORY = 'libs/redis/src/scripts/history.ts';
const PART = 'libs/redis/src/redis-part.ts';
const LINK = 'libs/redis/src/link/redis-link.ts';
const REAPER = 'libs/redis/src/cluster/reaper.ts';
const PRESENCE = 'libs/redis/src/cluster/redis-presence.ts';
const TAIL_LOST = 'that loses the tail begins another epoch, so that nobody recovers over the hole';
const HISTORY_MODEL = 'keep histories, positions, idempotency keys and acknowledgements as their model does';

/** Mistakes in what makes several processes one server. */
export const clusterMutants: readonly Mutant[] = [
  {
    id: 'an epoch that goes on after a failover: no fence',
    file: SCRIPT,
    find: 'if known[3] ~= id then',
    replace: 'if false then',
    spec: SCRIPTS,
    test: HISTORY_MODEL,
  },
  {
    id: 'an epoch that begins anew at every use after a failover',
    file: SCRIPT,
    find: "'e', epoch, 'r', id, 'f', former)",
    replace: "'e', epoch, 'f', former)",
    spec: FAULTS,
    test: TAIL_LOST,
  },
  {
    id: 'a publication that switches off the check of maxmemory',
    file: SCRIPT,
    find: "    redis.call('HSET', meta, 'e', epoch, 's', 0, 'r', id)\n    redis.call('DEL', stream)\n",
    replace: "    redis.call('DEL', stream)\n    redis.call('HSET', meta, 'e', epoch, 's', 0, 'r', id)\n",
    spec: FAULTS,
    test: 'refuses publications whole, and goes on with those that it does not keep',
  },
  {
    id: 'a new epoch that keeps the events of a channel that was forgotten',
    file: SCRIPT,
    find: "    redis.call('DEL', stream)\n",
    replace: '',
    spec: SCRIPTS,
    test: HISTORY_MODEL,
  },
  {
    id: 'no doubt where one node alone heard of events',
    file: HISTORY,
    find: 'if isGone or isLate then',
    replace: 'if isGone then',
    spec: FAULTS,
    test: 'begins one more epoch when a node comes that had published on the old primary alone',
  },
  {
    id: 'an idempotency key that is not kept',
    file: 'libs/redis/src/scripts/publish.ts',
    find: "\nif key then\n  redis.call('SET'",
    replace: "\nif false then\n  redis.call('SET'",
    spec: FAULTS,
    test: 'does not make a publication with an idempotency key happen twice, or be lost',
  },
  {
    id: 'a command log that is read after events',
    file: PART,
    find: '    await commands?.catchUp(this.mayHaveForgotten(pulse));\n    await this.channels.reopen();\n',
    replace: '    await this.channels.reopen();\n    await commands?.catchUp(this.mayHaveForgotten(pulse));\n',
    spec: STEPS,
    test: 'gets no event before it has read what was commanded meanwhile',
  },
  {
    id: 'a command log that is not read',
    file: 'libs/redis/src/cluster/cluster-commands.ts',
    find: 'else if ((await this.readLog()) >= COMMANDS_KEPT.count) this.hasMissed = true;',
    replace: '',
    spec: STEPS,
    test: 'gets no event before it has read what was commanded meanwhile',
  },
  {
    id: 'a link that is live before its channels are subscribed',
    file: PART,
    find: 'await this.channels.reopen();',
    replace: 'void this.channels.reopen();',
    spec: FAULTS,
    test: 'has all channels again when the node is told that it is back',
  },
  {
    id: 'a memory of Redis that is lost without a word',
    file: PART,
    find: 'this.memory !== memory) this.isForgotten = true;',
    replace: 'this.memory !== memory) this.isForgotten = false;',
    spec: FAULTS,
    test: 'is told to the node within two seconds, and begins other epochs',
  },
  {
    id: 'a lost answer that is told to be nothing done',
    file: LINK,
    find: "reject(new BackplaneUnavailableError(effect === 'read' ? 'not_done' : 'unknown', reason));",
    replace: "reject(new BackplaneUnavailableError('not_done', reason));",
    spec: FAULTS,
    test: 'is unknown without an idempotency key, and does not happen twice',
  },
  {
    id: 'what was seen of a channel that answers although the node is behind',
    file: 'libs/redis/src/events/redis-history.ts',
    find: '      this.recent.reach(channel, top);\n',
    replace: '',
    spec: FAULTS,
    test: 'reads what the node has missed for a client that comes back from where the node was',
  },
  {
    id: 'what was seen of a channel that answers although the worker is behind',
    file: 'libs/workers/src/node/worker-history.ts',
    find: '        this.recent.reach(channel, top);\n',
    replace: '',
    spec: HUB_FAULTS,
    test: 'read what the worker has missed for a client that comes back from where the worker was',
  },
  {
    id: 'a leave that is published outside of the script',
    file: PRESENCE,
    find: 'await this.link.run(SWEEP, this.scripts.keysOf(channel), args);',
    replace: [
      'const user = member.slice(end + 1);',
      "const told = await this.link.call('HGET', [this.scripts.keysOf(channel)[2], user], 'read');",
      "await this.link.run(SWEEP, this.scripts.keysOf(channel), [args[0], channel, 'nowhere', user]);",
      "await this.link.call('PUBLISH', [args[2], `l${Date.now()}\\n${String(told)}`], 'write');",
    ].join('\n'),
    spec: STEPS,
    test: 'leaves and is said to have left in one step, though the node that found it hears nothing more',
  },
  {
    id: 'members that are not compared after a failover',
    file: PART,
    find: 'this.inBackground(this.presence.audit(replication));',
    replace: '',
    spec: FAULTS,
    test: 'that loses a leave counts nobody who has left',
  },
  {
    id: 'a lease that is not renewed',
    file: 'libs/redis/src/scripts/nodes.ts',
    find: "redis.call('ZADD', nodes, moment + ARGV[3], node)",
    replace: "redis.call('ZADD', nodes, 'NX', moment + ARGV[3], node)",
    spec: STEPS,
    test: 'renews its lease again and again',
  },
  {
    id: 'a reaper that counts off a live node: it does not look whether the lease has ended',
    file: REAPER,
    find: "    if ((await this.link.run(IS_DEAD, [this.control().nodes], ['', node], 'read')) !== 1) return;\n",
    replace: '',
    spec: STEPS,
    test: 'keeps them where another node has yet to look whether it is dead',
  },
  {
    id: 'a reaper that counts off a live node: it does not look whether the node has come back since',
    file: 'libs/redis/src/scripts/presence.ts',
    find: "if ARGV[5] == '' and (redis.call('GET', fence) or '') ~= ARGV[4] then return -1 end\n",
    replace: '',
    spec: STEPS,
    test: 'keeps them where another node has found it dead',
  },
  {
    id: 'a node that comes back without a word to who is counting it off',
    file: PART,
    find: 'await this.presence.reaper.fence();',
    replace: '',
    spec: STEPS,
    test: 'keeps them where another node has found it dead',
  },
  {
    id: 'a receipt before the node itself has delivered',
    file: 'libs/redis/src/events/redis-publisher.ts',
    find: 'await pending.all(arriving.filter((channel) => this.channels.arrives(channel)));',
    replace: '',
    spec: STEPS,
    test: 'has been delivered by the node itself when it resolves',
  },
  {
    id: 'a lost position of which nobody is told',
    file: 'src/delivery/node/lost-positions.ts',
    find: '      connection.send(noticeOf(open));\n',
    replace: '',
    spec: APPLICATIONS,
    test: 'tell every subscriber of a failover that loses the tail',
  },
  {
    id: 'a node that does not look for what it has missed',
    file: 'src/delivery/node/position-check.ts',
    find: 'if (open?.isBehind(top) === true) this.catchUps.start(open);',
    replace: '',
    spec: APPLICATIONS,
    test: 'deliver what was published while one of them was cut off, though nothing follows',
  },
];
