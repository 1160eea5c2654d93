-- Remove a board.
-- KEYS 1 list of boards   2 board   ARGV 1 name   Reply 1 removed   0 there was none
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('DEL', KEYS[2])
