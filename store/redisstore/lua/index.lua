-- Adds the key ARGV[1] to the keys of a subject, KEYS[1], until ARGV[2] in milliseconds since
-- 1970, or "inf". Removes keys that have expired. Returns 1.
local now = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. now[1] .. '000')
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
if last == 'inf' then
	redis.call('PERSIST', KEYS[1])
else
	redis.call('PEXPIREAT', KEYS[1], last)
end
return 1
