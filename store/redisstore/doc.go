// Package redisstore is a [store.Store] in Redis or Valkey, with the list and the feed:
// sessions, revocations, replay caches and key rings, in one server, behind Sentinel or in
// a cluster.
//
//	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
//	s, err := redisstore.New(ctx, redisstore.Config{Client: client})
//
// # What it needs of the servers
//
// Redis 6.2 or later, with maxmemory-policy noeviction: one that evicts keys forgets who is
// logged in, and worse, who is logged out. New looks at that. Memory that is full is an
// error for those who log in or out, and everybody else goes on.
//
// All reads and writes go to masters, whatever the client prefers for reading. What they
// have is not asked of replicas, which may be behind.
//
// A user of an ACL needs the keys of the prefix (~jwt:*) and +eval +evalsha +script|load
// +time +info +getex +getrange +set +zrem +zrange +zremrangebyscore +zadd +pexpireat
// +persist +xread +xadd +pexpire, in a cluster +cluster|slots, and +wait for WaitReplicas.
//
// # What survives
//
// A crash: what the append-only file has. With appendfsync always that is all that was
// acknowledged; with everysec the last second may be lost.
//
// A failover: what a replica had. Redis replicates after it has acknowledged. A lost
// refresh or login harms little: package session goes on with the newer token, or the user
// logs in again. A lost logout would come alive again, and so Swap of a Durable record and
// Append wait for [Config.WaitReplicas] replicas.
//
// # Keys
//
// Each key begins with Config.Prefix:
//
//	jwt:r:KEY        a record: version, expiry and subject in 32 bytes, then Data
//	jwt:i:SUBJECT    a sorted set: the keys of a subject by their expiry
//	jwt:{feed}:N     a stream: revocations that are kept for 2^N minutes
//
// All of them expire by themselves.
package redisstore
