import { EXPIRE, FENCE, NOW, REPLID, script } from './script.js';

/**
 * Appends, numbers and hands out an event, in one channel or in a channel and its mirror, unless the idempotency key is
 * known. One script, so that no reader finds the event in one channel alone.
 *
 * KEYS: position and history of each channel; then the idempotency key, if any.
 * ARGV: time, origin, content, window of keys in ms, TTL of positions in ms, generation; then of each channel: its Pub/Sub name, size
 * and TTL of its history ('' without one), the rest of the header.
 * Returns: epoch and offset in the first channel, 1 for a duplicate, nodes.
 */
export const PUBLISH = script(
  'publish',
  NOW,
  REPLID,
  FENCE,
  EXPIRE,
  `
local origin, content = ARGV[2], ARGV[3]
local channels = (#ARGV - 6) / 4
local key = KEYS[2 * channels + 1]
local known = key and redis.call('GET', key)
if known then
  local epoch, offset, over, first = string.match(known, '^(%S*) (%d+) (%d+) (.*)$')
  if tonumber(over) > time then return { epoch, tonumber(offset), first == origin and 0 or 1, 0 } end
end
local id
local epoch, offset, nodes = '', 0, 0
for index = 1, channels do
  local channel, size, ttl, rest = unpack(ARGV, 4 * index + 3, 4 * index + 6)
  local header = 'n' .. time .. ' ' .. origin .. rest
  if size ~= '' then
    id = id or replid(ARGV[6])
    local meta, stream = KEYS[2 * index - 1], KEYS[2 * index]
    local channelEpoch, last, formerTtl, oldest = fence(meta, stream, id)
    local next = redis.call('HINCRBY', meta, 's', 1)
    if formerTtl then oldest = expire(meta, stream, last, formerTtl, oldest) end
    if tostring(formerTtl) ~= ttl then redis.call('HSET', meta, 'l', ttl) end
    if not oldest then redis.call('HSET', meta, 'o', time) end
    local entry = { 'd', content }
    if rest ~= '' then entry = { 'd', content, 's', string.sub(rest, 2) } end
    redis.call('XADD', stream, 'MAXLEN', size, next .. '-' .. time, unpack(entry))
    redis.call('PEXPIRE', stream, ttl)
    redis.call('PEXPIRE', meta, ARGV[5])
    if index == 1 then epoch, offset = channelEpoch, next end
    header = 'p' .. channelEpoch .. ' ' .. next .. ' ' .. time .. ' ' .. ttl .. ' ' .. origin .. rest
  end
  nodes = math.max(nodes, redis.call('PUBLISH', channel, header .. '\\n' .. content))
end
if key then
  redis.call('SET', key, epoch .. ' ' .. offset .. ' ' .. (time + ARGV[4]) .. ' ' .. origin, 'PX', ARGV[4])
end
return { epoch, offset, 0, nodes }
`,
);
