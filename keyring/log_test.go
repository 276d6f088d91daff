package keyring_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// take returns what has been logged since the last take.
func (l *log) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.buf.Reset()
	return l.buf.String()
}

// untimed returns a Logger of l that leaves out the time.
func (l *log) untimed() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// TestLog: each change is one line that says what was done, and what follows from it.
func TestLog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		out := new(log)
		cfg := config()
		cfg.Logger, cfg.Period = out.untimed(), period
		ring := newRing(t, cfg)
		line := func(action, keys string) {
			t.Helper()
			kids := published(ring)
			require.Equal(t, "level=INFO msg=\"keyring: stored\" action="+action+" current="+kids[0]+" next="+kids[1]+" keys="+keys+"\n", out.take())
		}
		line("start", "2")
		wait(lead)
		require.NoError(t, ring.Rotate(t.Context()))
		line("rotate", "3")
		stolen := ring.KeyID()
		require.NoError(t, ring.Revoke(t.Context(), stolen))
		line("revoke revoked="+stolen, "3")
		wait(grace + lifetime + 30*time.Second)
		line("schedule", "2") // the retired key is gone
		wait(period - grace - lifetime - 30*time.Second)
		line("schedule", "3")

		// What changes nothing leaves no trace.
		require.ErrorIs(t, ring.Rotate(t.Context()), keyring.ErrTooSoon)
		require.ErrorIs(t, ring.Revoke(t.Context(), "unknown"), jwt.ErrUnknownKey)
		require.NoError(t, ring.Close())
		newRing(t, cfg)
		require.Empty(t, out.take())
	})
}

// TestContextEnds: a ring whose context ends says so, once, unless it has been closed.
func TestContextEnds(t *testing.T) {
	const stopped = "level=WARN msg=\"keyring: stopped: the context given to New is over\"\n"
	for _, test := range []struct {
		name string
		end  func(ring *keyring.Ring, cancel func())
		want string
	}{
		{"context", func(_ *keyring.Ring, cancel func()) { cancel() }, stopped},
		{"context, then Close", func(ring *keyring.Ring, cancel func()) { cancel(); ring.Close() }, stopped},
		{"Close", func(ring *keyring.Ring, _ func()) { ring.Close() }, ""},
		{"Close, then context", func(ring *keyring.Ring, cancel func()) { ring.Close(); cancel() }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				out := new(log)
				cfg := config()
				cfg.Logger, cfg.Period = out.untimed(), period
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ring, err := keyring.New(ctx, cfg)
				require.NoError(t, err)
				out.take()
				test.end(ring, cancel)
				synctest.Wait()
				require.Equal(t, test.want, out.take())
				wait(3 * period)
				require.Len(t, published(ring), 1, "nothing makes new keys")
				require.NoError(t, ring.Close())
				require.Empty(t, out.take())
			})
		})
	}
}

// heedless is a Store that takes no notice of a context.
type heedless struct{ keyring.Store }

func (s heedless) Load(ctx context.Context) ([]byte, string, error) {
	return s.Store.Load(context.WithoutCancel(ctx))
}

func (s heedless) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	return s.Store.CompareAndSwap(context.WithoutCancel(ctx), version, state)
}

// TestContextOver: nothing begins when the context is over, whatever the store.
func TestContextOver(t *testing.T) {
	cfg := config()
	cfg.Store = heedless{cfg.Store}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("mine"))
	for range 20 { // a select would choose at random
		ring, err := keyring.New(ctx, cfg)
		require.EqualError(t, err, "keyring: context canceled")
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, ring)
	}
	ring := newRing(t, cfg)
	require.ErrorIs(t, ring.Rotate(ctx), context.Canceled)
	require.ErrorIs(t, ring.Revoke(ctx, ring.KeyID()), context.Canceled)
	require.Len(t, published(ring), 2)
}
