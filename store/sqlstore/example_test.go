//go:build unix

package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/sqlstore"
)

func ExamplePostgres() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	s := sqlstore.Postgres(db)
	if err := s.Migrate(ctx); err != nil {
		fmt.Println(err)
		return
	}

	var _ store.Store = s // for session.Config, keyring.InStore and others
	_, now, err := s.Load(ctx, "key")
	fmt.Println(now, err)
}
