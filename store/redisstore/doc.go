// Package redisstore is a [store.Store] in Redis or Valkey, and a [store.Lister] and
// a [store.Feed]: sessions, revocations, replay caches and key rings, on one server,
// behind Sentinel or in a cluster.
//
//	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
//	s, err := redisstore.New(ctx, redisstore.Config{Client: client})
//
// # Server requirements
//
// Redis 6.2 or later, with maxmemory-policy noeviction: a server that evicts keys forgets
// who is logged in and, worse, who is logged out. New checks this. When memory is full,
// logins, refreshes and logouts return errors; reads still work.
//
// All reads and writes go to masters, whatever the client prefers for reading, because
// replicas may be behind.
//
// An ACL user needs the keys of the prefix (~jwt:*) and +eval +evalsha +script|load
// +time +info +getex +getrange +set +zrem +zrange +zremrangebyscore +zadd +pexpireat
// +persist +xread +xadd +pexpire, in a cluster +cluster|slots, and +wait for WaitReplicas.
//
// # Durability
//
// A crash keeps what is in the append-only file. With appendfsync always that is everything
// that was acknowledged; with everysec the last second may be lost.
//
// A failover keeps what the replica had received. Redis replicates after it acknowledges.
// A lost refresh or login does little harm: package session accepts the newer token, or the
// user logs in again. A lost logout would bring the session back, so Swap of a Durable
// record and Append wait for [Config.WaitReplicas] replicas. While fewer are up, logouts
// return errors, and logins and refreshes go on.
//
// # Deadlines
//
// Each call ends within [Config.Timeout]. When a network that was cut is whole again, go-redis
// may still wait for a connection that it was opening: DialTimeout and ReadTimeout of its
// options, 5 and 3 seconds by default, bound that.
//
// # Logs
//
// This package logs nothing. go-redis writes failures of the network to standard error, beside
// the errors that calls return: redis.SetLogger changes that.
//
// # Keys
//
// Each key begins with Config.Prefix:
//
//	jwt:r:KEY        a record: version, expiry and subject in 32 bytes, then Data
//	jwt:i:SUBJECT    a sorted set: the keys of a subject, by expiry
//	jwt:{feed}:N     a stream: revocations that are kept for 2^N minutes
//
// All of them expire on their own.
package redisstore
