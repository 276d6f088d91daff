package session

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func testKeys(t testing.TB, numbers ...byte) tokenKeys {
	t.Helper()
	var keys [][]byte
	for _, n := range numbers {
		k := sha256.Sum256([]byte{n})
		keys = append(keys, k[:])
	}
	ks, err := newTokenKeys(keys)
	require.NoError(t, err)
	return ks
}

func testToken() refreshToken {
	return refreshToken{
		session: sessionID([]byte("0123456789abcdef")),
		subject: newSubjectID("https://auth.example.com", "ann"),
		gen:     7,
		secret:  [16]byte([]byte("secret, 16 bytes")),
	}
}

// The form is written down, since all instances of all versions must agree.
func TestTokenForm(t *testing.T) {
	ks := testKeys(t, 1)
	text := ks.encode(testToken())
	require.Len(t, text, 97)
	require.True(t, strings.HasPrefix(text, "jrt1_"))
	raw, err := base64.RawURLEncoding.DecodeString(text[5:])
	require.NoError(t, err)
	require.Equal(t, ""+
		"9c"+ // the key
		"30313233343536373839616263646566"+
		"fd49d359b16bd7761f09681f62af90e2"+
		"00000007"+
		"7365637265742c203136206279746573"+
		"a7a5ede068504cfb4ada4f6f149dad0d", hex.EncodeToString(raw))
}

// Whatever is changed in a token, it is refused.
func TestTokenEveryChange(t *testing.T) {
	ks := testKeys(t, 1, 2)
	want := testToken()
	text := ks.encode(want)
	got, ok := ks.decode(text)
	require.True(t, ok)
	require.Equal(t, want, got)

	for i := range len(text) {
		for _, c := range []byte("A_-z0=.\n é") {
			changed := text[:i] + string(c) + text[i+1:]
			if changed == text {
				continue
			}
			_, ok := ks.decode(changed)
			require.False(t, ok, changed)
		}
		_, ok := ks.decode(text[:i])
		require.False(t, ok, "%d bytes", i)
		_, ok = ks.decode(text[:i] + text[i+1:])
		require.False(t, ok, "without byte %d", i)
	}
	for _, more := range []string{"A", "=", "\n", text} {
		_, ok := ks.decode(text + more)
		require.False(t, ok)
		_, ok = ks.decode(more + text)
		require.False(t, ok)
	}
}

// A list of keys is rotated by appending, moving to the front, and removing.
func TestTokenKeyRotation(t *testing.T) {
	old, both, moved, last := testKeys(t, 1), testKeys(t, 1, 2), testKeys(t, 2, 1), testKeys(t, 2)
	a, b := old.encode(testToken()), last.encode(testToken())
	require.Equal(t, a, both.encode(testToken()))
	require.Equal(t, b, moved.encode(testToken()))
	for name, tt := range map[string]struct {
		keys tokenKeys
		a, b bool
	}{"old": {old, true, false}, "both": {both, true, true}, "moved": {moved, true, true}, "last": {last, false, true}} {
		_, ok := tt.keys.decode(a)
		require.Equal(t, tt.a, ok, name)
		_, ok = tt.keys.decode(b)
		require.Equal(t, tt.b, ok, name)
	}
}

// Every key with the number of the token is tried.
func TestTokenKeysOfOneNumber(t *testing.T) {
	first := sha256.Sum256([]byte{0})
	number := sha256.Sum256(first[:])[0]
	var second [32]byte
	for n := 1; ; n++ {
		second = sha256.Sum256([]byte{byte(n), byte(n >> 8)})
		if sha256.Sum256(second[:])[0] == number {
			break
		}
	}
	ks, err := newTokenKeys([][]byte{first[:], second[:]})
	require.NoError(t, err)
	reversed, err := newTokenKeys([][]byte{second[:], first[:]})
	require.NoError(t, err)
	for _, k := range []tokenKeys{ks, reversed} {
		for _, other := range []tokenKeys{ks, reversed} {
			_, ok := k.decode(other.encode(testToken()))
			require.True(t, ok)
		}
	}
}

func TestTokenGenerationZero(t *testing.T) {
	ks := testKeys(t, 1)
	r := testToken()
	r.gen = 0
	_, ok := ks.decode(ks.encode(r))
	require.False(t, ok)
	r.gen = lastGen
	_, ok = ks.decode(ks.encode(r))
	require.True(t, ok)
}

func TestNewTokens(t *testing.T) {
	a, b := newRefreshToken(subjectID{1}), newRefreshToken(subjectID{1})
	require.NotEqual(t, a.session, b.session)
	require.NotEqual(t, a.secret, b.secret)
	require.EqualValues(t, 1, a.gen)
	require.Equal(t, subjectID{1}, a.subject)
	require.NotEqual(t, a.digest(), b.digest())
}

func FuzzToken(f *testing.F) {
	ks := testKeys(f, 1, 2)
	text := ks.encode(testToken())
	f.Add(text)
	f.Add(text[:96] + "_")
	f.Add("jrt1_")
	f.Add(strings.Repeat("A", 97))
	f.Fuzz(func(t *testing.T, text string) {
		if r, ok := ks.decode(text); ok {
			again := ks
			if text[5:7] != ks.encode(r)[5:7] {
				again = ks[1:]
			}
			require.Equal(t, text, again.encode(r))
		}
	})
}

func TestNewTokenKeysRefuses(t *testing.T) {
	good := sha256.Sum256(nil)
	for want, keys := range map[string][][]byte{
		"Config.Keys is empty":           {},
		"key 0 has 0 bytes":              {nil},
		"key 0 has 31 bytes":             {good[:31]},
		"key 1 has 64 bytes":             {good[:], []byte(hex.EncodeToString(good[:]))},
		"key 0 is one byte 32 times":     {make([]byte, 32)},
		"keys 0 and 1 are equal; remove": {good[:], append([]byte{}, good[:]...)},
	} {
		_, err := newTokenKeys(keys)
		require.ErrorContains(t, err, "session: Config.Keys")
		require.ErrorContains(t, err, want)
	}
}

// A key that the caller changes afterwards has no effect.
func TestTokenKeysAreCopied(t *testing.T) {
	key := sha256.Sum256(nil)
	ks, err := newTokenKeys([][]byte{key[:]})
	require.NoError(t, err)
	before := ks.encode(testToken())
	clear(key[:])
	require.Equal(t, before, ks.encode(testToken()))
}

// BenchmarkForged is what refusing a forged token costs: by its form, and by its tag.
func BenchmarkForged(b *testing.B) {
	ks := testKeys(b, 1, 2, 3)
	text := ks.encode(testToken())
	for name, text := range map[string]string{
		"form":           "jrt1_" + strings.Repeat("A", 1<<20),
		"unknown key":    "jrt1_AAAA" + text[9:],
		"tag":            text[:len(text)-4] + "AAAA",
		"good, of three": text,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ks.decode(text)
			}
		})
	}
}
