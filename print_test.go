//lint:file-ignore SA1019 what must not be printed

package jwt_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// secretTexts returns what no text may show of raw, in every form in which Go or
// JSON would write it. The first bytes of each are enough.
func secretTexts(raw rawKeys) []string {
	numbers := []*big.Int{raw.rsa.D, raw.rsa.Primes[0], raw.rsa.Primes[1], raw.rsa.N}
	numbers = append(numbers, raw.rsa.Precomputed.Dp, raw.rsa.Precomputed.Dq, raw.rsa.Precomputed.Qinv)
	bytes := [][]byte{raw.secret, raw.ed25519.Seed(), raw.ed25519[32:]}
	for _, alg := range []jwt.Algorithm{jwt.ES256, jwt.ES384, jwt.ES512} {
		numbers = append(numbers, raw.ecdsa[alg].D, raw.ecdsa[alg].X)
	}
	var texts []string
	for _, n := range numbers {
		if n == nil { // of a key that has not been precomputed
			continue
		}
		bytes = append(bytes, n.Bytes())
		texts = append(texts, n.String()[:16], n.Text(16)[:16], strings.ToUpper(n.Text(16)[:16]), strings.TrimSuffix(fmt.Sprint(n.Bits()[:2]), "]"))
	}
	for _, b := range bytes {
		list := fmt.Sprintf("%d", b[:6])
		texts = append(texts, string(b[:8]),
			hex.EncodeToString(b[:8]), strings.ToUpper(hex.EncodeToString(b[:8])), fmt.Sprintf("% x", b[:6]), fmt.Sprintf("%#v", b[:6])[7:30],
			base64.StdEncoding.EncodeToString(b[:9]), base64.RawURLEncoding.EncodeToString(b[:9]),
			list[1:len(list)-1], strings.ReplaceAll(list[1:len(list)-1], " ", ","))
	}
	return texts
}

// requireNoSecret checks that text shows nothing of raw.
func requireNoSecret(tb testing.TB, text string, raw rawKeys) {
	tb.Helper()
	for _, secret := range raw.secrets {
		if strings.Contains(text, secret) {
			tb.Errorf("%q holds %q", text, secret)
		}
	}
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

// A Validator changes while Parse uses it, so fmt may not look into it.
func TestValidatorPrints(t *testing.T) {
	for _, val := range []*jwt.Validator{nil, {}, must(jwt.NewValidator(laxPolicy()))} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			require.Equal(t, "jwt.Validator", fmt.Sprintf(verb, val))
		}
	}
}
