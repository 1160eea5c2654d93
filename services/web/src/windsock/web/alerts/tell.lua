-- Write what is wrong, if we are the watchman at this moment.
-- KEYS 1 owner   2 state   ARGV 1 token   2 state as JSON
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1
