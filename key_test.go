//lint:file-ignore SA1019 a caller may change a key in just this way

package jwt_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// The parameter of NewVerifier has no type to catch a mistake, so that the error must name the fix.
func TestNewVerifierNamesTheFix(t *testing.T) {
	raw, pair := firstRaw(), testKeys(t)[jwt.ES256]
	public := raw.ed25519.Public().(ed25519.PublicKey)
	const texts = " is not a parsed key; ParsePublicKey reads PEM, and NewHMACVerifier takes a secret"
	for _, tt := range []struct {
		key  crypto.PublicKey
		text string
	}{
		{nil, "nil public key"},
		{(*rsa.PublicKey)(nil), "nil public key"},
		{raw.rsa, "*rsa.PrivateKey is a private key; pass what its Public method returns"},
		{raw.ecdsa[jwt.ES256], "*ecdsa.PrivateKey is a private key; pass what its Public method returns"},
		{raw.ed25519, "ed25519.PrivateKey is a private key; pass what its Public method returns"},
		{pair.verifier, "*jwt.ecdsaVerifier is not a key itself; pass what its PublicKey method returns"},
		{pair.signer, "*jwt.keySigner is not a key itself; pass what its PublicKey method returns"},
		{raw.rsa.PublicKey, "rsa.PublicKey by value; pass a pointer to it"},
		{raw.ecdsa[jwt.ES256].PublicKey, "ecdsa.PublicKey by value; pass a pointer to it"},
		{&public, "*ed25519.PublicKey; pass what it points to"},
		{[]byte("-----BEGIN PUBLIC KEY-----"), "[]uint8" + texts},
		{"-----BEGIN PUBLIC KEY-----", "string" + texts},
		{42, "no signature algorithm uses a int"},
	} {
		require.EqualError(t, errOf(jwt.NewVerifier(jwt.RS256, "k", tt.key)), "jwt: RS256 key: "+tt.text)
	}
}

func TestAlgorithmsFor(t *testing.T) {
	raw := firstRaw()
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	for _, tt := range []struct {
		key  crypto.PublicKey
		want []jwt.Algorithm
	}{
		{raw.rsa.Public(), []jwt.Algorithm{jwt.RS256, jwt.RS384, jwt.RS512, jwt.PS256, jwt.PS384, jwt.PS512}},
		{raw.ecdsa[jwt.ES256].Public(), []jwt.Algorithm{jwt.ES256}},
		{raw.ecdsa[jwt.ES384].Public(), []jwt.Algorithm{jwt.ES384}},
		{raw.ecdsa[jwt.ES512].Public(), []jwt.Algorithm{jwt.ES512}},
		{raw.ed25519.Public(), []jwt.Algorithm{jwt.EdDSA, jwt.Ed25519}},
		{p224.Public(), nil},
		{new(ecdsa.PublicKey), nil},
		{(*ecdsa.PublicKey)(nil), nil},
		{raw.rsa, nil},
		{raw.rsa.PublicKey, nil},
		{[]byte{1}, nil},
		{nil, nil},
	} {
		require.Equal(t, tt.want, jwt.AlgorithmsFor(tt.key), "%T", tt.key)
		for _, alg := range tt.want {
			require.NoError(t, errOf(jwt.NewVerifier(alg, "k", tt.key)))
		}
	}
}

// Every kid that a key may have must fit into a header, escaped.
func TestKeyIDLength(t *testing.T) {
	secret := make([]byte, 32)
	signer, err := jwt.NewHMACSigner(jwt.HS256, strings.Repeat("\x00", 1024), secret)
	require.NoError(t, err)
	signToken(t, signer)
	_, err = jwt.NewHMACSigner(jwt.HS256, strings.Repeat("k", 1025), secret)
	require.EqualError(t, err, "jwt: HS256 key: kid longer than 1024 bytes")
	signer, err = jwt.NewHMACSigner(jwt.HS256, strings.Repeat(`"`, 64), secret)
	require.NoError(t, err)
	signToken(t, signer)
	_, err = jwt.NewHMACSigner(jwt.HS256, strings.Repeat(`"`, 65), secret)
	require.EqualError(t, err, "jwt: HS256 key: kid with more than 64 quotation marks")
}

func TestEveryTokenAgainstEveryKey(t *testing.T) {
	for _, a := range allKeys(t) {
		token := signToken(t, a.signer)
		input, encoded := token[:strings.LastIndex(token, ".")], token[strings.LastIndex(token, ".")+1:]
		sig := must(base64.RawURLEncoding.DecodeString(encoded))
		for _, b := range allKeys(t) {
			err := parseToken(t, token, b.verifier)
			if a.alg == b.alg {
				require.NoError(t, err)
				requireRefused(t, parseToken(t, token, otherKeys(t)[b.alg].verifier), "signature", jwt.ErrSignature)
				continue
			}
			requireRefused(t, err, "kid", jwt.ErrUnknownKey)

			// The same signature, if the header lied about the algorithm.
			err = b.verifier.Verify(t.Context(), jwt.Header{Algorithm: b.alg, KeyID: "k1"}, []byte(input), sig)
			if isEdDSA(a.alg) && isEdDSA(b.alg) { // two names of one signature
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, jwt.ErrSignature, "%s signature, %s key", a.alg, b.alg)
			}
		}
	}
}

func TestKeyIDOfOneKey(t *testing.T) {
	for _, alg := range allAlgorithms {
		for _, tt := range []struct {
			token, key string
			ok         bool
		}{
			{"a", "a", true},
			{"a", "", true},
			{"", "a", true},
			{"", "", true},
			{"a", "b", false},
			{"a", "A", false},
			{"a", "a ", false},
		} {
			token := signToken(t, newKeyPair(firstRaw(), alg, tt.token).signer)
			err := parseToken(t, token, newKeyPair(firstRaw(), alg, tt.key).verifier)
			if tt.ok {
				require.NoError(t, err)
			} else {
				requireRefused(t, err, "kid", jwt.ErrUnknownKey)
			}
		}
	}
}

// A signer refuses a header that is not its own, so that a careless Signer around it
// cannot put one key's kid over another's signature.
func TestSignerChecksHeader(t *testing.T) {
	remote := must(jwt.NewRemoteSigner(testKeys(t)[jwt.ES256].verifier, func(context.Context, []byte) ([]byte, error) {
		t.Error("called")
		return nil, nil
	}))
	pairs := append(allKeys(t), keyPair{jwt.ES256, remote, nil})
	for _, k := range pairs {
		for _, h := range []jwt.Header{{Algorithm: k.alg, KeyID: "k2"}, {Algorithm: "XX256", KeyID: "k1"}, {}} {
			sig, err := k.signer.Sign(t.Context(), h, []byte("a.b"))
			require.Nil(t, sig)
			require.EqualError(t, err, string(k.alg)+"(k1): no key for this token")
		}
	}
}

// constructors makes a good key of each kind with any algorithm and kid.
func constructors() map[string]func(alg jwt.Algorithm, kid string) error {
	raw := firstRaw()
	p256 := raw.ecdsa[jwt.ES256]
	pkcs8 := pemBlock("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(raw.rsa)))
	spki := pemBlock("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(p256.Public())))
	return map[string]func(alg jwt.Algorithm, kid string) error{
		"NewHMACSigner":       func(a jwt.Algorithm, k string) error { return errOf(jwt.NewHMACSigner(a, k, raw.secret)) },
		"NewHMACVerifier":     func(a jwt.Algorithm, k string) error { return errOf(jwt.NewHMACVerifier(a, k, raw.secret)) },
		"NewSigner RSA":       func(a jwt.Algorithm, k string) error { return errOf(jwt.NewSigner(a, k, raw.rsa)) },
		"NewVerifier RSA":     func(a jwt.Algorithm, k string) error { return errOf(jwt.NewVerifier(a, k, &raw.rsa.PublicKey)) },
		"NewSigner ECDSA":     func(a jwt.Algorithm, k string) error { return errOf(jwt.NewSigner(a, k, p256)) },
		"NewVerifier ECDSA":   func(a jwt.Algorithm, k string) error { return errOf(jwt.NewVerifier(a, k, &p256.PublicKey)) },
		"NewSigner Ed25519":   func(a jwt.Algorithm, k string) error { return errOf(jwt.NewSigner(a, k, raw.ed25519)) },
		"NewVerifier Ed25519": func(a jwt.Algorithm, k string) error { return errOf(jwt.NewVerifier(a, k, raw.ed25519.Public())) },
		"ParsePrivateKey":     func(a jwt.Algorithm, k string) error { return errOf(jwt.ParsePrivateKey(a, k, pkcs8)) },
		"ParsePublicKey":      func(a jwt.Algorithm, k string) error { return errOf(jwt.ParsePublicKey(a, k, spki)) },
	}
}

func TestKeyIDMustBeUTF8(t *testing.T) {
	for name, alg := range map[string]jwt.Algorithm{
		"NewHMACSigner": jwt.HS256, "NewHMACVerifier": jwt.HS256,
		"NewSigner RSA": jwt.PS256, "NewVerifier RSA": jwt.PS256, "ParsePrivateKey": jwt.PS256,
		"NewSigner ECDSA": jwt.ES256, "NewVerifier ECDSA": jwt.ES256, "ParsePublicKey": jwt.ES256,
		"NewSigner Ed25519": jwt.EdDSA, "NewVerifier Ed25519": jwt.EdDSA,
	} {
		construct := constructors()[name]
		require.NoError(t, construct(alg, "\u00fc"))
		require.EqualError(t, construct(alg, "k\xff"), "jwt: "+string(alg)+" key: kid is not UTF-8", name)
	}
}

func TestAlgorithmOfAnotherFamily(t *testing.T) {
	families := map[string]struct {
		algs []jwt.Algorithm
		text string
	}{
		"HMAC":    {allAlgorithms[0:3], " is not an algorithm for secrets; HS256, HS384 and HS512 are"},
		"RSA":     {allAlgorithms[3:9], " is not for an RSA key; RS256, RS384, RS512, PS256, PS384 and PS512 are"},
		"ECDSA":   {allAlgorithms[9:12], " is not for an ECDSA key; ES256, ES384 and ES512 are"},
		"Ed25519": {allAlgorithms[12:14], " is not for an Ed25519 key; EdDSA and Ed25519 are"},
	}
	unknown := []jwt.Algorithm{"", "none", "None", "NONE", "hs256", "rs256", "es256", "eddsa", "ed25519", "ES256K", "Ed448", " ES256"}
	for name, construct := range constructors() {
		_, family, _ := strings.Cut(name, " ")
		switch {
		case strings.HasPrefix(name, "NewHMAC"):
			family = "HMAC"
		case name == "ParsePrivateKey":
			family = "RSA"
		case name == "ParsePublicKey":
			family = "ECDSA"
		}
		for _, alg := range unknown {
			require.EqualError(t, construct(alg, "k"), "jwt: "+strconv.Quote(string(alg))+" is not an algorithm of this package", name)
		}
		for _, alg := range allAlgorithms {
			if strings.HasPrefix(name, "Parse") && slices.Contains(allAlgorithms[:3], alg) {
				continue // TestParsePEMForHMAC
			}
			if !slices.Contains(families[family].algs, alg) {
				require.EqualError(t, construct(alg, "k"), "jwt: "+strconv.Quote(string(alg))+families[family].text, name)
			}
		}
	}
}

// Nothing that the caller does to a key afterwards changes what was made of it.
func TestKeysAreCopied(t *testing.T) {
	raw := newRawKeys(3)
	keys := newKeys(raw, "k")
	wanted := newKeys(raw, "k")
	tokens := make(map[jwt.Algorithm]string)
	for alg, k := range wanted {
		tokens[alg] = signToken(t, k.signer)
	}
	secret := bytes.Clone(raw.secret)
	clear(raw.secret)
	other := secondRaw()
	raw.rsa.N.Set(other.rsa.N)
	raw.rsa.D.Set(other.rsa.D)
	raw.rsa.E = 3
	for i, p := range other.rsa.Primes {
		raw.rsa.Primes[i].Set(p)
	}
	*raw.rsa = *other.rsa
	for alg, key := range raw.ecdsa {
		key.D.Set(other.ecdsa[alg].D)
		key.X.Set(other.ecdsa[alg].X)
		key.Y.Set(other.ecdsa[alg].Y)
	}
	clear(raw.ed25519)

	for alg, k := range keys {
		require.NoError(t, parseToken(t, tokens[alg], k.verifier), alg)
		require.NoError(t, parseToken(t, signToken(t, k.signer), k.verifier), alg)
	}
	same := must(jwt.NewHMACVerifier(jwt.HS256, "k", secret))
	require.NoError(t, parseToken(t, signToken(t, keys[jwt.HS256].signer), same))
}

func TestPublicKeyIsACopy(t *testing.T) {
	for _, k := range allKeys(t) {
		token := signToken(t, k.signer)
		for _, key := range []jwt.Key{k.signer.(jwt.Key), k.verifier.(jwt.Key)} {
			require.Equal(t, k.alg, key.Algorithm())
			require.Equal(t, "k1", key.KeyID())
			before := key.PublicKey()
			switch p := key.PublicKey().(type) {
			case nil:
				require.Contains(t, allAlgorithms[:3], k.alg)
				continue
			case *rsa.PublicKey:
				require.True(t, p.Equal(firstRaw().rsa.Public()))
				p.N.SetInt64(15)
				p.E = 3
			case *ecdsa.PublicKey:
				require.True(t, p.Equal(firstRaw().ecdsa[k.alg].Public()))
				p.X.SetInt64(1)
				p.Y.SetInt64(1)
			case ed25519.PublicKey:
				require.True(t, p.Equal(firstRaw().ed25519.Public()))
				clear(p)
			default:
				t.Errorf("%s: %T", k.alg, p)
			}
			require.Equal(t, before, key.PublicKey())
		}
		require.NoError(t, parseToken(t, token, k.verifier))
		require.NoError(t, parseToken(t, signToken(t, k.signer), k.verifier))
	}
}

func TestConcurrentUse(t *testing.T) {
	val := must(jwt.NewValidator(keyPolicy()))
	var set jwt.KeySet
	for _, k := range allKeys(t) {
		set = append(set, k.verifier)
	}
	issuers := jwt.IssuerKeys{"https://a.example": set}
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	var wg sync.WaitGroup
	for range 4 {
		for _, k := range allKeys(t) {
			wg.Go(func() {
				for range rounds {
					token, err := jwt.Sign(t.Context(), k.signer, keyClaims())
					if err != nil {
						t.Error(err)
					}
					for _, v := range []jwt.Verifier{k.verifier, set, issuers} {
						claims, err := jwt.Parse[struct{}](t.Context(), token, v, val)
						if err != nil || claims.Algorithm != k.alg || claims.Subject != "ann" {
							t.Error(claims, err)
						}
					}
				}
			})
		}
	}
	wg.Wait()
}

// printable is one thing of ours and how it prints.
type printable struct {
	value any
	text  string
	json  string
}

func printables(tb testing.TB) []printable {
	quoted := func(v any, text string) printable { return printable{v, text, strconv.Quote(text)} }
	var all []printable
	for _, k := range allKeys(tb) {
		text := string(k.alg) + "(k1)"
		remote := must(jwt.NewRemoteSigner(k.verifier, func(ctx context.Context, input []byte) ([]byte, error) {
			return k.signer.Sign(ctx, jwt.Header{Algorithm: k.alg}, input)
		}))
		all = append(all, quoted(k.signer, text), quoted(k.verifier, text), quoted(remote, text))
		if k.alg[0] != 'H' {
			all = append(all, quoted(must(jwt.NewSigner(k.alg, "k1", opaque{firstRaw().privateKey(k.alg)})), text))
		}
		set := jwt.KeySet{k.verifier, newKeyPair(firstRaw(), k.alg, "").verifier}
		list, array := "["+text+" "+string(k.alg)+"()]", `["`+text+`","`+string(k.alg)+`()"]`
		all = append(all, printable{set, list, array},
			printable{jwt.IssuerKeys{"a": set}, "map[a:" + list + "]", `{"a":` + array + "}"})
	}
	return all
}

var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%b", "%o", "%t", "%e", "%c", "%U", "%10v", "%-10.3s", "% x", "%#x", "%T", "%p", "%!"}

func TestPrintedText(t *testing.T) {
	for _, p := range printables(t) {
		require.Equal(t, p.text, fmt.Sprint(p.value))
		require.Equal(t, p.text, fmt.Sprintf("%+v", p.value))
		require.Equal(t, p.json, string(must(json.Marshal(p.value))))
		if _, ok := p.value.(jwt.Key); ok {
			for _, verb := range verbs[:18] {
				require.Equal(t, p.text, fmt.Sprintf(verb, p.value), verb)
			}
			require.Equal(t, p.text, p.value.(fmt.Stringer).String())
			require.Equal(t, p.text, p.value.(fmt.GoStringer).GoString())
			require.Equal(t, p.text, p.value.(slog.LogValuer).LogValue().String())
		}
	}
}

// holder has keys where a service may have them. What is not exported is printed
// without the methods of its type.
type holder struct {
	Any    any
	hidden any
	Signer jwt.Signer
	signer jwt.Signer
	Keys   map[string]any
	list   []any
	*inner
}

type inner struct{ v any }

func TestNothingPrintsKeyMaterial(t *testing.T) {
	secrets := firstRaw().secrets
	for _, p := range printables(t) {
		t.Run(fmt.Sprintf("%T %v", p.value, p.value), func(t *testing.T) {
			for _, value := range holders(p.value) {
				for how, text := range printed(value) {
					require.NotEmpty(t, text)
					for _, secret := range secrets {
						if strings.Contains(text, secret) {
							t.Fatalf("%s of a %T shows key material: %.300s", how, value, text)
						}
					}
				}
			}
		})
	}
}

// holders returns v within others.
func holders(v any) []any {
	h := holder{Any: v, hidden: v, Keys: map[string]any{"k": v}, list: []any{v, &v}, inner: &inner{v}}
	if s, ok := v.(jwt.Signer); ok {
		h.Signer, h.signer = s, s
	}
	return []any{v, &v, h, &h, []any{v}, map[string]any{"k": h}, struct{ any }{v}}
}

// printed returns v in all the ways in which the standard library prints.
func printed(v any) map[string]string {
	texts := make(map[string]string)
	for _, verb := range verbs {
		texts[verb] = fmt.Sprintf(verb, v)
	}
	texts["JSON"] = string(must(json.MarshalIndent(v, "", " ")))
	var text, js strings.Builder
	for _, handler := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&js, nil)} {
		slog.New(handler).With("with", v).Info("message", "key", v, slog.Group("group", "key", v))
	}
	texts["slog, text"], texts["slog, JSON"] = text.String(), js.String()
	return texts
}

// The test above could not fail if it looked for the wrong things.
func TestSecretsAreFound(t *testing.T) {
	raw := firstRaw()
	for _, key := range []any{raw.secret, raw.ed25519, raw.rsa, raw.ecdsa[jwt.ES256], raw.rsa.D} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			text := fmt.Sprintf(verb, key)
			found := slices.ContainsFunc(raw.secrets, func(secret string) bool { return strings.Contains(text, secret) })
			require.True(t, found, "%s of %T", verb, key)
		}
		if text, err := json.Marshal(key); err == nil && len(text) > 2 {
			found := slices.ContainsFunc(raw.secrets, func(secret string) bool { return strings.Contains(string(text), secret) })
			require.True(t, found, "JSON of %T", key)
		}
	}
}

// A kid is any text, and must come out as JSON all the same.
func TestPrintedKeyID(t *testing.T) {
	for _, kid := range []string{"", "a", "ü", "\u2028", "😀", "\x00", "\a\v", "\x7f", "\"\\/", "\n", "<&>", "\ufffd", "\U0010ffff"} {
		for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.ES256} {
			k := newKeyPair(firstRaw(), alg, kid)
			for _, v := range []any{k.signer, k.verifier} {
				data, err := json.Marshal(v)
				require.NoError(t, err, "%q", kid)
				var text string
				require.NoError(t, json.Unmarshal(data, &text))
				require.Equal(t, string(alg)+"("+kid+")", text)
				require.Equal(t, text, fmt.Sprint(v))
			}
		}
	}
}

// No error shows key material or the token that it is about.
func TestErrorsShowNoKeys(t *testing.T) {
	for _, alg := range allAlgorithms {
		k, other := testKeys(t)[alg], otherKeys(t)[alg]
		token := signToken(t, other.signer)
		var errs []error
		for _, v := range []jwt.Verifier{k.verifier, jwt.KeySet{k.verifier}, jwt.IssuerKeys{"https://a.example": k.verifier}} {
			err := parseToken(t, token, v)
			require.NotContains(t, err.Error(), token[:20])
			errs = append(errs, err, parseToken(t, token+"A", v), parseToken(t, "", v))
		}
		_, err := k.signer.Sign(t.Context(), jwt.Header{}, []byte("a.b"))
		errs = append(errs, err)
		remote := must(jwt.NewRemoteSigner(k.verifier, func(ctx context.Context, input []byte) ([]byte, error) {
			return other.signer.Sign(ctx, jwt.Header{Algorithm: alg, KeyID: "k1"}, input)
		}))
		_, err = jwt.Sign(t.Context(), remote, keyClaims())
		require.NotContains(t, err.Error(), "eyJ")
		errs = append(errs, err)
		for _, err := range errs {
			require.Error(t, err)
			for _, verb := range verbs[:4] {
				requireNoSecret(t, fmt.Sprintf(verb, err), firstRaw())
				requireNoSecret(t, fmt.Sprintf(verb, err), secondRaw())
			}
		}
	}
}
