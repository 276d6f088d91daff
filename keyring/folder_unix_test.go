//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/keyring"
)

// TestLocked: a process waits for its turn, as long as its context lets it. It waits for
// one that has locked the folder, and for one of an older version, which locks the file.
func TestLocked(t *testing.T) {
	for name, locked := range map[string]string{"folder": "", "file": "keyring.lock"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ring := newRing(t, folderConfig(dir))
			other, err := os.Open(filepath.Join(dir, locked))
			require.NoError(t, err)
			defer other.Close()
			require.NoError(t, syscall.Flock(int(other.Fd()), syscall.LOCK_EX))
			if locked == "" { // what a cleaner of temporary files does
				require.NoError(t, os.Remove(filepath.Join(dir, "keyring.lock")))
			}

			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			for err = keyring.ErrTooSoon; errors.Is(err, keyring.ErrTooSoon); {
				err = ring.Rotate(ctx)
			}
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.EqualError(t, err, "keyring: CompareAndSwap: "+dir+" is locked by another process: context deadline exceeded")

			done := make(chan error)
			go func() { done <- rotate(ring) }()
			require.NoError(t, other.Close())
			require.NoError(t, <-done)
		})
	}
}

// TestLockFileRemoved: writers count up in a folder, and none overwrites another, even while
// the file keyring.lock is removed again and again.
func TestLockFileRemoved(t *testing.T) {
	writers, swaps := 4, 100
	if testing.Short() {
		swaps = 5
	}
	dir := t.TempDir()
	var stop atomic.Bool
	var remover, all sync.WaitGroup
	remover.Go(func() {
		for !stop.Load() {
			os.Remove(filepath.Join(dir, "keyring.lock"))
		}
	})
	for range writers {
		all.Go(func() {
			store := keyring.NewFolder(dir) // as another process would
			for done := 0; done < swaps; {
				state, version, err := store.Load(context.Background())
				if err == nil {
					n, _ := strconv.Atoi(string(state))
					err = store.CompareAndSwap(context.Background(), version, []byte(strconv.Itoa(n+1)))
				}
				switch {
				case err == nil:
					done++
				case !errors.Is(err, keyring.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	stop.Store(true)
	remover.Wait()
	require.Equal(t, strconv.Itoa(writers*swaps), stored(t, keyring.NewFolder(dir)))
}

// TestFolderPipe: a pipe is not waited for.
func TestFolderPipe(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "keyring.json")
	require.NoError(t, syscall.Mkfifo(name, 0o600))
	_, err := keyring.New(t.Context(), folderConfig(dir))
	require.EqualError(t, err, "keyring: Load: "+name+" is not a regular file")
}

// needRoot skips a test that gives files away, unless root runs it.
func needRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to another user")
	}
}

// TestFolderOwner: a folder or file of another user is refused, whatever its mode.
func TestFolderOwner(t *testing.T) {
	needRoot(t)
	const stranger = 12345
	for _, part := range []string{"", "keyring.json"} {
		dir := t.TempDir()
		cfg := folderConfig(dir)
		ring := newRing(t, cfg)
		name := filepath.Join(dir, part)
		require.NoError(t, os.Chown(name, stranger, -1))
		const reason = " belongs to user 12345, who may put keys there; it must belong to user 0, who runs this process, or to root"
		_, err := keyring.New(t.Context(), cfg)
		require.EqualError(t, err, "keyring: Load: "+name+reason)
		require.EqualError(t, rotate(ring), "keyring: Load: "+name+reason)
		require.EqualError(t, cfg.Store.CompareAndSwap(t.Context(), "", nil), name+reason)
		require.NoError(t, os.Chown(name, 0, -1))
		require.NoError(t, rotate(ring))
	}
	t.Run("new", func(t *testing.T) { // before anything is in it
		dir := t.TempDir()
		require.NoError(t, os.Chown(dir, stranger, -1))
		_, err := keyring.New(t.Context(), folderConfig(dir))
		require.ErrorContains(t, err, "belongs to user 12345")
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries)
	})
}

// TestFolderGroup: a reader of the group of keyring.json can read the keys after a
// rotation as before it.
func TestFolderGroup(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	ring := newRing(t, folderConfig(dir))
	name := filepath.Join(dir, "keyring.json")
	const group = 54321
	require.NoError(t, os.Chown(name, -1, group))
	for _, mode := range []os.FileMode{0o640, 0o660} {
		require.NoError(t, os.Chmod(name, mode))
		require.NoError(t, rotate(ring))
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(mode, " of group ", group), fmt.Sprint(info.Mode(), " of group ", info.Sys().(*syscall.Stat_t).Gid))
	}
}
