package store_test

import (
	"context"
	"fmt"
	"time"

	"github.com/cda17858/jwt/store"
)

// A counter that several processes raise at once: read, decide, swap, and start again
// if somebody else was first.
func Example() {
	ctx := context.Background()
	var s store.Store = store.NewMemory()

	raise := func(key string) error {
		for {
			records, now, err := s.Load(ctx, key)
			if err != nil {
				return err
			}
			had := records[0] // the zero Record if there is none
			ok, err := s.Swap(ctx, key, had.Version, store.Record{
				Version: store.NewVersion(),
				Expires: now.Add(time.Hour),
				Data:    fmt.Append(nil, len(had.Data), " bytes were there"),
			})
			if ok || err != nil {
				return err
			}
		}
	}
	for range 2 {
		if err := raise("counter"); err != nil {
			fmt.Println(err)
			return
		}
	}
	records, _, err := s.Load(ctx, "counter")
	fmt.Printf("%s, %v\n", records[0].Data, err)
	// Output: 18 bytes were there, <nil>
}

// An instance reads what has been revoked since it asked last.
func ExampleFeed() {
	ctx := context.Background()
	var feed store.Feed = store.NewMemory()
	_, cursor, err := feed.Since(ctx, "")
	if err != nil {
		fmt.Println(err)
		return
	}

	if err := feed.Append(ctx, store.Revocation{
		Kind: "jti", ID: "AQx9", Expires: time.Now().Add(20 * time.Minute),
	}); err != nil {
		fmt.Println(err)
		return
	}

	for {
		page, next, err := feed.Since(ctx, cursor)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, r := range page {
			fmt.Println(r.Kind, r.ID)
		}
		cursor = next
		if len(page) < store.FeedPage {
			break
		}
	}
	// Output: jti AQx9
}

// A service moves its sessions from memory to a database, or from one database to another.
func ExampleMoving() {
	old, new := store.NewMemory(), store.NewMemory()

	// First deployment: s, err := store.Movable(old, new)
	// Second deployment:
	s, err := store.Moving(old, new)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Third deployment, when all that was in old has expired: s := new

	_, isFeed := s.(store.Feed)
	fmt.Println(isFeed) // what both can do
	// Output: true
}
