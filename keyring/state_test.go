package keyring_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/keyring"
)

// goldenState is what version 1 of the format is. It must be read for ever.
const goldenState = `{"keyring":1,"algorithm":"ES256","keys":[` +
	`{"published":"2026-11-21T10:00:00Z","from":"2026-11-21T12:00:00Z","until":"2026-11-22T12:00:00.000000001Z","lifetime":"15m0s","jwk":` + goldenKey1 + `},` +
	`{"published":"2026-11-21T12:00:00Z","from":"2026-11-22T12:00:00.000000001Z","lifetime":"15m0s","jwk":` + goldenKey2 + `}]}`

// From RFC 7515 appendix A.3, and RFC 7517 appendix A.2.
const (
	goldenKey1 = `{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI","kid":"one","alg":"ES256","use":"sig"}`
	goldenKey2 = `{"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","kid":"two","alg":"ES256","use":"sig"}`
)

func TestGoldenState(t *testing.T) {
	bubble(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 22, 11, 30, 0, 0, time.UTC)))
		cfg := config()
		cfg.Period = period
		cfg.Store = holding(goldenState)
		ring := newRing(t, cfg)
		require.Equal(t, []string{"one", "two"}, published(ring))
		require.Equal(t, strings.ReplaceAll(goldenState, ".000000001", ""), stored(t, cfg.Store),
			"written in the same form, and the end of the period put right")
		wait(30*time.Minute - 1)
		require.Equal(t, "one", ring.KeyID())
		wait(1)
		require.Equal(t, "two", ring.KeyID())
		signsAndVerifies(t, ring)
	})
}

func TestStateRefused(t *testing.T) {
	replace := func(old, new string) string {
		require.Contains(t, goldenState, old)
		return strings.Replace(goldenState, old, new, 1)
	}
	many := strings.Repeat(" ", 1<<20)
	tests := []struct{ name, state, want string }{
		{"empty", "", "not one JSON object"},
		{"null", "null", "not one JSON object"},
		{"two objects", goldenState + "{}", "not one JSON object"},
		{"too long", goldenState + many, "longer than 1048576 bytes"},
		{"duplicate member", replace(`"keyring":1`, `"keyring":1,"keyring":1`), "duplicate member name"},
		{"newer version", replace(`"keyring":1`, `"keyring":2,"new":0`), "not in version 1 of the format, which is all that this version of the package reads"},
		{"no version", replace(`"keyring":1,`, ``), "not in version 1 of the format, which is all that this version of the package reads"},
		{"version a string", replace(`"keyring":1`, `"keyring":"1"`), "not in version 1 of the format, which is all that this version of the package reads"},
		{"unknown member", replace(`"keyring":1`, `"keyring":1,"new":0`), "unknown member"},
		{"case of a member", replace(`"keys"`, `"Keys"`), "unknown member"},
		{"no algorithm", replace(`"algorithm":"ES256",`, ``), "the keys are not for ES256, Config.Algorithm: a ring keeps its algorithm; make another with a store of its own"},
		{"algorithm a number", replace(`"algorithm":"ES256"`, `"algorithm":1`), "algorithm is not a string"},
		{"no keys", `{"keyring":1,"algorithm":"ES256"}`, "keys is not an array"},
		{"keys null", `{"keyring":1,"algorithm":"ES256","keys":null}`, "keys is not an array"},
		{"keys empty", `{"keyring":1,"algorithm":"ES256","keys":[]}`, "no keys"},
		{"key null", `{"keyring":1,"algorithm":"ES256","keys":[null]}`, "key 0: not one JSON object"},
		{"unknown member of a key", replace(`"published"`, `"new":0,"published"`), "key 0: unknown member"},
		{"time without zone", replace(`12:00:00.000000001Z"`, `12:00:00"`), "key 0: until is not a time of RFC 3339"},
		{"time a number", replace(`"2026-11-21T10:00:00Z"`, `1`), "key 0: published is not a time of RFC 3339"},
		{"from a secret", replace(`"from":"2026-11-21T12:00:00Z"`, `"from":"jpsQnnGQmL"`), "key 0: from is not a time of RFC 3339"},
		{"lifetime a secret", replace(`"lifetime":"15m0s"`, `"lifetime":"jpsQnnGQmL"`), "key 0: lifetime is not a duration"},
		{"no published", replace(`"published":"2026-11-21T12:00:00Z",`, ``), "key 1: published is missing"},
		{"no lifetime", replace(`"lifetime":"15m0s",`, ``), "key 0: lifetime is missing or not positive"},
		{"negative lifetime", replace(`"lifetime":"15m0s"`, `"lifetime":"-15m0s"`), "key 0: lifetime is missing or not positive"},
		{"no jwk", replace(`,"jwk":`+goldenKey2, ``), "key 1: jwk: not one JSON object"},
		{"public jwk", replace(`"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",`, ``), "key 0: jwk: d is missing; signing needs the private key"},
		{"d of another key", replace(`"d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"`, `"d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"`), "key 0: jwk: d does not fit the public key"},
		{"no kid", replace(`"kid":"one",`, ``), "key 0: it has no kid"},
		{"one kid twice", replace(`"kid":"two"`, `"kid":"one"`), "key 1: the kid of another"},
		{"another alg", replace(`"kid":"one","alg":"ES256"`, `"kid":"one","alg":"ES384"`), "key 0: jwk: alg does not fit kty and crv"},
		{"not for signing", replace(`"use":"sig"`, `"use":"enc"`), `key 0: jwk: use is not "sig"`},
		{"the last has an end", replace(`"from":"2026-11-22T12:00:00.000000001Z"`, `"until":"2026-11-22T12:00:00Z"`), "the last key has an end"},
		{"two without end before the last", replace(`{"published":"2026-11-21T10`, `{"published":"2026-11-21T10:00:00Z","lifetime":"1s","jwk":`+strings.Replace(goldenKey1, "one", "zero", 1)+`},{"published":"2026-11-21T10`), "key 0: until is missing"},
		{"sealed", `{"keyring":1,"sealed":"AAAA"}`, "the keys are encrypted, but no secret is set"},
		{"sealed empty", `{"keyring":1,"sealed":""}`, "unknown member"},
		{"sealed a number", `{"keyring":1,"sealed":1}`, "sealed is not a string"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := config()
			cfg.Store = holding(test.state)
			ring, err := keyring.New(t.Context(), cfg)
			require.EqualError(t, err, "keyring: what the store holds: "+test.want)
			require.Nil(t, ring)
			require.NotContains(t, err.Error(), "jpsQ")
			require.Equal(t, test.state, stored(t, cfg.Store))
		})
	}
	t.Run("every prefix", func(t *testing.T) {
		cfg := config()
		for i := range len(goldenState) {
			cfg.Store = holding(goldenState[:i])
			_, err := keyring.New(t.Context(), cfg)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "jpsQ")
		}
	})
}

func TestEncryption(t *testing.T) {
	bubble(t, func(t *testing.T) {
		secret := make([]byte, 32)
		rand.Read(secret)
		cfg := config()
		cfg.Store, cfg.Secret = keyring.NewMemory(), secret
		ring := newRing(t, cfg)
		time.Sleep(lead)
		require.NoError(t, ring.Rotate(t.Context()))
		signsAndVerifies(t, ring)
		state := stored(t, cfg.Store)
		requireSealed(t, state, ring)
		require.Equal(t, published(ring), published(newRing(t, cfg)))

		open := func(state string, secret []byte) error {
			cfg := cfg
			cfg.Store, cfg.Secret = holding(state), secret
			_, err := keyring.New(t.Context(), cfg)
			return err
		}
		const changed = "keyring: what the store holds: the keys cannot be decrypted: they were encrypted with another secret, or changed since"
		require.EqualError(t, open(state, bytes.Repeat([]byte{1}, 32)), changed)
		require.EqualError(t, open(state, nil), "keyring: what the store holds: the keys are encrypted, but no secret is set")
		require.EqualError(t, open(goldenState, secret), "keyring: what the store holds: the keys are not encrypted, but a secret is set; Reseal encrypts them")
		require.EqualError(t, open(strings.Replace(state, `"keyring"`, `"new":1,"keyring"`, 1), secret), "keyring: what the store holds: unknown member")
		require.EqualError(t, open(`{"keyring":1,"sealed":"A"}`, secret), "keyring: what the store holds: sealed is not base64url")
		require.EqualError(t, open(`{"keyring":1,"sealed":"AAAA"}`, secret), changed)
		for i := range state {
			b := []byte(state)
			b[i] ^= 1
			err := open(string(b), secret)
			require.Error(t, err, "byte %d changed", i)
			require.NotContains(t, err.Error(), "{")
		}
		copy(secret, "the ring has a copy of its secret")
		time.Sleep(lead)
		require.NoError(t, ring.Rotate(t.Context()))
	})
}

// requireSealed checks that neither keys nor kids of ring are in what is stored.
func requireSealed(t testing.TB, state string, ring *keyring.Ring) {
	t.Helper()
	var form map[string]any
	require.NoError(t, json.Unmarshal([]byte(state), &form))
	require.Len(t, form, 2)
	raw, err := base64.RawURLEncoding.DecodeString(form["sealed"].(string))
	require.NoError(t, err)
	for _, text := range append(published(ring), `"d"`, `"kty"`, "keys") {
		require.NotContains(t, state, text)
		require.NotContains(t, string(raw), text)
	}
}

func TestReseal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
		out := new(log)
		cfg := config()
		cfg.Logger = out.logger()
		ring := newRing(t, cfg)
		require.NoError(t, keyring.Reseal(t.Context(), cfg.Store, nil, one))
		requireSealed(t, stored(t, cfg.Store), ring)
		wait(lead)
		require.Contains(t, out.String(), "the keys are encrypted, but no secret is set")
		require.Error(t, ring.Rotate(t.Context()), "it does not write over what it cannot read")
		signsAndVerifies(t, ring)

		require.NoError(t, keyring.Reseal(t.Context(), cfg.Store, one, two))
		cfg.Secret = two
		require.Equal(t, published(ring), published(newRing(t, cfg)))
		require.NoError(t, keyring.Reseal(t.Context(), cfg.Store, two, nil))
		require.NoError(t, ring.Rotate(t.Context()), "as before")

		require.EqualError(t, keyring.Reseal(t.Context(), cfg.Store, one, two),
			"keyring: what the store holds: the keys are not encrypted, but a secret is set; Reseal encrypts them")
		require.NoError(t, keyring.Reseal(t.Context(), cfg.Store, nil, one))
		require.ErrorContains(t, keyring.Reseal(t.Context(), cfg.Store, two, one), "cannot be decrypted")
		require.ErrorContains(t, keyring.Reseal(t.Context(), cfg.Store, nil, two), "the keys are encrypted")
		require.EqualError(t, keyring.Reseal(t.Context(), cfg.Store, one[:5], two), "keyring: the old secret has 5 bytes; an AES-256 key has 32, and comes from a random generator")
		require.EqualError(t, keyring.Reseal(t.Context(), cfg.Store, one, two[:5]), "keyring: the secret has 5 bytes; an AES-256 key has 32, and comes from a random generator")
		require.EqualError(t, keyring.Reseal(t.Context(), keyring.NewMemory(), one, two), "keyring: Reseal: the store is empty")
		store := &faulty{Store: cfg.Store}
		store.set(errStore, nil, nil)
		require.ErrorIs(t, keyring.Reseal(t.Context(), store, one, two), errStore)
		store.set(nil, keyring.ErrConflict, nil)
		require.ErrorIs(t, keyring.Reseal(t.Context(), store, one, two), keyring.ErrConflict)
	})
}

// FuzzState: whatever a store holds, New refuses it or returns a ring that works.
func FuzzState(f *testing.F) {
	f.Add(goldenState)
	f.Add(goldenState[:len(goldenState)-1])
	f.Add(strings.ReplaceAll(goldenState, "2026", "2016"))
	f.Add(strings.ReplaceAll(goldenState, "2026", "9999"))
	f.Add(strings.ReplaceAll(goldenState, "15m0s", "2562047h47m16.854775807s"))
	f.Add(`{"keyring":1,"sealed":"AAAA"}`)
	f.Fuzz(func(t *testing.T, state string) {
		bubble(t, func(t *testing.T) {
			cfg := config()
			cfg.Store, cfg.Period = holding(state), period
			ring, err := keyring.New(t.Context(), cfg)
			if err != nil {
				require.Nil(t, ring)
				require.Equal(t, state, stored(t, cfg.Store))
				return
			}
			defer ring.Close()
			for range 3 {
				kid, sig := mustSign(t, ring)
				require.NoError(t, verify(ring, kid, sig))
				require.GreaterOrEqual(t, len(ring.Keys()), 2)
				if err := ring.Rotate(t.Context()); err != nil {
					require.ErrorIs(t, err, keyring.ErrTooSoon)
				}
				require.Equal(t, published(ring), published(newRing(t, cfg)))
				wait(lead)
			}
		})
	})
}
