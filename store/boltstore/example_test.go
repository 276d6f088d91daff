//go:build unix || windows

package boltstore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/boltstore"
)

func ExampleNew() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	s, err := boltstore.New(ctx, boltstore.Config{Path: filepath.Join(dir, "sessions.db")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	var _ store.Store = s // for session.Config, keyring.InStore and others
	ok, err := s.Swap(ctx, "key", 0, store.Record{
		Version: store.NewVersion(), Expires: time.Now().Add(time.Hour), Data: []byte("value"),
	})
	fmt.Println(ok, err)
	records, _, err := s.Load(ctx, "key")
	fmt.Printf("%s %v\n", records[0].Data, err)
	// Output:
	// true <nil>
	// value <nil>
}
