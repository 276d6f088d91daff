package migrating

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// sets makes a KeySet and a VerificationKeySet of n secrets, and returns a token that only
// the last of them verifies.
func sets(n int) (ours jwt.KeySet, theirs golangjwt.VerificationKeySet, token string) {
	var last []byte
	for i := range n {
		last = fmt.Appendf(nil, "secret %02d, which is long enough for HS256", i)
		ours = append(ours, made(jwt.NewHMACVerifier(jwt.HS256, fmt.Sprint(i), last)))
		theirs.Keys = append(theirs.Keys, last)
	}
	return ours, theirs, sealed(b64(header), b64(payload(nil)), last)
}

func byKid(keys map[string][]byte) golangjwt.Keyfunc {
	return func(t *golangjwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		key, ok := keys[kid]
		if !ok {
			return nil, fmt.Errorf("unknown kid %q", kid)
		}
		return key, nil
	}
}

// bySubject is a KeyFunc that counts its calls.
func bySubject(calls *int, err error) jwt.KeyFunc[Claims] {
	return func(_ context.Context, t jwt.Unverified[Claims]) (jwt.Verifier, error) {
		*calls++
		if err != nil {
			return nil, err
		}
		return jwt.NewHMACVerifier(jwt.HS256, "", secret)
	}
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

var keyRows = []row{
	{"keyfunc-one-key", []difference{
		{"The key has one algorithm. The func above accepts HS384 and HS512 as well; for an RSA key, golang-jwt lets the token choose among six.", func(t *testing.T) {
			hmacOnly := func(t *golangjwt.Token) (any, error) {
				if _, ok := t.Method.(*golangjwt.SigningMethodHMAC); !ok {
					return nil, fmt.Errorf("unexpected method %v", t.Header["alg"])
				}
				return secret, nil
			}
			signed := func(method golangjwt.SigningMethod, key any) string {
				return made(golangjwt.NewWithClaims(method, golangjwt.MapClaims{}).SignedString(key))
			}
			for _, method := range []golangjwt.SigningMethod{golangjwt.SigningMethodHS384, golangjwt.SigningMethodHS512} {
				_, err := golangjwt.Parse(signed(method, secret), hmacOnly)
				require.NoError(t, err)
				_, err = parse[Claims](t, signed(method, secret), func(p *jwt.Policy) { p.Algorithms = []jwt.Algorithm{jwt.HS256, jwt.Algorithm(method.Alg())} })
				requireRefused(t, err, "kid", jwt.ErrUnknownKey)
			}
			one := made(jwt.NewVerifier(jwt.RS256, "", rsaKey().Public()))
			for _, alg := range jwt.AlgorithmsFor(rsaKey().Public()) {
				token := signed(golangjwt.GetSigningMethod(string(alg)), rsaKey())
				_, err := golangjwt.Parse(token, oneKey(rsaKey().Public()))
				require.NoError(t, err)
				if alg != jwt.RS256 {
					_, err = parseBy[Claims](t, token, one, func(p *jwt.Policy) { p.Algorithms = []jwt.Algorithm{jwt.RS256} })
					requireRefused(t, err, "alg", jwt.ErrAlgorithm)
				}
			}
		}},
		{"A kid is compared if both the key and the token have one. A Keyfunc with one key accepts any.", func(t *testing.T) {
			token := hs256(`{"alg":"HS256","kid":"other"}`, payload(nil))
			_, err := old(token, careful...)
			require.NoError(t, err)
			_, err = parseBy[Claims](t, token, made(jwt.NewHMACVerifier(jwt.HS256, "key-1", secret)), nil)
			requireRefused(t, err, "kid", jwt.ErrUnknownKey)
			_, err = parse[Claims](t, token, nil)
			require.NoError(t, err)
		}},
	}},
	{"keyfunc-by-kid", []difference{
		{"An unknown kid is `ErrUnknownKey`. golang-jwt's error wraps `ErrTokenUnverifiable`.", func(t *testing.T) {
			token := hs256(`{"alg":"HS256","kid":"other"}`, payload(nil))
			_, err := golangjwt.Parse(token, byKid(map[string][]byte{"key-1": secret}))
			require.ErrorIs(t, err, golangjwt.ErrTokenUnverifiable)
			_, err = parseBy[Claims](t, token, jwt.KeySet{made(jwt.NewHMACVerifier(jwt.HS256, "key-1", secret))}, nil)
			requireRefused(t, err, "kid", jwt.ErrUnknownKey)
		}},
		{"A token without kid is checked with each key of its algorithm, as a `VerificationKeySet` does. The func above refuses it.", func(t *testing.T) {
			ours, theirs, token := sets(3)
			_, err := parseBy[Claims](t, token, ours, nil)
			require.NoError(t, err)
			_, err = golangjwt.Parse(token, oneKey(theirs), atNow)
			require.NoError(t, err)
			_, err = golangjwt.Parse(token, byKid(map[string][]byte{"key-1": secret}))
			require.ErrorIs(t, err, golangjwt.ErrTokenUnverifiable)
		}},
		{"At most 16 signatures are checked for one token. A `VerificationKeySet` has no limit.", func(t *testing.T) {
			ours, _, token := sets(16)
			_, err := parseBy[Claims](t, token, ours, nil)
			require.NoError(t, err)
			ours, theirs, token := sets(17)
			_, err = parseBy[Claims](t, token, ours, nil)
			requireRefused(t, err, "signature", jwt.ErrSignature)
			_, err = golangjwt.Parse(token, oneKey(theirs), atNow)
			require.NoError(t, err)
		}},
	}},
	{"keyfunc-by-issuer", []difference{
		{"`iss` and `ISS` are two claims. golang-jwt's structs read both as the issuer, and the last one wins: issuer b can sign a token that others read as one of issuer a.", func(t *testing.T) {
			secrets := map[string][]byte{"https://a.example": []byte("the secret of a, of at least 32 bytes"), "https://b.example": []byte("the secret of b, of at least 32 bytes")}
			text := payload(with{"iss": ""})
			token := sealed(b64(header), b64(`{"iss":"https://a.example","ISS":"https://b.example",`+text[1:]), secrets["https://b.example"])
			var c OldClaims
			_, err := golangjwt.ParseWithClaims(token, &c, func(t *golangjwt.Token) (any, error) {
				iss, err := t.Claims.GetIssuer()
				return secrets[iss], err
			}, atNow)
			require.NoError(t, err)
			require.Equal(t, "https://b.example", c.Issuer)
			keys := jwt.IssuerKeys{}
			for iss, secret := range secrets {
				keys[iss] = made(jwt.NewHMACVerifier(jwt.HS256, "", secret))
			}
			_, err = parseBy[Claims](t, token, keys, func(p *jwt.Policy) { p.Issuers = []string{"https://a.example", "https://b.example"} })
			requireRefused(t, err, "signature", jwt.ErrSignature)
		}},
		{"An issuer of the policy without keys, and keys without an issuer, are errors of `NewParser`.", func(t *testing.T) {
			keys := jwt.IssuerKeys{issuer: made(jwt.NewHMACVerifier(jwt.HS256, "", secret))}
			require.NoError(t, newParser[Claims](keys, nil))
			require.Error(t, newParser[Claims](keys, func(p *jwt.Policy) { p.Issuers = append(p.Issuers, "https://b.example") }))
			require.Error(t, newParser[Claims](keys, func(p *jwt.Policy) { p.Issuers = []string{"https://b.example"} }))
		}},
	}},
	{"keyfunc-by-user", []difference{
		{"A database that does not answer gives an error that is not a `*TokenError`: 503. golang-jwt's error wraps `ErrTokenUnverifiable`, as for a bad token.", func(t *testing.T) {
			_, err := golangjwt.Parse(good(nil), func(*golangjwt.Token) (any, error) { return nil, errDown })
			require.ErrorIs(t, err, golangjwt.ErrTokenUnverifiable)
			calls := 0
			_, err = parseBy[Claims](t, good(nil), bySubject(&calls, errDown), nil)
			require.ErrorIs(t, err, errDown)
			require.NotErrorAs(t, err, new(*jwt.TokenError))
			_, err = parseBy[Claims](t, good(nil), bySubject(&calls, jwt.ErrUnknownKey), nil)
			requireRefused(t, err, "kid", jwt.ErrUnknownKey)
		}},
		{"A token with more than 64 claims or audiences is refused before the func is called.", func(t *testing.T) {
			many := with{}
			for i := range 65 {
				many[fmt.Sprint("claim", i)] = "1"
			}
			calls := 0
			for _, w := range []with{many, {"aud": `["orders"` + strings.Repeat(`,"x"`, 64) + `]`}} {
				_, err := old(good(w), careful...)
				require.NoError(t, err)
				_, err = parseBy[Claims](t, good(w), bySubject(&calls, nil), nil)
				requireRefused(t, err, "payload", jwt.ErrMalformed)
			}
			require.Zero(t, calls)
		}},
		{"A `KeyFunc` for another P than the Parser's is an error of `NewParser`.", func(t *testing.T) {
			require.NoError(t, newParser[Claims](bySubject(new(int), nil), nil))
			require.ErrorContains(t, newParser[struct{}](bySubject(new(int), nil), nil), "KeyFunc")
		}},
	}},
	{"pem", []difference{
		{"An RSA key of fewer than 2048 bits is an error. golang-jwt accepts any size that crypto/rsa accepts.", func(t *testing.T) {
			key := made(rsa.GenerateKey(rand.Reader, 1024))
			text := []byte(pemOf("PRIVATE KEY", made(x509.MarshalPKCS8PrivateKey(key))))
			_, err := golangjwt.ParseRSAPrivateKeyFromPEM(text)
			require.NoError(t, err)
			_, err = jwt.ParsePrivateKey(jwt.RS256, "", text)
			require.ErrorContains(t, err, "1024 bits")
		}},
		{"A block that cannot be decoded is an error. golang-jwt skips it, and uses the next key of the file.", func(t *testing.T) {
			text := pemOf("PRIVATE KEY", made(x509.MarshalPKCS8PrivateKey(p256())))
			broken := []byte(strings.Replace(text, "\nM", "\n?", 1) + text)
			_, err := golangjwt.ParseECPrivateKeyFromPEM(broken)
			require.NoError(t, err)
			_, err = jwt.ParsePrivateKey(jwt.ES256, "", broken)
			require.Error(t, err)
		}},
		{"A block of parameters before the key, as `openssl ecparam -genkey` writes it, is ignored. golang-jwt returns an error.", func(t *testing.T) {
			parameters := made(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})) // P-256
			text := []byte(pemOf("EC PARAMETERS", parameters) + pemOf("EC PRIVATE KEY", made(x509.MarshalECPrivateKey(p256()))))
			_, err := golangjwt.ParseECPrivateKeyFromPEM(text)
			require.Error(t, err)
			_, err = jwt.ParsePrivateKey(jwt.ES256, "", text)
			require.NoError(t, err)
		}},
	}},
	{"eddsa", []difference{
		{"`Ed25519`, the newer name of the algorithm, is another algorithm. golang-jwt does not know it: sign with `EdDSA` while any service uses golang-jwt.", func(t *testing.T) {
			for _, alg := range []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519} {
				signer := made(jwt.NewSigner(alg, "", edKey))
				token, err := jwt.Sign(ctx, signer, jwt.Claims[Claims]{Issuer: issuer, Audience: []string{audience}, ExpiresAt: now.Add(1e9)})
				require.NoError(t, err)
				_, err = golangjwt.Parse(token, oneKey(edKey.Public()), atNow)
				require.Equal(t, alg == jwt.EdDSA, err == nil)
				_, err = parseBy[Claims](t, token, signer.Verifier(), func(p *jwt.Policy) { p.Algorithms = []jwt.Algorithm{alg} })
				require.NoError(t, err)
			}
		}},
		{"A public key of small order, with which anyone can make signatures, is an error of `NewVerifier`. golang-jwt accepts it.", func(t *testing.T) {
			weak := make(ed25519.PublicKey, 32)
			weak[0] = 1 // the neutral element
			signature := make([]byte, 64)
			signature[0] = 1
			input := b64(`{"alg":"EdDSA"}`) + "." + b64(payload(nil))
			_, err := golangjwt.Parse(input+"."+b64(string(signature)), oneKey(weak), atNow)
			require.NoError(t, err)
			_, err = jwt.NewVerifier(jwt.EdDSA, "", weak)
			require.ErrorContains(t, err, "small order")
		}},
	}},
	{"signing-method", []difference{
		{"An unknown name is an error of `NewSigner`. golang-jwt's `GetSigningMethod` returns nil, and `NewWithClaims` panics.", func(t *testing.T) {
			method := golangjwt.GetSigningMethod("ES265")
			require.Nil(t, method)
			require.Panics(t, func() { golangjwt.NewWithClaims(method, golangjwt.MapClaims{}) })
			_, err := jwt.NewSigner("ES265", "", p256())
			require.ErrorContains(t, err, "ES265")
		}},
		{"The salt of a PS256 signature is as long as the hash. golang-jwt accepts any length.", func(t *testing.T) {
			token := saltedPS256(t, 20)
			_, err := golangjwt.Parse(token, oneKey(rsaKey().Public()), atNow)
			require.NoError(t, err)
			key := made(jwt.NewVerifier(jwt.PS256, "", rsaKey().Public()))
			ps256 := func(p *jwt.Policy) { p.Algorithms = []jwt.Algorithm{jwt.PS256} }
			_, err = parseBy[Claims](t, token, key, ps256)
			requireRefused(t, err, "signature", jwt.ErrSignature)
			_, err = parseBy[Claims](t, saltedPS256(t, 32), key, ps256)
			require.NoError(t, err)
		}},
	}},
}

// saltedPS256 returns a good token with a salt of n bytes.
func saltedPS256(t *testing.T, n int) string {
	t.Helper()
	method := golangjwt.SigningMethodRSAPSS{SigningMethodRSA: golangjwt.SigningMethodPS256.SigningMethodRSA, Options: &rsa.PSSOptions{SaltLength: n}}
	input := b64(`{"alg":"PS256"}`) + "." + b64(payload(nil))
	signature, err := method.Sign(input, rsaKey())
	require.NoError(t, err)
	return input + "." + b64(string(signature))
}
