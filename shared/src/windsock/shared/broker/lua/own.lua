-- Take a feed that nobody holds, or renew the lease on one's own.
-- KEYS 1 owner   2 fence   ARGV 1 token   2 lease, ms
-- Reply above 0: the epoch it is held under; else it is somebody else's, for minus so many ms more
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return tonumber(redis.call('GET', KEYS[2]) or redis.call('INCR', KEYS[2]))
end
if owner then return -math.max(0, redis.call('PTTL', KEYS[1])) end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('INCR', KEYS[2])
