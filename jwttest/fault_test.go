package jwttest_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwttest"
)

func TestFaults(t *testing.T) {
	faults := jwttest.Faults()
	require.GreaterOrEqual(t, len(faults), 100)
	ids := map[jwttest.ID]bool{}
	anybody := 0
	for _, f := range faults {
		require.False(t, ids[f.ID], f.ID)
		ids[f.ID] = true
		require.NotEmpty(t, f.Name(), f.ID)
		require.True(t, strings.HasSuffix(f.Text, "."), f.ID)
		require.NotEmpty(t, f.Reference, f.ID)
		require.Contains(t, []jwttest.Severity{jwttest.Forge, jwttest.Widen, jwttest.Replay, jwttest.Malleable, jwttest.Robust}, f.Severity)
		require.NotEmpty(t, f.Advice.JWT, f.ID)
		require.NotEmpty(t, f.Advice.GolangJWT, f.ID)
		require.NotEmpty(t, f.Advice.GoJOSE, f.ID)
		require.NotEmpty(t, f.Advice.JWX, f.ID)
		if !f.Signed {
			anybody++
		}
	}
	for _, f := range faults {
		for _, id := range f.Implies {
			require.True(t, ids[id], "%s implies %s", f.ID, id)
		}
	}
	require.GreaterOrEqual(t, anybody, 35)
}

// The name of each ID in Go says what the ID says.
func TestIDNames(t *testing.T) {
	files, err := filepath.Glob("fault_*.go")
	require.NoError(t, err)
	ids := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, spec := range g.Specs {
					v := spec.(*ast.ValueSpec)
					if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "ID" {
						id, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
						require.NoError(t, err)
						ids[id] = v.Names[0].Name
					}
				}
			}
		}
	}
	for _, f := range jwttest.Faults() {
		want := strings.NewReplacer(".", "", "-", "").Replace(string(f.ID))
		require.Equal(t, want, strings.ToLower(ids[string(f.ID)]), f.ID)
	}
	require.Len(t, ids, len(jwttest.Faults()))
}

// reasons is why package jwt refuses the tokens of each fault: the field and the error, or
// several where the variants differ. Of the crash set some are good tokens with a member that
// nobody has to look at.
var reasons = map[jwttest.ID]string{
	"alg.none":                      "alg algorithm",
	"sig.stripped":                  "signature malformed",
	"sig.payload-swapped":           "signature signature",
	"sig.header-swapped":            "signature signature",
	"sig.truncated":                 "signature signature",
	"sig.all-zero":                  "signature signature",
	"sig.attacker-key":              "signature signature",
	"sig.forged-and-expired":        "signature signature",
	"sig.der":                       "signature signature",
	"sig.extra-bytes":               "signature signature",
	"sig.over-decoded-parts":        "signature signature",
	"sig.of-other-token":            "signature signature",
	"alg.hs-public-pem":             "alg algorithm",
	"alg.hs-public-other-form":      "alg algorithm",
	"alg.hs-empty-key":              "alg algorithm",
	"alg.hs-common-secret":          "alg algorithm",
	"alg.not-allowed":               "alg algorithm",
	"alg.other-padding":             "alg algorithm",
	"alg.pss-salt":                  "signature signature",
	"alg.wrong-curve":               "alg algorithm",
	"alg.eddsa-name":                "alg algorithm",
	"alg.missing":                   "alg malformed",
	"alg.not-string":                "alg malformed",
	"alg.twice":                     "header malformed",
	"alg.member-case":               "alg malformed",
	"alg.lower-case":                "alg algorithm",
	"alg.enc-key-signs":             "kid unknown key",
	"key.jwk":                       "kid unknown key, signature signature",
	"key.jku":                       "kid unknown key, signature signature",
	"key.x5u":                       "kid unknown key, signature signature",
	"key.x5c":                       "signature signature",
	"key.kid-path":                  "alg algorithm",
	"key.kid-sql":                   "alg algorithm",
	"key.kid-command":               "kid unknown key",
	"key.kid-not-string":            "kid malformed",
	"key.kid-unknown":               "kid unknown key",
	"key.low-order-ed25519":         "kid unknown key",
	"key.none-in-jwks":              "alg algorithm",
	"key.secret-in-jwks":            "alg algorithm",
	"hdr.crit-unknown":              "crit malformed",
	"hdr.crit-malformed":            "crit malformed",
	"hdr.b64-false":                 "header malformed",
	"hdr.typ-other-kind":            "typ mismatch",
	"hdr.id-token-as-access-token":  "typ mismatch",
	"hdr.twice":                     "header malformed",
	"hdr.not-object":                "header malformed",
	"hdr.trailing-data":             "header malformed",
	"form.base64-padding":           "header malformed, signature malformed",
	"form.base64-unused-bits":       "signature malformed",
	"form.base64-whitespace":        "signature malformed",
	"form.base64-standard-alphabet": "signature malformed",
	"form.blanks-around":            "header malformed, signature malformed",
	"form.four-parts":               "signature malformed",
	"form.json-serialisation":       "payload malformed",
	"form.five-parts-jwe":           "signature malformed",
	"form.nested-unsigned":          "signature malformed",
	"form.bad-utf8":                 "payload malformed",
	"form.lone-surrogate":           "payload malformed",
	"form.byte-order-mark":          "payload malformed",
	"json.claim-twice":              "payload malformed",
	"json.twice-by-escape":          "payload malformed",
	"json.claim-case":               "exp expired",
	"json.trailing-data":            "payload malformed",
	"json.not-object":               "payload malformed",
	"json.nested-twice":             "payload malformed",
	"json.lax":                      "payload malformed",
	"exp.past":                      "exp expired",
	"exp.just-past":                 "exp expired",
	"exp.missing":                   "exp missing",
	"exp.string":                    "exp malformed",
	"exp.null":                      "exp malformed",
	"exp.overflow":                  "exp malformed",
	"exp.negative":                  "exp malformed",
	"nbf.future":                    "nbf not yet valid",
	"nbf.overflow":                  "nbf malformed",
	"nbf.unreadable":                "nbf malformed",
	"iat.future":                    "iat not yet valid",
	"iat.too-old":                   "iat mismatch",
	"iat.unreadable":                "iat malformed",
	"iss.other":                     "iss mismatch, iss missing",
	"iss.missing":                   "iss missing",
	"iss.part":                      "iss mismatch",
	"iss.case-or-slash":             "iss mismatch",
	"iss.array":                     "iss malformed",
	"iss.of-other-key":              "kid unknown key",
	"aud.other":                     "aud mismatch",
	"aud.missing":                   "aud missing",
	"aud.mistyped":                  "aud malformed",
	"aud.part":                      "aud mismatch",
	"aud.case":                      "aud mismatch",
	"aud.empty-array":               "aud mismatch, aud missing",
	"sub.missing":                   "sub missing",
	"sub.mistyped":                  "sub malformed",
	"jti.mistyped":                  "jti malformed",
	"dos.dots":                      "payload malformed",
	"dos.large":                     "payload malformed",
	"dos.deep":                      "payload malformed",
	"dos.number":                    "payload malformed",
	"dos.p2c":                       "signature malformed",
	"dos.zip":                       "payload malformed",
	"dos.crash-set":                 "accepted jwk without members, accepted null in the header, accepted x5c empty, header malformed, payload malformed, signature malformed, signature signature, typ malformed",
	"state.cache-confusion":         "signature signature",
}

// Each token with a fault is refused by our Parser, for the reason that the fault is about.
func TestReasons(t *testing.T) {
	iss, other := everything(t), otherIssuer(t)
	policy := iss.Policy()
	policy.MaxAge = 3600e9
	policy.Leeway = 60e9
	parser, err := jwt.NewParser[private](iss.Keys(), policy)
	require.NoError(t, err)
	names := map[error]string{
		jwt.ErrMalformed: "malformed", jwt.ErrAlgorithm: "algorithm", jwt.ErrUnknownKey: "unknown key", jwt.ErrSignature: "signature",
		jwt.ErrMissing: "missing", jwt.ErrExpired: "expired", jwt.ErrNotYetValid: "not yet valid", jwt.ErrMismatch: "mismatch",
	}
	for _, f := range jwttest.Faults() {
		variants, err := jwttest.Variants(t, iss, other, f.ID)
		if err != nil || len(variants) == 0 {
			continue // not the fault of a token
		}
		got := map[string]bool{}
		for _, v := range variants {
			_, err := parser.Parse(ctx, v.Token)
			if refusal, ok := errors.AsType[*jwt.TokenError](err); ok {
				for sentinel, name := range names {
					if errors.Is(refusal, sentinel) {
						got[refusal.Field+" "+name] = true
					}
				}
			} else {
				got["accepted "+v.Name] = true
			}
		}
		if text := strings.Join(slices.Sorted(maps.Keys(got)), ", "); text != reasons[f.ID] {
			t.Errorf("%q: %q,", f.ID, text)
		}
	}
}

func TestBad(t *testing.T) {
	iss := jwttest.NewIssuer(t, jwttest.Config{Name: "https://auth.example.com"})
	_, err := jwttest.Parser[private](t, iss).Parse(ctx, iss.Bad(t, jwttest.AlgNone))
	require.ErrorIs(t, err, jwt.ErrAlgorithm)
	_, err = jwttest.Parser[private](t, iss).Parse(ctx, iss.Bad(t, jwttest.ExpPast))
	require.ErrorIs(t, err, jwt.ErrExpired)
}
