import { NOW, script } from './script.js';

/**
 * Takes what a node says of client addresses, and the places that leave each of them at most so many on all nodes.
 *
 * KEYS: addresses, addresses of the node. ARGV: how many, TTL; address, connections on the node, places wanted, of each.
 * Returns: places taken, of each.
 */
export const CLAIM = script(
  'claim',
  `
local all, ofNode = KEYS[1], KEYS[2]
local max = tonumber(ARGV[1])
local taken = {}
local function store(key, address, count)
  if count > 0 then redis.call('HSET', key, address, count) else redis.call('HDEL', key, address) end
end
for index = 3, #ARGV, 3 do
  local address, held = ARGV[index], tonumber(ARGV[index + 1])
  local before = tonumber(redis.call('HGET', ofNode, address) or 0)
  local elsewhere = math.max(0, tonumber(redis.call('HGET', all, address) or 0) - before)
  local places = math.max(0, math.min(tonumber(ARGV[index + 2]), max - elsewhere - held))
  store(all, address, elsewhere + held + places)
  store(ofNode, address, held + places)
  taken[#taken + 1] = places
end
redis.call('PEXPIRE', all, ARGV[2])
redis.call('PEXPIRE', ofNode, ARGV[2])
return taken
`,
);

/**
 * Counts off the connections of a node that is dead, some addresses at a time. Does nothing if the node is alive, unless
 * it asks itself.
 *
 * KEYS: addresses, addresses of the node, nodes. ARGV: time, node, '1' if it asks itself, addresses at a time.
 * Returns: addresses left.
 */
export const RELEASE = script(
  'release',
  NOW,
  `
local all, ofNode, nodes = KEYS[1], KEYS[2], KEYS[3]
local lease = redis.call('ZSCORE', nodes, ARGV[2])
if ARGV[3] == '' and lease and tonumber(lease) > micros / 1000 then return 0 end
local page = redis.call('HSCAN', ofNode, 0, 'COUNT', ARGV[4])[2]
for index = 1, #page, 2 do
  redis.call('HDEL', ofNode, page[index])
  if redis.call('HINCRBY', all, page[index], -page[index + 1]) <= 0 then redis.call('HDEL', all, page[index]) end
end
return redis.call('HLEN', ofNode)
`,
);
