-- Stores the value ARGV[2] under KEYS[1] if the version there is ARGV[1], which is empty for
-- none. ARGV[3] is PXAT, or empty for never. Returns 1 if it stored the value, and 0 if the
-- version differs. If ARGV[4] is empty and the expiry or subject differs, it stores nothing and
-- returns 2.
-- A value begins with version (8 bytes), expiry (8) and subject (16).
local head = redis.call('GETRANGE', KEYS[1], 0, 31)
if string.sub(head, 1, 8) ~= ARGV[1] then
	return 0
end
if ARGV[4] == '' and string.sub(head, 9) ~= string.sub(ARGV[2], 9, 32) then
	return 2
end
if ARGV[3] == '' then
	redis.call('SET', KEYS[1], ARGV[2])
else
	redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
end
return 1
