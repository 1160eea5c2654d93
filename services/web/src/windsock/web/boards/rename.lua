-- Give a board another name, if that is free.
-- KEYS 1 list of boards   2 board   3 board under its new name   ARGV 1 name   2 new name
-- Reply 0 done   1 there is no such board   2 the new name is taken
if redis.call('EXISTS', KEYS[2]) == 0 then return 1 end
if redis.call('EXISTS', KEYS[3]) == 1 then return 2 end
redis.call('RENAME', KEYS[2], KEYS[3])
redis.call('ZADD', KEYS[1], redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0, ARGV[2])
redis.call('ZREM', KEYS[1], ARGV[1])
return 0
