package keyring_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// TestRotateWithoutPause: beside a ring that rotates without pause, each Sign succeeds,
// and each token verifies with the key that its kid names.
func TestRotateWithoutPause(t *testing.T) {
	total := 20_000
	if testing.Short() {
		total = 1000
	}
	const signers, batch, rotations = 4, 250, 95 // a ring can hold no more
	kids := 0
	for done := 0; done < total; done += signers * batch {
		cfg := config()
		cfg.Lead = noLead
		ring := newRing(t, cfg)
		var wg sync.WaitGroup
		wg.Go(func() {
			for range rotations {
				if err := rotate(ring); err != nil {
					t.Error(err)
					return
				}
				runtime.Gosched() // where there is one thread
			}
		})
		tokens := make([][]string, signers)
		claims := jwt.Claims[struct{}]{ExpiresAt: time.Now().Add(lifetime)}
		for i := range signers {
			wg.Go(func() {
				for range batch {
					token, err := jwt.Sign(t.Context(), ring, claims)
					if err != nil {
						t.Error(err)
						return
					}
					tokens[i] = append(tokens[i], token)
					runtime.Gosched()
				}
			})
		}
		wg.Wait()
		kids += checkTokens(t, ring, tokens)
		require.NoError(t, ring.Close())
	}
	require.Greater(t, kids, 2*total/(signers*batch), "the keys did change meanwhile")
}

// checkTokens verifies tokens with the published keys and returns how many of these
// have been used.
func checkTokens(t *testing.T, ring *keyring.Ring, tokens [][]string) int {
	t.Helper()
	verifiers := make(map[string]jwt.Verifier)
	for _, key := range ring.Keys() {
		v, err := jwt.NewVerifier(jwt.ES256, "", key.PublicKey().(*ecdsa.PublicKey))
		require.NoError(t, err)
		verifiers[key.KeyID()] = v
	}
	val := validator(t, jwt.ES256)
	used := make(map[string]bool)
	for _, list := range tokens {
		for _, token := range list {
			segment, _, _ := strings.Cut(token, ".")
			raw, err := base64.RawURLEncoding.DecodeString(segment)
			require.NoError(t, err)
			var header struct{ Kid string }
			require.NoError(t, json.Unmarshal(raw, &header))
			require.Contains(t, verifiers, header.Kid)
			_, err = jwt.Parse[struct{}](t.Context(), token, verifiers[header.Kid], val)
			require.NoError(t, err)
			used[header.Kid] = true
		}
	}
	return len(used)
}

// TestGeneration: it changes when a key stops verifying, and not with each change.
func TestGeneration(t *testing.T) {
	bubble(t, func(t *testing.T) {
		cfg := config()
		ring := newRing(t, cfg)
		last := ring.Generation()
		require.NotZero(t, last)
		same := func(why string) {
			t.Helper()
			require.Equal(t, last, ring.Generation(), why)
		}
		changed := func(why string) {
			t.Helper()
			require.NotEqual(t, last, ring.Generation(), why)
			last = ring.Generation()
		}
		first := ring.KeyID()
		wait(lead)
		same("time passes")
		require.NoError(t, ring.Rotate(t.Context()))
		same("the retired key verifies")
		wait(grace + lifetime - 1)
		same("its last token has not expired")
		wait(1)
		require.NotContains(t, published(ring), first)
		changed("it has")
		wait(lead)
		last = ring.Generation() // it has been deleted
		require.NoError(t, ring.Revoke(t.Context(), ring.KeyID()))
		changed("revoked")
		require.NoError(t, ring.Revoke(t.Context(), published(ring)[1]))
		changed("the next key has been revoked")
		require.ErrorIs(t, ring.Revoke(t.Context(), "unknown"), jwt.ErrUnknownKey)
		same("nothing has changed")

		other := newRing(t, cfg)
		require.NoError(t, other.Revoke(t.Context(), other.KeyID()))
		same("it has not heard of it")
		wait(poll)
		changed("another process has revoked a key")
	})
	require.Zero(t, new(keyring.Ring).Generation())
}

// TestParser: a Parser knows the algorithm of a ring, and when its keys stop verifying.
func TestParser(t *testing.T) {
	policy := jwt.Policy{Algorithms: []jwt.Algorithm{jwt.ES256}, InsecureSkipIssuer: true, InsecureSkipAudience: true}
	ring := newRing(t, config())
	require.Equal(t, []jwt.Algorithm{jwt.ES256}, ring.Algorithms())
	require.Empty(t, new(keyring.Ring).Algorithms())
	parser, err := jwt.NewParser[struct{}](ring, policy)
	require.NoError(t, err)
	before := parser.Generation()
	require.NoError(t, ring.Revoke(t.Context(), ring.KeyID()))
	require.NotEqual(t, before, parser.Generation())

	policy.Algorithms = []jwt.Algorithm{jwt.RS256}
	_, err = jwt.NewParser[struct{}](ring, policy)
	require.ErrorContains(t, err, "ES256", "no token of the ring would be accepted")
}
