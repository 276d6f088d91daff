package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store"
)

func TestAccounts(t *testing.T) {
	ctx := t.Context()
	as := &accounts{store.NewMemory(), "accounts"}
	_, err := as.load(ctx, "ann")
	require.ErrorIs(t, err, errNoAccount)
	require.NoError(t, as.create(ctx, account{Name: "ann", Roles: []string{"sales", "support"}}))
	require.ErrorIs(t, as.create(ctx, account{Name: "ann"}), errTaken)

	a, err := as.load(ctx, "ann")
	require.NoError(t, err)
	require.NotEmpty(t, a.ID)
	require.Equal(t, []string{"orders:read", "orders:write", "reports:read"}, a.scopes())

	_, err = as.load(ctx, strings.Repeat("a", store.MaxKey))
	require.ErrorIs(t, err, errNoAccount)
	_, err = as.update(ctx, "bob", func(*account) error { return nil })
	require.ErrorIs(t, err, errNoAccount)
	_, err = as.update(ctx, "ann", func(*account) error { return errYourself })
	require.ErrorIs(t, err, errYourself)
}

// Changes at the same time are all kept.
func TestUpdateAtOnce(t *testing.T) {
	as := &accounts{store.NewMemory(), "accounts"}
	require.NoError(t, as.create(t.Context(), account{Name: "ann"}))
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			_, err := as.update(context.Background(), "ann", func(a *account) error {
				a.Roles = append(a.Roles, fmt.Sprint(i))
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	a, err := as.load(t.Context(), "ann")
	require.NoError(t, err)
	require.Len(t, a.Roles, 4)
}

func TestListAccounts(t *testing.T) {
	as := &accounts{store.NewMemory(), "accounts"}
	for _, name := range []string{"cid", "ann", "bob", "abe"} {
		require.NoError(t, as.create(t.Context(), account{Name: name}))
	}
	names := func(start string, most int) (names []string, more bool) {
		list, more, err := as.list(t.Context(), start, most)
		require.NoError(t, err)
		for _, a := range list {
			names = append(names, a.Name)
		}
		return names, more
	}
	got, more := names("", 3)
	require.Equal(t, []string{"abe", "ann", "bob"}, got)
	require.True(t, more)
	got, more = names("a", 3)
	require.Equal(t, []string{"abe", "ann"}, got)
	require.False(t, more)
	got, _ = names("x", 3)
	require.Empty(t, got)
}

func TestCheckAccount(t *testing.T) {
	good := strings.Repeat("é", 12)
	require.NoError(t, checkAccount("a.n-n_1", good, []string{"sales"}))
	for _, name := range []string{"", "Ann", "-ann", "a b", "ann\x00", strings.Repeat("a", 65)} {
		require.Error(t, checkAccount(name, good, nil), name)
	}
	require.ErrorContains(t, checkAccount("ann", good, []string{"root"}), "root")
	require.Error(t, checkAccount("ann", strings.Repeat("é", 11), nil))
	require.Error(t, checkAccount("ann", strings.Repeat("a", 1025), nil))
}
