-- History after an offset, with the epoch it belongs to, read at one moment.
-- KEYS 1 spec hash   2 history stream
-- ARGV 1 after this offset   2 newest samples to read ('': all after the offset)   3 bytes after which to stop ('': all), whole batches, one at least
-- Reply {epoch, newest offset, {{id, fields}, ...}}
local state = redis.call('HMGET', KEYS[1], '@epoch', '@offset')
if not state[1] then return {'', 0, {}} end
local after, most = tonumber(ARGV[1]), tonumber(ARGV[3])
if ARGV[2] ~= '' then after = math.max(after, tonumber(state[2] or 0) - tonumber(ARGV[2])) end
local function from(number) return string.format('%.0f', number) end
if not most then return {state[1], tonumber(state[2] or 0), redis.call('XRANGE', KEYS[2], from(after + 1), '+')} end

-- How large batches are is not known before: the first one tells, and each step asks for as many as should fit.
local found, size, step = {}, 0, 1
while size < most do
  local part = redis.call('XRANGE', KEYS[2], from(after + 1), '+', 'COUNT', step)
  for _, entry in ipairs(part) do
    found[#found + 1] = entry
    size = size + #entry[2][2]
    if size >= most then break end
  end
  if #part < step then break end
  after = tonumber(string.match(found[#found][1], '^%d+'))
  step = math.max(1, math.min(1000, math.floor((most - size) * #found / math.max(1, size))))
end
return {state[1], tonumber(state[2] or 0), found}
