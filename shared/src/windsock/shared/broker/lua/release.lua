-- Let go of a feed, if it is one's own.
-- KEYS 1 owner   ARGV 1 token
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
