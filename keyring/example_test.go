package keyring_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/keyring"
)

// The ring of a service that issues tokens of 15 minutes and publishes its keys for
// others, who may keep them for an hour. It makes a new key every 30 days.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	ring, err := keyring.New(ctx, keyring.Config{
		Store:         keyring.NewFolder(dir),
		TokenLifetime: 16 * time.Minute, // and a minute of leeway
		Lead:          time.Hour,
		Period:        30 * 24 * time.Hour,
	})
	if err != nil {
		panic(err)
	}
	defer ring.Close()

	publish, err := jwks.NewHandler(jwks.HandlerConfig{Source: ring, MaxAge: time.Hour})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/.well-known/jwks.json", publish)

	token, err := jwt.Sign(ctx, ring, jwt.Claims[struct{}]{
		Issuer: "https://auth.example.com", Subject: "alice", Audience: []string{"orders"},
		ExpiresAt: time.Now().Add(15 * time.Minute),
	})
	if err != nil {
		panic(err)
	}
	validator, err := jwt.NewValidator(jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://auth.example.com"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		panic(err)
	}
	claims, err := jwt.Parse[struct{}](ctx, token, ring, validator)
	if err != nil {
		panic(err)
	}
	fmt.Println(claims.Subject, claims.KeyID == ring.KeyID(), len(ring.Keys()))
	// Output: alice true 2
}

// A token outlives the rotation of its key, but not its revocation.
func ExampleRing_Rotate() {
	ctx := context.Background()
	ring, err := keyring.New(ctx, keyring.Config{
		Store:         keyring.NewMemory(),
		TokenLifetime: 15 * time.Minute,
		Lead:          time.Millisecond, // an hour, if others verify
	})
	if err != nil {
		panic(err)
	}
	defer ring.Close()
	validator, err := jwt.NewValidator(jwt.Policy{
		Algorithms:           []jwt.Algorithm{jwt.ES256},
		InsecureSkipIssuer:   true,
		InsecureSkipAudience: true,
	})
	if err != nil {
		panic(err)
	}

	old, err := jwt.Sign(ctx, ring, jwt.Claims[struct{}]{Subject: "alice", ExpiresAt: time.Now().Add(15 * time.Minute)})
	if err != nil {
		panic(err)
	}
	time.Sleep(2 * time.Millisecond)
	if err := ring.Rotate(ctx); err != nil {
		panic(err)
	}
	claims, err := jwt.Parse[struct{}](ctx, old, ring, validator)
	if err != nil {
		panic(err)
	}
	fmt.Println(claims.Subject, claims.KeyID == ring.KeyID())

	if err := ring.Revoke(ctx, claims.KeyID); err != nil {
		panic(err)
	}
	_, err = jwt.Parse[struct{}](ctx, old, ring, validator)
	fmt.Println(err)
	// Output:
	// alice false
	// jwt: kid: keyring: no key for this token
}

// sqlStore is a [keyring.Store] in a table with one row: CREATE TABLE keyring (id INT
// PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL, state BYTEA NOT NULL).
type sqlStore struct{ db *sql.DB }

func (s sqlStore) Load(ctx context.Context) (state []byte, version string, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT version, state FROM keyring WHERE id = 1").Scan(&version, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", nil
	}
	return state, version, err
}

func (s sqlStore) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	var result sql.Result
	var err error
	if version == "" {
		result, err = s.db.ExecContext(ctx, "INSERT INTO keyring VALUES (1, 1, $1) ON CONFLICT DO NOTHING", state)
	} else {
		have, parseErr := strconv.ParseInt(version, 10, 64)
		if parseErr != nil {
			return parseErr
		}
		result, err = s.db.ExecContext(ctx, "UPDATE keyring SET version = version + 1, state = $1 WHERE id = 1 AND version = $2", state, have)
	}
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return keyring.ErrConflict
}

// The processes of a service share its keys through a database, encrypted with a
// secret that the database does not know.
func ExampleStore() {
	var db *sql.DB // sql.Open(…)
	secret, err := os.ReadFile("/run/secrets/keyring")
	if err != nil {
		return
	}
	ring, err := keyring.New(context.Background(), keyring.Config{
		Store:         sqlStore{db},
		Secret:        secret,
		TokenLifetime: 15 * time.Minute,
		Lead:          time.Hour,
		Period:        30 * 24 * time.Hour,
	})
	if err != nil {
		return
	}
	defer ring.Close()
}
