-- One publish is this one call for one batch of one stream: spec, history and live message can't disagree.
--
-- KEYS  1 spec hash   2 history stream   3 sources hash
-- ARGV  1 rows in the batch (0: only the spec)   2 payload   3 samples to keep   4 bytes to keep   5 epoch, if the stream is new
--       6 spec version that the rows were made for (-1: any)   7 source ('': none)   8 its first seq   9 its last seq
--       10 now, ms   11 sources to remember   12 PUBLISH or SPUBLISH   13 live channel (no key: a slot on its way elsewhere would miss it)
--       14, 15 epoch and newest offset that the writer knows to be stored   16... spec fields to set: name, JSON text, name, JSON text, ...
-- Reply {status, epoch, last offset, spec version, seq}
--       status 0 stored (seq: samples that were acknowledged and are gone)   1 already stored   2 partly stored: rows up to `seq` are here, send the rest
--              3 stale: the spec's version is another, or the stream is gone; look again and send anew
local state = redis.call('HMGET', KEYS[1], '@epoch', '@offset', '@version', '@bytes', '@floor')
local epoch, offset, version = state[1], tonumber(state[2] or 0), tonumber(state[3] or 0)
local bytes, floor = tonumber(state[4] or 0), tonumber(state[5] or 0)
local rows, expected = tonumber(ARGV[1]), tonumber(ARGV[6])

if expected >= 0 and expected ~= version or not epoch and not ARGV[16] then
  return {3, epoch or '', offset, version, 0}
end

if ARGV[7] ~= '' then
  local seen = redis.call('HGET', KEYS[3], ARGV[7])
  local last = seen and tonumber(string.match(seen, '^%d+'))
  if last and last >= tonumber(ARGV[9]) then
    -- A write, though nothing changes: who waits for replicas then waits until they have what was stored before, too.
    redis.call('HSET', KEYS[3], ARGV[7], string.match(seen, '^%d+') .. ' ' .. ARGV[10])
    return {1, epoch or '', offset, version, last}
  elseif last and last >= tonumber(ARGV[8]) then
    return {2, epoch or '', offset, version, last}
  end
end

local updates, gone = {}, 0
if not epoch then
  epoch = ARGV[5]
  updates = {'@epoch', epoch}
  -- History without a spec is of no life of ours (a key that was deleted by hand, or evicted): its entries would stand in the way of ours for ever.
  redis.call('DEL', KEYS[2])
elseif epoch == ARGV[14] and offset < tonumber(ARGV[15]) then
  -- Samples that were acknowledged are gone (a failover, a crash between two fsyncs). Their offsets will be others' now, so this is another life.
  epoch, gone = ARGV[5], tonumber(ARGV[15]) - offset
  updates = {'@epoch', epoch}
end
local changed = false
for i = 16, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then
    updates[#updates + 1] = ARGV[i]
    updates[#updates + 1] = ARGV[i + 1]
    changed = true
  end
end
if changed then
  version = version + 1
  updates[#updates + 1] = '@version'
  updates[#updates + 1] = version
end

if rows > 0 then
  offset = offset + rows
  local last = string.format('%.0f', offset)
  local entry = last .. '-0'
  redis.call('XADD', KEYS[2], 'MINID', '=', string.format('%.0f', math.max(1, offset - tonumber(ARGV[3]) + 1)), entry,
             'p', ARGV[2], 'n', ARGV[1], 'c', string.format('%.0f', bytes))
  bytes = bytes + #ARGV[2]
  -- `floor` is never above the bytes that stand before the oldest entry, so most calls need not look at that entry.
  if bytes - floor > tonumber(ARGV[4]) then
    while true do
      local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
      floor = tonumber(oldest[2][6])
      if bytes - floor <= tonumber(ARGV[4]) or oldest[1] == entry then break end
      redis.call('XDEL', KEYS[2], oldest[1])
    end
    updates[#updates + 1] = '@floor'
    updates[#updates + 1] = string.format('%.0f', floor)
  end
  updates[#updates + 1] = '@offset'
  updates[#updates + 1] = last
  updates[#updates + 1] = '@bytes'
  updates[#updates + 1] = string.format('%.0f', bytes)
end
if #updates > 0 then redis.call('HSET', KEYS[1], unpack(updates)) end

if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[7], ARGV[9] .. ' ' .. ARGV[10])
  if redis.call('HLEN', KEYS[3]) > tonumber(ARGV[11]) then
    local names, idlest, since = redis.call('HGETALL', KEYS[3]), nil, nil
    for i = 1, #names, 2 do
      local at = tonumber(string.match(names[i + 1], '%d+$'))
      if not since or at < since then idlest, since = names[i], at end
    end
    redis.call('HDEL', KEYS[3], idlest)
  end
end

if rows > 0 then
  redis.call(ARGV[12], ARGV[13],
             epoch .. ' ' .. string.format('%.0f', offset) .. ' ' .. ARGV[1] .. ' ' .. version .. '\n' .. ARGV[2])
end
return {0, epoch, offset, version, gone}
