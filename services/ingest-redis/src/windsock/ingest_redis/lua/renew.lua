-- Keep the lease, if it is still ours.
-- KEYS 1 lease   ARGV 1 holder   2 ms          Reply 1, or 0 if it is another's
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
