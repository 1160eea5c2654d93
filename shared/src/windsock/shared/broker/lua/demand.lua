-- Somebody watches feeds, by the broker's own clock: services' clocks differ.
-- KEYS 1 demand   ARGV 1 for how long, ms   2... members, <kind>:<id>
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'GT', now + ARGV[1], ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
return 1
