package jwt_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// requirePlain checks that err is there, is no TokenError, and says what text says.
func requirePlain(t *testing.T, err error, text string) {
	t.Helper()
	require.ErrorContains(t, err, text)
	_, ok := errors.AsType[*jwt.TokenError](err)
	require.False(t, ok, "%v", err)
}

// requireNoType checks that Sign and Parse refuse P itself.
func requireNoType[P any](t *testing.T, text string) {
	t.Helper()
	var private P
	_, err := signPrivate(t, private)
	requirePlain(t, err, text)
	claims, err := parsePayload[P](t, "{}")
	require.Nil(t, claims)
	requirePlain(t, err, text)
}

func TestRegressionShortEd25519Key(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 31, 32, 63, 65} {
		var key ed25519.PrivateKey
		if size >= 0 {
			key = make(ed25519.PrivateKey, size)
		}
		require.ErrorContains(t, errOf(jwt.NewSigner(jwt.RS256, "k1", key)), "jwt: RS256 key: ")
		require.ErrorContains(t, errOf(jwt.NewSigner(jwt.ES256, "k1", key)), "jwt: ES256 key: ")
		require.ErrorContains(t, errOf(jwt.NewSigner(jwt.EdDSA, "k1", key)), "jwt: EdDSA key: ")
	}
}

// retaining is a crypto.Signer that goes on holding what it was given.
type retaining struct {
	crypto.Signer
	inputs [][]byte
}

func (r *retaining) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	r.inputs = append(r.inputs, digest)
	return r.Signer.Sign(random, digest, opts)
}

type retainingMessages struct{ retaining }

func (r *retainingMessages) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	r.inputs = append(r.inputs, message)
	return crypto.SignMessage(r.Signer, random, message, opts)
}

// What a key in an HSM was given must stay as it was when the next token is signed.
func TestRegressionOpaqueKeyRetainsInput(t *testing.T) {
	raw := firstRaw()
	plain := &retaining{Signer: raw.ed25519}
	ed := &retainingMessages{retaining{Signer: raw.ed25519}}
	ec := &retainingMessages{retaining{Signer: raw.ecdsa[jwt.ES256]}}
	rs := &retainingMessages{retaining{Signer: raw.rsa}}
	for _, tt := range []struct {
		signer jwt.Signer
		inputs *[][]byte
	}{
		{must(jwt.NewSigner(jwt.EdDSA, "k1", plain)), &plain.inputs},
		{must(jwt.NewSigner(jwt.EdDSA, "k1", ed)), &ed.inputs},
		{must(jwt.NewSigner(jwt.ES256, "k1", ec)), &ec.inputs},
		{must(jwt.NewSigner(jwt.RS256, "k1", rs)), &rs.inputs},
	} {
		var want []string
		for i := range 4 {
			claims := keyClaims()
			claims.ID = fmt.Sprint(i)
			token, err := jwt.Sign(t.Context(), tt.signer, claims)
			require.NoError(t, err)
			want = append(want, token[:strings.LastIndexByte(token, '.')])
		}
		var got []string
		for _, input := range *tt.inputs {
			got = append(got, string(input))
		}
		require.Equal(t, want, got)
	}
}

type number struct {
	N json.Number `json:"n"`
}

type encodesItself struct {
	V any         `json:"v"`
	N json.Number `json:"n"`
}

func (encodesItself) MarshalJSON() ([]byte, error) { return []byte(`"own"`), nil }

type decodesItself struct {
	V any         `json:"v"`
	N json.Number `json:"n"`
}

func (d *decodesItself) UnmarshalJSON([]byte) error { d.N = "7"; return nil }

func TestRegressionMethodsOneWay(t *testing.T) {
	const exact = json.Number("12345678901234567890")
	payload := `{"x":{"v":12345678901234567890,"n":12345678901234567890}}`

	type encodes struct {
		X encodesItself `json:"x"`
	}
	require.Equal(t, `{"x":"own"}`, must(signPrivate(t, encodes{encodesItself{exact, exact}})))
	require.Equal(t, encodesItself{exact, exact}, must(parsePayload[encodes](t, payload)).Private.X)

	type decodes struct {
		X decodesItself `json:"x"`
	}
	require.Equal(t, payload, must(signPrivate(t, decodes{decodesItself{exact, exact}})))
	require.Equal(t, json.Number("7"), must(parsePayload[decodes](t, payload)).Private.X.N)

	require.Equal(t, `{"n":12345678901234567890}`, must(signPrivate(t, number{exact})))
	require.Equal(t, exact, must(parsePayload[number](t, `{"n":12345678901234567890}`)).Private.N)
	_, err := parsePayload[number](t, `{"n":"1"}`)
	requireRefused(t, err, "n", jwt.ErrMalformed)
}

// A header with a nonce gets the same answer each time, and is not kept: each one kept
// would copy the memo, and push out a header that comes again.
func TestRegressionNonceInHeader(t *testing.T) {
	val := must(jwt.NewValidator(laxPolicy()))
	parse := func(token string) (*jwt.Claims[struct{}], error) {
		return jwt.Parse[struct{}](t.Context(), token, testKeys(t)[jwt.HS256].verifier, val)
	}
	nonce := func(i int) string {
		return handmade(fmt.Sprintf(`{"alg":"HS256","nonce":"%04d","kid":"k1","typ":"JWT"}`, i), `{"sub":"ann"}`)
	}
	cold, warm := must(parse(nonce(0))), must(parse(nonce(0)))
	require.Equal(t, "ann", cold.Subject)
	require.Equal(t, cold, warm)
	_, err := parse(nonce(0)[:len(nonce(0))-4] + "AAAA")
	requireRefused(t, err, "signature", jwt.ErrSignature)

	var tokens []string
	for i := range 100 {
		tokens = append(tokens, nonce(i))
	}
	bytes := allocatedBytes(func() {
		for _, token := range tokens {
			if _, err := parse(token); err != nil {
				t.Error(err)
			}
		}
	})
	require.Less(t, bytes/100, int64(4096), "bytes for one token")
}

func TestRegressionTagOptions(t *testing.T) {
	const text = "encoding/json has no such tag option"
	requireNoType[struct {
		A string `json:"a,case:ignore"`
	}](t, text)
	requireNoType[struct {
		A []byte `json:"a,format:hex"`
	}](t, text)
	requireNoType[struct {
		A map[string]any `json:",unknown"`
	}](t, text)
	requireNoType[struct {
		A map[string]any `json:",inline"`
	}](t, text)
	requireNoType[struct {
		A map[string]any `json:",embed"`
	}](t, text)
	requireNoType[struct {
		A string `json:"'a'"`
	}](t, text)
}

func TestRegressionQuotedNumber(t *testing.T) {
	type quoted struct {
		N json.Number `json:"n,string"`
	}
	for _, n := range []json.Number{"1x", "01", " 1 "} {
		_, err := signPrivate(t, quoted{n})
		requirePlain(t, err, "not a number")
	}
	_, err := parsePayload[quoted](t, `{"n":" 1 "}`)
	requireRefused(t, err, "n", jwt.ErrMalformed)

	require.Equal(t, `{"n":"1"}`, must(signPrivate(t, quoted{"1"})))
	require.Equal(t, json.Number("1"), must(parsePayload[quoted](t, `{"n":"1"}`)).Private.N)
}

func TestRegressionInterfaceAsClaims(t *testing.T) {
	requireNoType[json.Marshaler](t, "json.Marshaler: not a struct")
	requireNoType[json.Unmarshaler](t, "json.Unmarshaler: not a struct")
	requireNoType[error](t, "error: not a struct")
}

func TestRegressionKeyOutsidePolicy(t *testing.T) {
	es256 := testKeys(t)[jwt.ES256]
	val := must(jwt.NewValidator(laxPolicy()))
	for _, token := range []string{handmade(plainHeader, "{}"), signToken(t, es256.signer), ""} {
		claims, err := jwt.Parse[struct{}](t.Context(), token, es256.verifier, val)
		require.Nil(t, claims)
		requirePlainError(t, err, "jwt: Parse: the key is for ES256, which is not in Policy.Algorithms")
	}
	set := jwt.KeySet{es256.verifier, testKeys(t)[jwt.HS256].verifier}
	_, err := jwt.Parse[struct{}](t.Context(), handmade(plainHeader, "{}"), set, val)
	require.NoError(t, err)
	_, err = jwt.Parse[struct{}](t.Context(), signToken(t, es256.signer), set, val)
	requireRefused(t, err, "alg", jwt.ErrAlgorithm)
}

func TestRegressionUnitMissing(t *testing.T) {
	for text, set := range map[string]func(*jwt.Policy){
		"jwt: Policy.Leeway is 30ns; is a unit missing, such as time.Second?":          func(p *jwt.Policy) { p.Leeway = 30 },
		"jwt: Policy.MaxAge is 60ns; is a unit missing, such as time.Second?":          func(p *jwt.Policy) { p.MaxAge = 60 },
		"jwt: Policy.MaxBytes is 10, which is too small for any token; 0 means 16 KiB": func(p *jwt.Policy) { p.MaxBytes = 10 },
	} {
		p := laxPolicy()
		set(&p)
		_, err := jwt.NewValidator(p)
		requirePlainError(t, err, text)
	}
}

// Of an ES256 token anyone can make another string that is accepted, so a list of
// revoked tokens must go by jti.
func TestRegressionECDSATwin(t *testing.T) {
	key := testKeys(t)[jwt.ES256]
	claims := keyClaims()
	claims.ID = "id-1"
	token := must(jwt.Sign(t.Context(), key.signer, claims))
	input, encoded := token[:strings.LastIndexByte(token, '.')+1], token[strings.LastIndexByte(token, '.')+1:]
	sig := []byte(decode(t, encoded))
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	twin := input + encode(string(sig))
	require.NotEqual(t, token, twin)

	val := must(jwt.NewValidator(keyPolicy()))
	first := must(jwt.Parse[struct{}](t.Context(), token, key.verifier, val))
	second := must(jwt.Parse[struct{}](t.Context(), twin, key.verifier, val))
	require.Equal(t, first, second)
	require.Equal(t, "id-1", second.ID)
}
