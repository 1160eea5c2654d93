-- Put a stream into the catalogue, unless it is full.
-- KEYS 1 catalogue   ARGV 1 id   2 now, ms   3 most streams
-- Reply 1 new   0 was there   -1 full
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return -1 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return 1
