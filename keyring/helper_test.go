package keyring_test

import (
	"bytes"
	"context"
	"crypto/fips140"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/store"
)

const (
	lifetime = 15 * time.Minute
	lead     = time.Hour
	period   = 24 * time.Hour
	grace    = time.Minute
	noLead   = time.Millisecond // the shortest that New takes, of which newRing makes a nanosecond
	poll     = 30 * time.Second // with lead
	longest  = 366 * 24 * time.Hour
)

// memory returns a Store that is lost with the test.
func memory() keyring.Store { return keyring.InStore(store.NewMemory(), "test") }

// config returns a Config for rotation by hand.
func config() keyring.Config {
	return keyring.Config{Store: memory(), TokenLifetime: lifetime, Lead: lead}
}

func newRing(t testing.TB, cfg keyring.Config) *keyring.Ring {
	t.Helper()
	ring, err := keyring.New(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ring.Close()) })
	if cfg.Lead == noLead {
		ring.Hasten()
	}
	return ring
}

// bubble runs f with a clock of its own. In FIPS mode there is no randomness in it: the
// generator measures time to seed itself.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	if fips140.Enabled() {
		t.Skip("crypto/rand does not work in a synctest bubble in FIPS mode")
	}
	synctest.Test(t, f)
}

// rotate rotates a ring that has been hastened, as soon as the clock has ticked.
func rotate(ring *keyring.Ring) error {
	for {
		err := ring.Rotate(context.Background())
		if !errors.Is(err, keyring.ErrTooSoon) {
			return err
		}
		runtime.Gosched()
	}
}

// published returns the kids of a ring, as they are published.
func published(ring *keyring.Ring) []string {
	var kids []string
	for _, key := range ring.Keys() {
		kids = append(kids, key.KeyID())
	}
	return kids
}

var input = []byte("header.payload")

func header(ring *keyring.Ring, kid string) jwt.Header {
	return jwt.Header{Algorithm: ring.Algorithm(), KeyID: kid, Type: "JWT"}
}

// sign signs input with the key called kid.
func sign(ring *keyring.Ring, kid string) ([]byte, error) {
	return ring.Sign(context.Background(), header(ring, kid), input)
}

func mustSign(t testing.TB, ring *keyring.Ring) (kid string, sig []byte) {
	t.Helper()
	kid = ring.KeyID()
	sig, err := sign(ring, kid)
	require.NoError(t, err)
	return kid, sig
}

func verify(ring *keyring.Ring, kid string, sig []byte) error {
	return ring.Verify(context.Background(), header(ring, kid), input, sig)
}

// signsAndVerifies checks the current key of a ring by a whole token.
func signsAndVerifies(t testing.TB, ring *keyring.Ring) string {
	t.Helper()
	token, err := jwt.Sign(t.Context(), ring, jwt.Claims[struct{}]{Subject: "s", ExpiresAt: time.Now().Add(lifetime)})
	require.NoError(t, err)
	claims, err := jwt.Parse[struct{}](t.Context(), token, ring, validator(t, ring.Algorithm()))
	require.NoError(t, err)
	require.Equal(t, ring.KeyID(), claims.KeyID)
	return token
}

func validator(t testing.TB, alg jwt.Algorithm) *jwt.Validator {
	val, err := jwt.NewValidator(jwt.Policy{Algorithms: []jwt.Algorithm{alg}, InsecureSkipIssuer: true, InsecureSkipAudience: true})
	require.NoError(t, err)
	return val
}

// A log is what a ring has told its Logger.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *log) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
