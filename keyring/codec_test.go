package keyring_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/keyring"
)

// goldenState is version 2 of the format, and oldState version 1. Both must be read for
// ever.
const (
	goldenState = `{"keyring":2` + goldenKeys + `,"sha256":"nX1FJ9SeJ3LE_jR9Z3-uzLY1vOOiLaTu2PvbMIiQKUk"}`
	oldState    = `{"keyring":1` + goldenKeys + `}`
)

const goldenKeys = `,"algorithm":"ES256","keys":[` +
	`{"published":"2026-11-21T10:00:00Z","from":"2026-11-21T12:00:00Z","until":"2026-11-22T12:00:00.000000001Z","lifetime":"15m0s","jwk":` + goldenKey1 + `},` +
	`{"published":"2026-11-21T12:00:00Z","from":"2026-11-22T12:00:00.000000001Z","lifetime":"15m0s","jwk":` + goldenKey2 + `}]`

// summed returns state, which ends with "keys", with its checksum.
func summed(state string) string {
	state = strings.TrimSuffix(state, "}")
	sum := sha256.Sum256([]byte(state))
	return state + `,"sha256":"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"}`
}

// From RFC 7515 appendix A.3, and RFC 7517 appendix A.2.
const (
	goldenKey1 = `{"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI","kid":"one","alg":"ES256","use":"sig"}`
	goldenKey2 = `{"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE","kid":"two","alg":"ES256","use":"sig"}`
)

func TestGoldenState(t *testing.T) {
	for name, state := range map[string]string{"version 2": goldenState, "version 1": oldState} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				time.Sleep(time.Until(time.Date(2026, 11, 22, 11, 30, 0, 0, time.UTC)))
				cfg := config()
				cfg.Period = period
				cfg.Store = holding(state)
				ring := newRing(t, cfg)
				require.Equal(t, []string{"one", "two"}, published(ring))
				require.Equal(t, summed(strings.ReplaceAll(`{"keyring":2`+goldenKeys, ".000000001", "")), stored(t, cfg.Store),
					"written as version 2, with the end of the period put right")
				wait(30*time.Minute - 1)
				require.Equal(t, "one", ring.KeyID())
				wait(1)
				require.Equal(t, "two", ring.KeyID())
				signsAndVerifies(t, ring)
			})
		})
	}
}

// TestDamage: a state that has lost a bit is refused, wherever that was, and is left as
// it is.
func TestDamage(t *testing.T) {
	cfg := config()
	for i := range 8 * len(goldenState) {
		b := []byte(goldenState)
		b[i/8] ^= 1 << (i % 8)
		cfg.Store = holding(string(b))
		ring, err := keyring.New(t.Context(), cfg)
		require.Error(t, err, "bit %d of %q", i%8, goldenState[max(0, i/8-10):i/8+1])
		require.Nil(t, ring)
		require.Equal(t, string(b), stored(t, cfg.Store))
	}
}

// TestStateFits: a ring with as many keys as it may have, the longest there are, fits into
// a record of a store.
func TestStateFits(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 RSA keys")
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	thumbprint, err := jwk.Thumbprint(private.Public())
	require.NoError(t, err)
	from := time.Now().UTC().Truncate(time.Second).Add(-time.Hour + 1)
	var list []string
	for i := range 100 {
		key, err := jwk.MarshalPrivate(jwt.PS256, fmt.Sprintf("%02d%s", i, thumbprint[2:]), private)
		require.NoError(t, err)
		until := `"until":"` + from.Add(time.Duration(i)).Format(time.RFC3339Nano) + `",`
		if i >= 98 {
			until = ""
		}
		list = append(list, fmt.Sprintf(`{"published":%q,"from":%[1]q,%s"lifetime":"2562047h47m16.854775807s","jwk":%s}`,
			from.Format(time.RFC3339Nano), until, key))
	}
	cfg := config()
	cfg.Algorithm, cfg.Secret = jwt.PS256, bytes.Repeat([]byte{1}, 32)
	state := summed(`{"keyring":2,"algorithm":"PS256","keys":[` + strings.Join(list, ",") + "]}")
	require.NoError(t, cfg.Store.CompareAndSwap(t.Context(), "", []byte(state)))
	require.NoError(t, keyring.Reseal(t.Context(), cfg.Store, nil, cfg.Secret))
	ring := newRing(t, cfg)
	require.Len(t, published(ring), 100)
	require.NoError(t, ring.Revoke(t.Context(), published(ring)[0]))
	require.Len(t, published(ring), 100, "there is always a next key")
	require.InDelta(t, 256<<10, len(stored(t, cfg.Store)), 16<<10)
	require.LessOrEqual(t, len(stored(t, cfg.Store)), 256<<10)
}

func TestStateRefused(t *testing.T) {
	replace := func(old, new string) string {
		require.Contains(t, oldState, old)
		return summed(strings.Replace(strings.Replace(oldState, old, new, 1), `"keyring":1`, `"keyring":2`, 1))
	}
	many := strings.Repeat(" ", 256<<10)
	const damaged = "sha256 does not fit the rest: the state has been damaged; restore it from a backup"
	tests := []struct{ name, state, want string }{
		{"empty", "", "not one JSON object"},
		{"null", "null", "not one JSON object"},
		{"two objects", goldenState + "{}", "not one JSON object"},
		{"too long", goldenState + many, "longer than 262144 bytes"},
		{"duplicate member", replace(`"keyring":1`, `"keyring":1,"keyring":1`), "duplicate member name"},
		{"newer version", replace(`"keyring":1`, `"keyring":3,"new":0`), "written in a format that this version of the package does not read"},
		{"no version", replace(`"keyring":1,`, ``), "written in a format that this version of the package does not read"},
		{"version a string", replace(`"keyring":1`, `"keyring":"1"`), "written in a format that this version of the package does not read"},
		{"version 2 without checksum", `{"keyring":2` + goldenKeys + `}`, damaged},
		{"version 1 with checksum", summed(oldState), "unknown member"},
		{"checksum of something else", strings.Replace(goldenState, "15m0s", "16m0s", 1), damaged},
		{"checksum not at the end", strings.TrimSuffix(goldenState, "}") + `,"algorithm":"ES256"}`, "duplicate member name"},
		{"white space after the checksum", goldenState + "\n", damaged},
		{"unknown member", replace(`"keyring":1`, `"keyring":1,"new":0`), "unknown member"},
		{"case of a member", replace(`"keys"`, `"Keys"`), "unknown member"},
		{"no algorithm", replace(`"algorithm":"ES256",`, ``), "the keys are not for ES256, which is Config.Algorithm: a ring keeps its algorithm; use another store for another algorithm"},
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
		{"no kid", replace(`"kid":"one",`, ``), "key 0: kid is missing"},
		{"one kid twice", replace(`"kid":"two"`, `"kid":"one"`), "key 1: another key has the same kid"},
		{"another alg", replace(`"kid":"one","alg":"ES256"`, `"kid":"one","alg":"ES384"`), "key 0: jwk: alg does not fit kty and crv"},
		{"not for signing", replace(`"use":"sig"`, `"use":"enc"`), `key 0: jwk: use is not "sig"`},
		{"the last has an end", replace(`"from":"2026-11-22T12:00:00.000000001Z"`, `"until":"2026-11-22T12:00:00Z"`), "the last key has an until"},
		{"two without end before the last", replace(`{"published":"2026-11-21T10`, `{"published":"2026-11-21T10:00:00Z","lifetime":"1s","jwk":`+strings.Replace(goldenKey1, "one", "zero", 1)+`},{"published":"2026-11-21T10`), "key 0: until is missing"},
		{"sealed", `{"keyring":1,"sealed":"AAAA"}`, "the keys are encrypted, but no secret is set"},
		{"sealed empty", `{"keyring":1,"sealed":""}`, "unknown member"},
		{"sealed a number", `{"keyring":1,"sealed":1}`, "sealed is not a string"},
		{"sealed, another version", `{"keyring":3,"sealed":"AAAA"}`, "written in a format that this version of the package does not read"},
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
		cfg.Store, cfg.Secret = memory(), secret
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
		const changed = "keyring: what the store holds: the keys cannot be decrypted: they were encrypted with another secret, or have been changed since"
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
		require.EqualError(t, keyring.Reseal(t.Context(), cfg.Store, one[:5], two), "keyring: the old secret has 5 bytes; an AES-256 key has 32, from a random generator")
		require.EqualError(t, keyring.Reseal(t.Context(), cfg.Store, one, two[:5]), "keyring: the secret has 5 bytes; an AES-256 key has 32, from a random generator")
		require.EqualError(t, keyring.Reseal(t.Context(), memory(), one, two), "keyring: Reseal: the store is empty")
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
