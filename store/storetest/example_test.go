package storetest_test

import (
	"context"
	"os"
	"testing"

	"github.com/cda17858/jwt/store"
	"github.com/cda17858/jwt/store/storetest"
)

// A Table is your Store. Here it only stands for one.
type Table struct{ *store.Memory }

func OpenTable(url string) (*Table, error) { return &Table{store.NewMemory()}, nil }

// rows counts, for the demand Leftovers. Your Store need not export it.
type rows struct{ *Table }

func (r rows) Count(context.Context) (int, error) { return r.Len(), nil }

// The test of a Store of your own, in a file of its package. It needs a real server.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestTable(t *testing.T)
		url := os.Getenv("TABLE_URL")
		if url == "" {
			t.Skip("TABLE_URL is not set")
		}
		table, err := OpenTable(url)
		if err != nil {
			t.Fatal(err)
		}
		storetest.Run(t, func(*testing.T) store.Store { return rows{table} })
	}
}
