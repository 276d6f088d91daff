//go:build unix

package redisstore_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/redisstore"
)

func ExampleNew() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	options, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		fmt.Println(err)
		return
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	defer client.Close()
	s, err := redisstore.New(ctx, redisstore.Config{Client: client})
	if err != nil {
		fmt.Println(err)
		return
	}

	var _ store.Store = s // for session.Config, keyring.InStore and others
	_, now, err := s.Load(ctx, "key")
	fmt.Println(now, err)
}

// A cluster whose masters have one replica each. ReadOnly is for the client's other reads;
// a Store always reads from masters.
func ExampleNew_cluster() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs:                 []string{"redis-1.example.com:6379", "redis-2.example.com:6379"},
		Username:              "sessions",
		Password:              os.Getenv("REDIS_PASSWORD"),
		TLSConfig:             &tls.Config{MinVersion: tls.VersionTLS12},
		PoolSize:              50, // connections to each server
		ReadOnly:              true,
		ContextTimeoutEnabled: true,
	})
	defer client.Close()
	s, err := redisstore.New(ctx, redisstore.Config{Client: client, WaitReplicas: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Append(ctx, store.Revocation{Kind: "jti", ID: "AQx9", Expires: time.Now().Add(20 * time.Minute)}))
}

// Sentinel names the master, and the next one after a failover.
func ExampleNew_sentinel() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName:            "sessions",
		SentinelAddrs:         []string{"sentinel-1.example.com:26379", "sentinel-2.example.com:26379"},
		ContextTimeoutEnabled: true,
	})
	defer client.Close()
	s, err := redisstore.New(ctx, redisstore.Config{Client: client, WaitReplicas: 2})
	fmt.Println(s, err)
}
