-- Send what belongs to a feed, if who sends it holds the feed at this moment.
-- KEYS 1 owner   2 where the newest is kept   ARGV 1 token   2 channel   3 message   4 keep it for, ms (0: do not)
--      5 PUBLISH or SPUBLISH
-- Reply 1 sent   0 the feed is somebody else's
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[4]) > 0 then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4]) end
redis.call(ARGV[5], ARGV[2], ARGV[3])
return 1
