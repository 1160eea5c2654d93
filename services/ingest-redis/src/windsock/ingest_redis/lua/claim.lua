-- Take over entries that were handed out to others and never settled, oldest first.
-- KEYS 1 lease   2 inbox        ARGV 1 holder, who is the consumer too   2 group   3 most entries   4 where to begin
-- Reply {where to go on ('0-0' at the end), {{id, fields}, ...}}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LEASELOST somebody else reads the inbox') end
local found = redis.call('XAUTOCLAIM', KEYS[2], ARGV[2], ARGV[1], 0, ARGV[4], 'COUNT', ARGV[3])
return {found[1], found[2]}
