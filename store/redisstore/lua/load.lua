-- Returns the time in microseconds since 1970, and the value of KEYS[1].
-- GETEX without an option is a GET that only a master answers: a replica may be behind.
local now = redis.call('TIME')
return {now[1] * 1000000 + now[2], redis.call('GETEX', KEYS[1])}
