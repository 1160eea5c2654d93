-- Hand out the inbox's next entries, to the holder of the lease and to nobody else.
-- KEYS 1 lease   2 inbox        ARGV 1 holder, who is the consumer too   2 group   3 most entries
-- Reply {{id, fields}, ...}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST somebody else reads the inbox') end
local found = redis.call('XREADGROUP', 'GROUP', ARGV[2], ARGV[1], 'COUNT', ARGV[3], 'STREAMS', KEYS[2], '>')
return found and found[1][2] or {}
