import { hash } from 'node:crypto';

/** A Lua script, as `SCRIPT LOAD` and `EVALSHA` name it. */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

export function script(name: string, ...parts: readonly string[]): Script {
  const lua = parts.join('\n');
  return { name, lua, sha: hash('sha1', lua) };
}

/** A script for a Redis of a cluster, whose Pub/Sub channels have slots as keys have. */
export const shardedScript = ({ name, lua }: Script): Script => script(name, lua.replaceAll("'PUBLISH'", "'SPUBLISH'"));

/**
 * `micros` by the clock of Redis, and `time` in ms. The first argument of every script that uses it is empty, or the time in
 * tests that let it pass. So all that expires does so at a stored moment; the TTL of a key only cleans up behind it.
 */
export const NOW = `
local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local time = tonumber(ARGV[1]) or math.floor(micros / 1000)
`;

/**
 * `replid(generation)` names the replication history, and the list of several Redis: another one when that list was changed,
 * or when Redis was restarted or a replica was promoted, and so perhaps
 * lost the last writes. Where a managed service hides it, a restart at least is seen.
 */
export const REPLID = `
local function replid(generation)
  local info = redis.pcall('INFO', 'replication')
  local id = type(info) == 'string' and string.match(info, 'master_replid:(%w+)')
  if id then return id .. generation end
  info = redis.pcall('INFO', 'server')
  return (type(info) == 'string' and string.match(info, 'run_id:(%w+)') or '') .. generation
end
`;

/**
 * `fence(meta, stream, id)` returns a channel's epoch, offset, event TTL and time of the oldest event. A new channel begins
 * an epoch at offset 0. Under another replication id an epoch begins too, but counting goes on and the events stay.
 *
 * Its first write is HSET: a DEL or PEXPIRE before it would switch the check of \`maxmemory\` off for the whole script.
 */
export const FENCE = `
local DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
local epochs = 0
local function newEpoch(id)
  local text, rest = '', micros + epochs
  epochs = epochs + 1
  while rest > 0 do
    local digit = rest % 36
    text = string.sub(DIGITS, digit + 1, digit + 1) .. text
    rest = (rest - digit) / 36
  end
  return string.sub(id, 1, 3) .. text
end
local function fence(meta, stream, id)
  local known = redis.call('HMGET', meta, 'e', 's', 'r', 'l', 'o')
  local epoch, offset = known[1], tonumber(known[2])
  if not epoch then
    epoch, offset = newEpoch(id), 0
    redis.call('HSET', meta, 'e', epoch, 's', 0, 'r', id)
    redis.call('DEL', stream)
    return epoch, 0, nil, nil
  end
  if known[3] ~= id then
    local former = epoch .. ' ' .. offset
    epoch = newEpoch(id)
    redis.call('HSET', meta, 'e', epoch, 'r', id, 'f', former)
  end
  return epoch, offset, tonumber(known[4]), tonumber(known[5])
end
`;

/**
 * `expire(meta, stream, offset, ttl, oldest)` drops the events whose TTL is over. They are the oldest, so the first that is
 * kept is found by halving. Returns the time of the oldest event.
 */
export const EXPIRE = `
local function expire(meta, stream, offset, ttl, oldest)
  if not oldest or oldest + ttl > time then return oldest end
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local low, high = offset + 1, offset + 1
  if first then low = tonumber(string.match(first[1], '^%d+')) end
  while low < high do
    local middle = math.floor((low + high) / 2)
    local found = redis.call('XRANGE', stream, middle .. '-0', '+', 'COUNT', 1)[1]
    if found and string.match(found[1], '%d+$') + ttl <= time then low = middle + 1 else high = middle end
  end
  redis.call('XTRIM', stream, 'MINID', low .. '-0')
  local left = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  if not left then
    redis.call('HDEL', meta, 'o')
    return nil
  end
  oldest = tonumber(string.match(left[1], '%d+$'))
  redis.call('HSET', meta, 'o', oldest)
  return oldest
end
`;
