//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package keyring_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/keyring"
)

// TestLocked: a process waits for its turn, as long as its context lets it.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	ring := newRing(t, folderConfig(dir))
	name := filepath.Join(dir, "keyring.lock")
	other, err := os.OpenFile(name, os.O_RDWR, 0)
	require.NoError(t, err)
	defer other.Close()
	require.NoError(t, syscall.Flock(int(other.Fd()), syscall.LOCK_EX))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for err = keyring.ErrTooSoon; errors.Is(err, keyring.ErrTooSoon); {
		err = ring.Rotate(ctx)
	}
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.EqualError(t, err, "keyring: CompareAndSwap: "+name+" is locked by another process: context deadline exceeded")

	done := make(chan error)
	go func() { done <- rotate(ring) }()
	require.NoError(t, other.Close())
	require.NoError(t, <-done)
}
