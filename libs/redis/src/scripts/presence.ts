import { MAX_USERS_TOLD_OF } from '@skreaver/nestjs-ws';
import { NOW, script } from './script.js';

/**
 * `count(user, change)` counts connections, and `settle(user, delay)` has a member without any be away, and leave once
 * `delay` ms are over; an absence that has begun goes on, however often it is said. KEYS 1 to 6 are arrivals, infos,
 * announcements, counts, stats, away; `channel` and `events` the channel's name and its Pub/Sub name.
 */
const MEMBERS = `
local arrivals, infos, announcements, counts, stats, away = unpack(KEYS, 1, 6)
local function announce(kind, user)
  local announcement = redis.call('HGET', announcements, user)
  if not announcement or redis.call('ZCARD', arrivals) > ${MAX_USERS_TOLD_OF} then return end
  redis.call('PUBLISH', events, kind .. time .. '\\n' .. announcement)
end
local function leave(user)
  announce('l', user)
  redis.call('ZREM', arrivals, user)
  redis.call('ZREM', away, channel .. '\\n' .. user)
  for _, key in ipairs({ infos, announcements, counts }) do redis.call('HDEL', key, user) end
  if redis.call('EXISTS', arrivals) == 0 then redis.call('DEL', stats) end
end
local function count(user, change)
  redis.call('HINCRBY', counts, user, change)
  redis.call('HINCRBY', stats, 'c', change)
end
local function settle(user, delay)
  if tonumber(redis.call('HGET', counts, user) or 0) > 0 then
    redis.call('ZREM', away, channel .. '\\n' .. user)
  elseif delay > 0 then
    redis.call('ZADD', away, 'NX', time + delay, channel .. '\\n' .. user)
  else
    leave(user)
  end
end
local function keep(ttl, ...)
  for _, key in ipairs({ arrivals, infos, announcements, counts, stats, ... }) do redis.call('PEXPIRE', key, ttl) end
end
`;

/**
 * Says how many connections a user has on one node: absolute, so that it may be said again. The join, and the leave if it
 * does not wait, are published in the same step.
 *
 * KEYS: those of MEMBERS, the users of the node, the channels of the node.
 * ARGV: time, channel, Pub/Sub name, user, connections on the node, leave delay in ms, TTL in ms, then '1' and information
 * or '' and '', '1' and announcement or '' and '', and '1' if nobody is told of the join.
 */
export const PRESENT = script(
  'present',
  NOW,
  `
local channel, events = ARGV[2], ARGV[3]
${MEMBERS}
local ofNode, channelsOfNode = KEYS[7], KEYS[8]
local user, connections, delay, ttl = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local change = connections - (redis.call('HGET', ofNode, user) or 0)
local isMember = redis.call('ZSCORE', arrivals, user)
if connections > 0 then
  redis.call('HSET', ofNode, user, connections)
  redis.call('SADD', channelsOfNode, channel)
  if ARGV[8] ~= '' then redis.call('HSET', infos, user, ARGV[9]) else redis.call('HDEL', infos, user) end
  if ARGV[10] ~= '' then
    redis.call('HSET', announcements, user, ARGV[11])
  else
    redis.call('HDEL', announcements, user)
  end
  redis.call('HSET', stats, 'd', delay)
  if not isMember then
    redis.call('ZADD', arrivals, micros, user)
    if ARGV[12] == '' then announce('j', user) end
  end
else
  redis.call('HDEL', ofNode, user)
  if redis.call('EXISTS', ofNode) == 0 then redis.call('SREM', channelsOfNode, channel) end
end
if change ~= 0 then count(user, change) end
if connections > 0 or isMember then settle(user, delay) end
keep(ttl, ofNode, channelsOfNode)
`,
);

/**
 * Removes a member whose absence is over.
 *
 * KEYS: those of MEMBERS. ARGV: time, channel, Pub/Sub name, user.
 */
export const SWEEP = script(
  'sweep',
  NOW,
  `
local channel, events, user = ARGV[2], ARGV[3], ARGV[4]
${MEMBERS}
local over = redis.call('ZSCORE', away, channel .. '\\n' .. user)
if over and tonumber(over) <= time then leave(user) end
`,
);

/**
 * The members of all channels of some partitions whose absence is over.
 *
 * KEYS: away of each partition. ARGV: time, how many of each. Returns: channel and user, joined by a line feed.
 */
export const DUE = script(
  'due',
  NOW,
  `
local due = {}
for _, away in ipairs(KEYS) do
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', away, '-inf', time, 'LIMIT', 0, ARGV[2])) do
    due[#due + 1] = member
  end
end
return due
`,
);

/**
 * Counts off the connections of a node that is dead, some of a channel at a time: its users are away. Does nothing if the
 * node has come back, unless it asks itself, and its users leave at once. All keys are of one partition.
 *
 * KEYS: those of MEMBERS, the users of the node, the channels of the node, the fence of the node.
 * ARGV: time, channel, Pub/Sub name, the fence as it was while the node was dead, '1' if it asks itself, users at a time.
 * Returns: users left, or -1 if the node has come back.
 */
export const REAP = script(
  'reap',
  NOW,
  `
local channel, events = ARGV[2], ARGV[3]
${MEMBERS}
local ofNode, channelsOfNode, fence = KEYS[7], KEYS[8], KEYS[9]
if ARGV[5] == '' and (redis.call('GET', fence) or '') ~= ARGV[4] then return -1 end
local delay = ARGV[5] == '' and tonumber(redis.call('HGET', stats, 'd') or 0) or 0
local page = redis.call('HSCAN', ofNode, 0, 'COUNT', ARGV[6])[2]
for index = 1, #page, 2 do
  redis.call('HDEL', ofNode, page[index])
  count(page[index], -page[index + 1])
  settle(page[index], delay)
end
local left = redis.call('HLEN', ofNode)
if left == 0 then redis.call('SREM', channelsOfNode, channel) end
return left
`,
);

/**
 * KEYS: arrivals, counts, infos. ARGV: how many. Returns: user, connections, information or nothing, of each.
 */
export const MEMBERS_OF = script(
  'members',
  `
local members = {}
for index, user in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)) do
  members[3 * index - 2] = user
  members[3 * index - 1] = redis.call('HGET', KEYS[2], user) or '0'
  members[3 * index] = redis.call('HGET', KEYS[3], user)
end
return members
`,
);
