package keyring_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/keyring"
)

func TestConfig(t *testing.T) {
	tests := []struct {
		name   string
		change func(*keyring.Config)
		want   string
	}{
		{"store", func(c *keyring.Config) { c.Store = nil },
			"keyring: Config.Store is nil; NewFolder and InStore make one"},
		{"algorithm", func(c *keyring.Config) { c.Algorithm = "ES257" },
			`keyring: Config.Algorithm is "ES257"; it must be one of [HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519]`},
		{"no lifetime", func(c *keyring.Config) { c.TokenLifetime = 0 },
			"keyring: Config.TokenLifetime is 0s; set it to the longest lifetime of a token, leeway included"},
		{"no lead", func(c *keyring.Config) { c.Lead = 0 },
			"keyring: Config.Lead is 0s; set it to the time for which verifiers cache the published keys, or longer"},
		{"negative lead", func(c *keyring.Config) { c.Lead = -1 },
			"keyring: Config.Lead is -1ns; set it to the time for which verifiers cache the published keys, or longer"},
		{"negative period", func(c *keyring.Config) { c.Period = -time.Hour },
			"keyring: Config.Period is -1h0m0s; set it to how long a key signs, or to 0 to rotate by hand"},
		{"lifetime without a unit", func(c *keyring.Config) { c.TokenLifetime, c.Lead, c.Period = 15, 1, 30 },
			"keyring: Config.TokenLifetime is 15ns; is a unit missing, such as time.Second?"},
		{"lifetime too short", func(c *keyring.Config) { c.TokenLifetime = time.Second - 1 },
			"keyring: Config.TokenLifetime is 999.999999ms; is a unit missing, such as time.Second?"},
		{"lead without a unit", func(c *keyring.Config) { c.Lead, c.Period = 1, 30 },
			"keyring: Config.Lead is 1ns; is a unit missing, such as time.Second?"},
		{"lead too short", func(c *keyring.Config) { c.Lead = time.Millisecond - 1 },
			"keyring: Config.Lead is 999.999µs; is a unit missing, such as time.Second?"},
		{"period without a unit", func(c *keyring.Config) { c.Period = 30 },
			"keyring: Config.Period is 30ns; is a unit missing, such as time.Second?"},
		{"period too short", func(c *keyring.Config) { c.Period = time.Millisecond - 1 },
			"keyring: Config.Period is 999.999µs; is a unit missing, such as time.Second?"},
		{"period below lead", func(c *keyring.Config) { c.Period = time.Hour - 1 },
			"keyring: Config.Period is 59m59.999999999s, shorter than Config.Lead, 1h0m0s: a key would have to sign before verifiers know it; lengthen Period, or shorten Lead and the max-age of the published keys"},
		{"too many keys", func(c *keyring.Config) { c.Period, c.TokenLifetime = time.Hour, 97*time.Hour },
			"keyring: Config.TokenLifetime is 97h0m0s and Config.Period 1h0m0s: more than 100 keys would verify at a time; lengthen Period or shorten TokenLifetime"},
		{"MaxStale without a unit", func(c *keyring.Config) { c.MaxStale = 60 }, "keyring: Config.MaxStale is 60ns; is a unit missing, such as time.Second?"},
		{"MaxStale too short", func(c *keyring.Config) { c.MaxStale = time.Minute - 1 }, "keyring: Config.MaxStale is 59.999999999s; the shortest is 1m0s"},
		{"MaxStale too long", func(c *keyring.Config) { c.MaxStale = 8784*time.Hour + 1 }, "keyring: Config.MaxStale is 8784h0m0.000000001s; the longest is 8784h0m0s"},
		{"negative MaxStale", func(c *keyring.Config) { c.MaxStale = -1 }, "keyring: Config.MaxStale is negative"},
		{"secret", func(c *keyring.Config) { c.Secret = make([]byte, 16) },
			"keyring: Config.Secret has 16 bytes; an AES-256 key has 32, from a random generator"},
		{"empty secret", func(c *keyring.Config) { c.Secret = []byte{} },
			"keyring: Config.Secret has 0 bytes; an AES-256 key has 32, from a random generator"},
		{"read-only and empty", func(c *keyring.Config) { c.ReadOnly = true },
			"keyring: the store is empty, and Config.ReadOnly is set: first start the process that writes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := config()
			test.change(&cfg)
			ring, err := keyring.New(t.Context(), cfg)
			require.EqualError(t, err, test.want)
			require.Nil(t, ring)
		})
	}
	t.Run("nil context", func(t *testing.T) {
		_, err := keyring.New(nil, config()) //lint:ignore SA1012 that is the test
		require.EqualError(t, err, "keyring: nil context")
	})
	t.Run("limits", func(t *testing.T) {
		cfg := config()
		cfg.Period, cfg.TokenLifetime = lead, 96*lead
		newRing(t, cfg)
		newRing(t, keyring.Config{Store: memory(), TokenLifetime: time.Second, Lead: time.Millisecond, Period: time.Second})
	})
}

func TestAlgorithms(t *testing.T) {
	for _, alg := range []jwt.Algorithm{
		jwt.HS256, jwt.HS384, jwt.HS512, jwt.ES256, jwt.ES384, jwt.ES512, jwt.EdDSA, jwt.Ed25519,
		jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512,
	} {
		t.Run(string(alg), func(t *testing.T) {
			if testing.Short() && (alg[0] == 'R' || alg[0] == 'P') {
				t.Skip("makes RSA keys")
			}
			cfg := config()
			cfg.Algorithm, cfg.Lead = alg, noLead
			ring := newRing(t, cfg)
			require.Equal(t, alg, ring.Algorithm())
			token := signsAndVerifies(t, ring)
			require.NoError(t, rotate(ring))
			signsAndVerifies(t, ring)
			another := newRing(t, cfg) // reads the keys from the store
			require.Equal(t, ring.KeyID(), another.KeyID())
			require.Equal(t, published(ring), published(another))
			_, err := jwt.Parse[struct{}](t.Context(), token, another, validator(t, alg))
			require.NoError(t, err)
			if alg[0] == 'H' {
				require.Nil(t, ring.Keys(), "secrets are never published")
				return
			}
			require.Len(t, ring.Keys(), 3)
			for _, key := range ring.Keys() {
				require.Equal(t, alg, key.Algorithm())
				require.Implements(t, (*jwt.Verifier)(nil), key)
				require.NotImplements(t, (*jwt.Signer)(nil), key)
				kid, err := jwk.Thumbprint(key.PublicKey())
				require.NoError(t, err)
				require.Equal(t, kid, key.KeyID())
				if alg[0] != 'R' && alg[0] != 'P' {
					continue
				}
				require.Equal(t, 2048, key.PublicKey().(*rsa.PublicKey).N.BitLen())
			}
		})
	}
}

// TestAlgorithmStays: what is in a store is never used with another algorithm.
func TestAlgorithmStays(t *testing.T) {
	cfg := config()
	newRing(t, cfg)
	cfg.Algorithm = jwt.HS256
	_, err := keyring.New(t.Context(), cfg)
	require.EqualError(t, err, "keyring: what the store holds: the keys are not for HS256, which is Config.Algorithm: a ring keeps its algorithm; use another store for another algorithm")
}

func TestZeroRing(t *testing.T) {
	const want = "keyring: the Ring is zero; New makes one"
	ring := new(keyring.Ring)
	require.Empty(t, ring.KeyID())
	require.Empty(t, ring.Algorithm())
	require.Nil(t, ring.Keys())
	_, err := sign(ring, "")
	require.EqualError(t, err, want)
	require.EqualError(t, verify(ring, "", nil), want)
	require.EqualError(t, ring.Rotate(t.Context()), want)
	require.EqualError(t, ring.Revoke(t.Context(), "x"), want)
	require.NoError(t, ring.Close())
	require.Equal(t, "keyring ()", fmt.Sprint(ring))
}

// TestVerify: which errors of Verify mean what.
func TestVerify(t *testing.T) {
	ring, other := newRing(t, config()), newRing(t, config())
	kid, sig := mustSign(t, ring)
	require.NoError(t, verify(ring, kid, sig))
	require.NoError(t, verify(ring, "", sig), "the token has no kid")
	require.ErrorIs(t, verify(ring, published(ring)[1], sig), jwt.ErrSignature, "another key than kid names")
	require.ErrorIs(t, verify(ring, kid, bytes.Repeat([]byte{1}, 64)), jwt.ErrSignature)
	require.ErrorIs(t, verify(ring, "", bytes.Repeat([]byte{1}, 64)), jwt.ErrSignature)
	require.ErrorIs(t, verify(other, kid, sig), jwt.ErrUnknownKey)
	require.ErrorIs(t, verify(other, "", sig), jwt.ErrSignature)
	err := ring.Verify(t.Context(), jwt.Header{Algorithm: jwt.HS256, KeyID: kid}, input, sig)
	require.ErrorIs(t, err, jwt.ErrUnknownKey, "another algorithm")
	err = ring.Verify(t.Context(), jwt.Header{Algorithm: jwt.HS256}, input, sig)
	require.ErrorIs(t, err, jwt.ErrUnknownKey, "another algorithm and no kid")
}

// TestWithoutKid: a token without kid has 16 signatures checked, the newest first.
func TestWithoutKid(t *testing.T) {
	cfg := config()
	cfg.Lead = noLead
	ring := newRing(t, cfg)
	var sigs [][]byte
	for range 20 {
		_, sig := mustSign(t, ring)
		sigs = append(sigs, sig)
		require.NoError(t, rotate(ring))
	}
	first := published(ring)[21]
	require.NoError(t, verify(ring, first, sigs[0]))
	for i, sig := range sigs {
		if i < 6 { // the current key, the next, and 14 of those retired
			require.ErrorIs(t, verify(ring, "", sig), jwt.ErrSignature, i)
		} else {
			require.NoError(t, verify(ring, "", sig), i)
		}
	}
}

// TestPrinting: neither keys nor the secret can be seen, whatever the verb.
func TestPrinting(t *testing.T) {
	out := new(log)
	cfg := config()
	cfg.Logger = out.logger()
	cfg.Secret = bytes.Repeat([]byte("s"), 32)
	ring := newRing(t, cfg)
	state, _, err := cfg.Store.Load(t.Context())
	require.NoError(t, err)
	data, err := json.Marshal(cfg)
	require.NoError(t, err)
	require.NotContains(t, string(data), "c3Nz")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		require.Equal(t, "keyring ES256("+ring.KeyID()+")", fmt.Sprintf(verb, ring))
		require.Equal(t, "keyring.Config{Algorithm: , TokenLifetime: 15m0s, Lead: 1h0m0s, Period: 0s, MaxStale: 0s, ReadOnly: false}", fmt.Sprintf(verb, cfg))
		for _, secret := range []string{string(state), fmt.Sprintf(verb, state[:20])} {
			require.NotContains(t, fmt.Sprintf(verb, cfg.Store), secret)
		}
	}
	cfg.Logger.Info("x", "ring", ring, "config", cfg, "store", cfg.Store)
	require.NotContains(t, out.String(), "ssss")
	require.NotContains(t, out.String(), "115 115")
	require.NotContains(t, out.String(), "sealed")
	require.Contains(t, out.String(), "keyring: stored", "what a ring does is logged")
	require.Contains(t, out.String(), "current="+ring.KeyID())
}

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
	const stopped = "level=WARN msg=\"keyring: stopped: the context given to New is done\"\n"
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
				cfg.Logger, cfg.Period, cfg.MaxStale = out.untimed(), period, longest
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

// TestContextDone: nothing begins when the context is done, whatever the store.
func TestContextDone(t *testing.T) {
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
