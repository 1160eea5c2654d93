-- History after an offset, with the epoch it belongs to, read at one moment.
-- KEYS 1 spec hash   2 history stream
-- ARGV 1 after this offset   2 newest samples to read ('': all after the offset)
-- Reply {epoch, newest offset, {{id, fields}, ...}}
local state = redis.call('HMGET', KEYS[1], '@epoch', '@offset')
if not state[1] then return {'', 0, {}} end
local after = tonumber(ARGV[1])
if ARGV[2] ~= '' then after = math.max(after, tonumber(state[2] or 0) - tonumber(ARGV[2])) end
return {state[1], tonumber(state[2] or 0), redis.call('XRANGE', KEYS[2], string.format('%.0f', after + 1), '+')}
