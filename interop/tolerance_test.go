package interop

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
	jwxjwk "github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwk"
)

// A spelling is another way to write the members of a JWK that are numbers.
type spelling struct {
	name    string
	respell func(b []byte) string
}

var spellings = []spelling{
	{"as it should be", base64.RawURLEncoding.EncodeToString},
	{"padded", base64.URLEncoding.EncodeToString},
	{"standard base64", base64.StdEncoding.EncodeToString},
	{"standard base64 without padding", base64.RawStdEncoding.EncodeToString},
	{"a zero in front", func(b []byte) string { return base64.RawURLEncoding.EncodeToString(append([]byte{0}, b...)) }},
	{"no zero in front", func(b []byte) string { return base64.RawURLEncoding.EncodeToString(bytes.TrimLeft(b, "\x00")) }},
	{"a zero behind", func(b []byte) string { return base64.RawURLEncoding.EncodeToString(append(b[:len(b):len(b)], 0)) }},
	{"unused bits", func(b []byte) string {
		s := []byte(base64.RawURLEncoding.EncodeToString(b))
		if len(b)%3 != 0 {
			s[len(s)-1]++
		}
		return string(s)
	}},
	{"a newline", func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) + "\n" }},
}

// A key that we read out of a careless spelling is the key that every other library reads which
// takes it: tolerance never makes another key of it.
func TestToleranceAgrees(t *testing.T) {
	taken, agreed := 0, map[string]int{}
	for kty, keys := range toleranceKeys(t) {
		for i, key := range keys {
			for _, s := range spellings {
				for name, data := range respelled(key, s) {
					v, err := jwk.ParseKey(data, "")
					if err != nil {
						continue
					}
					taken++
					for peer, read := range peerKeys {
						theirs, err := read(data)
						if err != nil {
							continue
						}
						agreed[peer]++
						require.True(t, theirs.(interface{ Equal(crypto.PublicKey) bool }).Equal(v.PublicKey()),
							"%s reads another key than we do: %s %d, %s: %s", peer, kty, i, s.name, name)
					}
				}
			}
		}
	}
	t.Logf("we take %d; the same keys: %v", taken, agreed)
	for peer := range peerKeys {
		require.Greater(t, agreed[peer], 50, peer)
	}
}

var peerKeys = map[string]func(data []byte) (crypto.PublicKey, error){
	"go-jose": func(data []byte) (crypto.PublicKey, error) {
		var key jose.JSONWebKey
		err := key.UnmarshalJSON(data)
		return key.Key, err
	},
	"jwx": func(data []byte) (public crypto.PublicKey, err error) {
		key, err := jwxjwk.ParseKey(data)
		if err != nil {
			return nil, err
		}
		var raw any
		err = jwxjwk.Export(key, &raw)
		return raw, err
	},
}

// toleranceKeys returns public keys of each kty, those of EC with and without zeros in front.
func toleranceKeys(t *testing.T) map[string][]map[string]any {
	t.Helper()
	keys := map[string][]map[string]any{}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys["RSA"] = append(keys["RSA"], map[string]any{"kty": "RSA", "alg": "RS256", "n": rsaKey.N.Bytes(), "e": []byte{1, 0, 1}})
	public, _, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	keys["OKP"] = append(keys["OKP"], map[string]any{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": []byte(public)})
	for alg, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		size := (curve.Params().BitSize + 7) / 8
		for n := 1; n <= 600; n++ {
			scalar := make([]byte, size)
			scalar[size-1], scalar[size-2] = byte(n), byte(n>>8)
			key, err := ecdsa.ParseRawPrivateKey(curve, scalar)
			require.NoError(t, err)
			point, err := key.PublicKey.Bytes()
			require.NoError(t, err)
			x, y := point[1:1+size], point[1+size:]
			if n > 1 && x[0] != 0 && y[0] != 0 {
				continue
			}
			keys["EC"] = append(keys["EC"], map[string]any{"kty": "EC", "crv": curve.Params().Name, "alg": alg, "x": x, "y": y})
			if len(keys["EC"])%4 == 0 {
				break
			}
		}
	}
	return keys
}

// respelled returns key with one of its numbers written as s says, with all of them, and with
// absent members beside them.
func respelled(key map[string]any, s spelling) map[string][]byte {
	variants := map[string][]byte{}
	numbers := slices.DeleteFunc(slices.Sorted(maps.Keys(key)), func(name string) bool { _, ok := key[name].([]byte); return !ok })
	write := func(label string, respell []string, more map[string]any) {
		doc := maps.Clone(key)
		for _, name := range numbers {
			doc[name] = base64.RawURLEncoding.EncodeToString(key[name].([]byte))
			if slices.Contains(respell, name) {
				doc[name] = s.respell(key[name].([]byte))
			}
		}
		maps.Copy(doc, more)
		data, err := json.Marshal(doc)
		if err != nil {
			panic(err)
		}
		variants[label] = data
	}
	for _, name := range numbers {
		write(name, []string{name}, nil)
	}
	write(strings.Join(numbers, " and "), numbers, nil)
	for i, none := range []any{nil, "", []int{}} {
		more := map[string]any{"use": none, "key_ops": none, "d": none, "x5c": none, "kid": none}
		write(fmt.Sprintf("absent members, %d", i), numbers, more)
	}
	return variants
}
