package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
	"github.com/cda17858/jwt/store/sqlstore"
)

// A records is what the service needs of a store: all three interfaces.
type records interface {
	store.Store
	store.Lister
	store.Feed
}

// openStore opens the store that the configuration names. Sessions, revocations, keys and
// accounts are in it.
func openStore(ctx context.Context, c config) (r records, closeStore func() error, err error) {
	switch {
	case c.databaseURL != "":
		return openSQL(ctx, c.databaseURL)
	}
	return openFile(ctx, c.data)
}

// openFile opens a file that no other process may have open.
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
