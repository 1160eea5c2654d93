-- Give the lease back, if it is still ours, and tell those who wait for it.
-- KEYS 1 lease   2 channel   ARGV 1 holder     Reply 1, or 0 if it is another's
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', KEYS[2], 'free')
return 1
