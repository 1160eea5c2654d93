-- Save a board, if nobody else has saved it since.
-- KEYS 1 list of boards   2 board   3 counter of versions
-- ARGV 1 name   2 version that it was made from (0: a new board)   3 arrangement, as JSON   4 now, ms   5 most boards
-- Reply {0, new version}   {1, its version now}: it has another version   {2, 0}: there are too many boards
local version = tonumber(redis.call('HGET', KEYS[2], 'version') or 0)
if version ~= tonumber(ARGV[2]) then return {1, version} end
if version == 0 and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[5]) then return {2, 0} end
-- One counter for all boards: one that was removed and made anew never has an old version again.
version = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[2], 'version', version, 'saved', ARGV[4], 'arrangement', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
return {0, version}
