package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	issuer   = "https://issuer.example"
	audience = "orders"
	testdata = "../testdata"
)

var now = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// private are the private claims that each library is asked for.
type private struct {
	Role  string `json:"role"`
	Level int64  `json:"level"`
}

// A key signs and verifies with one algorithm. It knows nothing of any library.
type key struct {
	name, alg, kid string
	secret         []byte        // HMAC
	private        crypto.Signer // all others; nil if only the public half is known
	public         crypto.PublicKey
}

// readKey reads a key of testdata/keys, in the form that testdata/README.md describes.
func readKey(t *testing.T, name string) *key {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "keys", name+".txt"))
	require.NoError(t, err)
	head, body, _ := strings.Cut(string(data), "\n\n")
	fields := headLines(head)
	k := &key{name: name, alg: fields["alg"], kid: fields["kid"]}
	switch fields["form"] {
	case "text":
		k.secret = []byte(strings.TrimSuffix(body, "\n"))
	case "hex":
		k.secret, err = hex.DecodeString(strings.TrimSpace(body))
		require.NoError(t, err)
	case "pem":
		block, _ := pem.Decode([]byte(body))
		require.NotNil(t, block, name)
		if block.Type == "PUBLIC KEY" {
			k.public, err = x509.ParsePKIXPublicKey(block.Bytes)
			require.NoError(t, err, name)
			break
		}
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		require.NoError(t, err, name)
		k.private = parsed.(crypto.Signer)
		k.public = k.private.Public()
	default:
		require.Fail(t, "unknown form", "%s: %q", name, fields["form"])
	}
	return k
}

// headLines returns the lines "name: value" before the first blank line of a file.
func headLines(head string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		fields[name] = value
	}
	return fields
}

func (k *key) hash() crypto.Hash {
	switch strings.TrimLeft(k.alg, "HRPES") {
	case "256":
		return crypto.SHA256
	case "384":
		return crypto.SHA384
	case "512":
		return crypto.SHA512
	}
	return 0 // Ed25519
}

func (k *key) digest(input string) []byte {
	if k.hash() == 0 {
		return []byte(input)
	}
	h := k.hash().New()
	h.Write([]byte(input))
	return h.Sum(nil)
}

func (k *key) mac(input string) []byte {
	m := hmac.New(k.hash().New, k.secret)
	m.Write([]byte(input))
	return m.Sum(nil)
}

func (k *key) size() int { return (k.public.(*ecdsa.PublicKey).Curve.Params().BitSize + 7) / 8 }

// sign returns the signature of input in JWS form.
func (k *key) sign(input string) []byte {
	if k.secret != nil {
		return k.mac(input)
	}
	// With no source of randomness ECDSA is deterministic, by RFC 6979. PSS gets a salt
	// that depends on the input alone.
	var random io.Reader
	var opts crypto.SignerOpts = k.hash()
	if strings.HasPrefix(k.alg, "PS") {
		random = rand.NewChaCha8(sha256.Sum256([]byte(input)))
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: k.hash()}
	}
	sig, err := k.private.Sign(random, k.digest(input), opts)
	if err != nil {
		panic(err)
	}
	if _, ok := k.public.(*ecdsa.PublicKey); !ok {
		return sig
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig, &pair); err != nil {
		panic(err)
	}
	raw := make([]byte, 2*k.size())
	pair.R.FillBytes(raw[:k.size()])
	pair.S.FillBytes(raw[k.size():])
	return raw
}

// verify is the reference: the standard library's functions, as RFC 7518 says.
func (k *key) verify(input string, sig []byte) bool {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(k.alg, "PS") {
			return rsa.VerifyPSS(public, k.hash(), k.digest(input), sig, &rsa.PSSOptions{SaltLength: k.hash().Size()}) == nil
		}
		return rsa.VerifyPKCS1v15(public, k.hash(), k.digest(input), sig) == nil
	case *ecdsa.PublicKey:
		if len(sig) != 2*k.size() {
			return false
		}
		r, s := new(big.Int).SetBytes(sig[:k.size()]), new(big.Int).SetBytes(sig[k.size():])
		return ecdsa.Verify(public, k.digest(input), r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(public, []byte(input), sig)
	}
	return hmac.Equal(sig, k.mac(input))
}

// A setup is what a token is checked with: a key that may sign for the issuer, and
// the time.
type setup struct {
	*key
	now    time.Time
	issuer string
	aud    string
}

func newSetup(k *key) setup { return setup{key: k, now: now, issuer: issuer, aud: audience} }

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// signed returns the token with these parts, as they are, and the signature of k.
func (k *key) signed(header, payload string) string {
	return header + "." + payload + "." + base64.RawURLEncoding.EncodeToString(k.sign(header+"."+payload))
}

// token returns the token with the texts of header and payload.
func (k *key) token(header, payload string) string { return k.signed(b64(header), b64(payload)) }

// goodHeader and goodPayload are what mutations start from.
func (k *key) goodHeader() string {
	if k.kid == "" {
		return fmt.Sprintf(`{"alg":"%s","typ":"JWT"}`, k.alg)
	}
	return fmt.Sprintf(`{"alg":"%s","kid":"%s","typ":"JWT"}`, k.alg, k.kid)
}

func goodPayload(at time.Time) string {
	n := at.Unix()
	return fmt.Sprintf(`{"iss":"%s","sub":"alice","aud":"%s","exp":%d,"nbf":%d,"iat":%d,"jti":"id-1","role":"reader","level":7}`,
		issuer, audience, n+900, n-60, n-60)
}
