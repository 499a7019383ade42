import { NOW, REPLID, script } from './script.js';

/** `others(nodes, node)` counts the live nodes beside one. */
const OTHERS = `
local function others(nodes, node)
  local count = 0
  for _, each in ipairs(redis.call('ZRANGEBYSCORE', nodes, '(' .. math.floor(micros / 1000), '+inf')) do
    if each ~= node then count = count + 1 end
  end
  return count
end
`;

/**
 * Reads the layout, and the number of live nodes beside the one that asks.
 *
 * KEYS: layout, nodes. ARGV: time, node. Returns: the layout or '', nodes.
 */
export const READ_LAYOUT = script(
  'read layout',
  NOW,
  OTHERS,
  `return { redis.call('GET', KEYS[1]) or '', others(KEYS[2], ARGV[2]) }`,
);

/**
 * Replaces a layout that has not changed meanwhile.
 *
 * KEYS: layout. ARGV: the former or '', the new. Returns: 1 if it was replaced.
 */
export const REPLACE_LAYOUT = script(
  'replace layout',
  `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`,
);

/**
 * Renews the lease of a node, and asks for its own message back. It has to be a write, and a publication: a Redis that is a
 * replica by now refuses the one, and a subscription that hangs loses the other. Leases run by the clock of Redis alone.
 *
 * The PEXPIRE comes first so that the lease is renewed even while no memory is left.
 *
 * KEYS: nodes, sweeper, memory, layout. ARGV: time, node, lease in ms, inbox, probe, id of a new memory, lease of the sweeper
 * in ms, the layout as the node knows it. Returns: 1 if the lease had not ended, id of the memory, replication id, 1 if this
 * node sweeps, live nodes, dead nodes; nothing where the layout is another one. Where it was forgotten, it is stored again.
 */
export const BEAT = script(
  'beat',
  NOW,
  REPLID,
  OTHERS,
  `
local nodes, sweeper, memory, layout = unpack(KEYS)
local node = ARGV[2]
local moment = math.floor(micros / 1000)
redis.call('PEXPIRE', nodes, 86400000)
local stored = redis.call('GET', layout) or ''
if stored ~= ARGV[8] then
  if stored ~= '' or others(nodes, node) > 0 then return false end
  redis.call('SET', layout, ARGV[8])
end
local lease = redis.call('ZSCORE', nodes, node)
redis.call('ZADD', nodes, moment + ARGV[3], node)
redis.call('SET', memory, ARGV[6], 'NX')
local holder = redis.call('GET', sweeper)
if not holder or holder == node then
  redis.call('SET', sweeper, node, 'PX', ARGV[7])
  holder = node
end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return {
  lease and tonumber(lease) > moment and 1 or 0,
  redis.call('GET', memory),
  replid(''),
  holder == node and 1 or 0,
  redis.call('ZRANGEBYSCORE', nodes, '(' .. moment, '+inf'),
  redis.call('ZRANGEBYSCORE', nodes, '-inf', moment),
}
`,
);

/**
 * Whether the lease of a node has ended.
 *
 * KEYS: nodes. ARGV: time, node. Returns: 1 or 0.
 */
export const IS_DEAD = script(
  'is dead',
  NOW,
  `
local lease = redis.call('ZSCORE', KEYS[1], ARGV[2])
return (lease and tonumber(lease) > micros / 1000) and 0 or 1
`,
);

/**
 * Removes a node without members from the list, unless it has come back.
 *
 * KEYS: nodes. ARGV: time, node, '1' if it asks itself.
 */
export const BURY = script(
  'bury',
  NOW,
  `
local lease = redis.call('ZSCORE', KEYS[1], ARGV[2])
if lease and (ARGV[3] ~= '' or tonumber(lease) <= micros / 1000) then redis.call('ZREM', KEYS[1], ARGV[2]) end
`,
);

/**
 * Hands a command to nodes. One that has to reach a node that is cut off, once it is back, is kept.
 *
 * KEYS: commands, nodes. ARGV: time, Pub/Sub name, message, how many are kept ('' for none), for how many ms.
 * Returns: the nodes that are alive.
 */
export const COMMAND = script(
  'command',
  NOW,
  `
local id = ''
if ARGV[4] ~= '' then
  id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'c', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
redis.call('PUBLISH', ARGV[2], id .. '\\n' .. ARGV[3])
return redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. math.floor(micros / 1000), '+inf')
`,
);
