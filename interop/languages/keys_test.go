package languages

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"sync"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// A key is one of ours, in the forms that peers read: PEM or, for HMAC, base64url; and JWK.
type key struct {
	signer                jwt.KeySigner
	verifier              jwt.KeyVerifier
	bare                  crypto.PublicKey // nil for HMAC
	private, public       string
	privateJWK, publicJWK json.RawMessage
}

// Two keys for each algorithm, since some peers leave out the zero bytes that a coordinate
// of an EC key begins with, against RFC 7518 section 6.2.1.2. ourKeys, which we write, have such
// a byte in x; fullKeys, which peers write, have none in x, y and d.
var (
	ourKeys  = sync.OnceValue(func() map[jwt.Algorithm]*key { return makeKeys("ours-", true) })
	fullKeys = sync.OnceValue(func() map[jwt.Algorithm]*key { return makeKeys("full-", false) })
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
)

func makeKeys(prefix string, zero bool) map[jwt.Algorithm]*key {
	keys := make(map[jwt.Algorithm]*key)
	for _, name := range algorithms {
		alg, kid := jwt.Algorithm(name), prefix+name
		if strings.HasPrefix(name, "HS") {
			keys[alg] = secretKey(alg, kid)
		} else {
			keys[alg] = pairKey(alg, kid, newPrivateKey(alg, zero))
		}
	}
	return keys
}

func newPrivateKey(alg jwt.Algorithm, zero bool) crypto.Signer {
	curves := map[jwt.Algorithm]elliptic.Curve{jwt.ES256: elliptic.P256(), jwt.ES384: elliptic.P384(), jwt.ES512: elliptic.P521()}
	switch alg {
	case jwt.EdDSA, jwt.Ed25519:
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return must(k, err)
	case jwt.ES256, jwt.ES384, jwt.ES512:
		for {
			k := must(ecdsa.GenerateKey(curves[alg], rand.Reader))
			point, d := must(k.PublicKey.Bytes())[1:], must(k.Bytes())
			if zero == (point[0] == 0) && (zero || point[len(point)/2] != 0 && d[0] != 0) {
				return k
			}
		}
	}
	return rsaKey()
}

func secretKey(alg jwt.Algorithm, kid string) *key {
	secret := make([]byte, 64)
	_, _ = rand.Read(secret)
	text := base64.RawURLEncoding.EncodeToString(secret)
	data := must(jwk.MarshalSecret(alg, kid, secret))
	return &key{
		signer: must(jwt.NewHMACSigner(alg, kid, secret)), verifier: must(jwt.NewHMACVerifier(alg, kid, secret)),
		private: text, public: text, privateJWK: data, publicJWK: data,
	}
}

func pairKey(alg jwt.Algorithm, kid string, bare crypto.Signer) *key {
	k := &key{bare: bare.Public()}
	k.private = encodePEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(bare)))
	k.public = encodePEM("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(k.bare)))
	k.signer = must(jwt.ParsePrivateKey(alg, kid, []byte(k.private)))
	k.verifier = must(jwt.ParsePublicKey(alg, kid, []byte(k.public)))
	k.privateJWK = must(jwk.MarshalPrivate(alg, kid, bare))
	k.publicJWK = must(jwk.Marshal(k.verifier))
	return k
}

// ourSet is the JWK Set of every key of ours that has a public half.
var ourSet = sync.OnceValue(func() json.RawMessage {
	var keys []jwt.KeyVerifier
	for _, name := range algorithms {
		if k := ourKeys()[jwt.Algorithm(name)]; k.bare != nil {
			keys = append(keys, k.verifier)
		}
	}
	data, _, err := jwk.MarshalSet(keys...)
	return must(data, err)
})

func encodePEM(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
