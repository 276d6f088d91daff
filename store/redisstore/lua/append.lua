-- Adds a revocation to the stream KEYS[1], whose entries are kept for ARGV[1] milliseconds:
-- kind, ID, not before and expires. Returns the time in milliseconds since 1970.
local now = redis.call('TIME')
local millis = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('XADD', KEYS[1], 'MINID', '~', string.format('%.0f', math.max(millis - ARGV[1], 0)), '*',
	'k', ARGV[2], 'i', ARGV[3], 'n', ARGV[4], 'e', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return millis
