-- Take the lease, if nobody has it or we still do (an answer that came too late gave it to us).
-- KEYS 1 lease   ARGV 1 holder   2 ms          Reply 1, or 0 if it is another's
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
