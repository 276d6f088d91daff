package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/redis/go-redis/v9"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
	"github.com/cda17858/jwt/store/redisstore"
	"github.com/cda17858/jwt/store/sqlstore"
)

// A records is a store with all three interfaces, as the service needs.
type records interface {
	store.Store
	store.Lister
	store.Feed
}

// openStore opens the configured store, which has the sessions, revocations, keys and accounts.
func openStore(ctx context.Context, c config) (r records, closeStore func() error, err error) {
	switch {
	case c.databaseURL != "":
		return openSQL(ctx, c.databaseURL)
	case c.redisURL != "":
		return openRedis(ctx, c.redisURL, c.redisReplicas)
	}
	return openFile(ctx, c.data)
}

// openRedis is for one server. For a cluster or Sentinel, pass their client to redisstore.
func openRedis(ctx context.Context, url string, replicas int) (records, func() error, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, nil, errors.New("REDIS_URL is not a valid URL; use one such as redis://user:password@127.0.0.1:6379/0")
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	s, err := redisstore.New(ctx, redisstore.Config{Client: client, WaitReplicas: replicas})
	if err != nil {
		client.Close()
		return nil, nil, fmt.Errorf("REDIS_URL: %w", err)
	}
	return s, client.Close, nil
}

// openFile opens a file, which only one process can have open.
func openFile(ctx context.Context, folder string) (records, func() error, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, nil, fmt.Errorf("-data (%s): %w", variable("data"), err)
	}
	s, err := boltstore.New(ctx, boltstore.Config{Path: filepath.Join(folder, "service.db")})
	if err != nil {
		return nil, nil, fmt.Errorf("-data (%s): %w", variable("data"), err)
	}
	return s, s.Close, nil
}

func openSQL(ctx context.Context, url string) (records, func() error, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	s := sqlstore.Postgres(db)
	if err := s.Migrate(ctx); err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return s, db.Close, nil
}
