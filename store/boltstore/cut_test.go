//go:build unix || windows

package boltstore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/store/boltstore"
)

// use opens a file and uses all of it. It prints the error, or "fine".
func use(ctx context.Context, path string) error {
	s, err := boltstore.New(ctx, boltstore.Config{Path: path})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := useAll(ctx, s); err != nil {
		return err
	}
	fmt.Println("fine")
	return nil
}

func useAll(ctx context.Context, s *boltstore.Store) error {
	var keys []string
	for i := range records {
		keys = append(keys, key(i))
	}
	found, _, err := s.Load(ctx, keys...)
	if err != nil {
		return err
	}
	for _, i := range []int{0, records / 2, records - 1} {
		if _, err := s.Swap(ctx, key(i), found[i].Version, record()); err != nil {
			return err
		}
	}
	return s.Append(ctx, revocation("id"))
}

// A file that has been cut, wherever, is an error when it is opened. The child would die of
// SIGBUS otherwise.
func TestCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "whole.db")
	fill(t, path)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	steps := 24
	if testing.Short() {
		steps = 4
	}
	refused := 0
	for i := range steps + 1 {
		size := len(whole) * i / steps
		cutPath := filepath.Join(dir, "cut.db")
		require.NoError(t, os.WriteFile(cutPath, whole[:size], 0o600))
		out, err := child(t, "use", cutPath).Output()
		require.NoError(t, err, "the child has died of a file of %d bytes", size)
		got := strings.TrimSpace(string(out))
		switch {
		case size == 0:
			require.Contains(t, got, "boltstore: opening "+cutPath+": it is empty: ")
		case size < os.Getpagesize():
			require.Contains(t, got, "not a bbolt file")
		case got != "fine":
			require.Contains(t, got, fmt.Sprintf("boltstore: opening %s: it is truncated: %d bytes are left of at least ", cutPath, size))
			refused++
		default: // the room at the end of a file, which nothing is in yet, may be missing
		}
		if size == len(whole) {
			require.Equal(t, "fine", got)
		}
	}
	require.GreaterOrEqual(t, refused, steps/4)
}

// cut opens a file, cuts it, and uses it. It prints the errors.
func cut(ctx context.Context, path string) error {
	s, err := boltstore.New(ctx, boltstore.Config{Path: path})
	if err != nil {
		return err
	}
	if err := os.Truncate(path, int64(2*os.Getpagesize())); err != nil {
		return err
	}
	for i := range records {
		if _, _, err := s.Load(ctx, key(i)); err != nil {
			fmt.Println("Load:", err)
			break
		}
	}
	for range 2 {
		_, err = s.Swap(ctx, key(0), 0, record())
		fmt.Println("Swap:", err)
	}
	_, _, err = s.Load(ctx, key(0))
	fmt.Println("Load:", err)
	s.Close()
	fmt.Println("closed")
	return nil
}

// A file that is cut while it is in use is an error of the calls, and not the end of the
// process.
func TestCutInUse(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not cut a file that is in use")
	}
	path := filepath.Join(t.TempDir(), "store.db")
	fill(t, path)
	out, err := child(t, "cut", path).Output()
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, lines, 5, string(out))
	require.Contains(t, lines[0], "Load: boltstore: Load: the file is damaged, or was truncated while in use: ")
	for _, line := range lines[1:3] {
		require.Contains(t, line, "Swap: boltstore: Swap: the file is damaged")
	}
	require.Contains(t, lines[3], "must be opened again")
	require.Equal(t, "closed", lines[4])
}
