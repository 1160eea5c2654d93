-- The feeds that are watched at this moment.
-- KEYS 1 demand   Reply: members, <kind>:<id>
local time = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), '+inf')
