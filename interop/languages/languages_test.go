package languages

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

const (
	hs    = "HS256 HS384 HS512 "
	rs    = "RS256 RS384 RS512 PS256 PS384 PS512 "
	es    = "ES256 ES384 ES512 "
	eddsa = "EdDSA "
	ed    = "Ed25519 "
)

var algorithms = strings.Fields(hs + rs + es + eddsa + ed)

// The rows of the table. Each is tried with every peer and every algorithm.
var rows = []struct {
	name string
	try  func(*peer, jwt.Algorithm) error
}{
	{"signs", signs},
	{"verifies", verifies},
	{"reads JWK", readsJWK},
	{"writes JWK", writesJWK},
	{"reads JWKS", readsJWKS},
	{"writes JWKS", writesJWKS},
	{"thumbprint", thumbprint},
}

// The peers, and what must succeed with each: a row that is not named, and an algorithm
// that its row does not hold, must fail.
var peers = []struct {
	name   string
	start  func(*testing.T) *peer
	expect map[string]string
}{
	{"npm jose", node("jose.mjs", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"), map[string]string{
		"signs":       hs + rs + es + eddsa + ed,
		"verifies":    hs + rs + es + eddsa + ed,
		"reads JWK":   hs + rs + es + eddsa + ed,
		"writes JWK":  hs + rs + es + eddsa + ed,
		"reads JWKS":  rs + es + eddsa + ed,
		"writes JWKS": rs + es + eddsa + ed,
		"thumbprint":  rs + es + eddsa + ed,
	}},
	{"npm jsonwebtoken", node("jsonwebtoken.cjs", "invalid signature"), map[string]string{
		"signs":       hs + rs + es,
		"verifies":    hs + rs + es,
		"reads JWK":   rs + es,
		"writes JWK":  rs + es,
		"writes JWKS": rs + es,
	}},
	{"npm fast-jwt", node("fast-jwt.cjs", "FAST_JWT_INVALID_SIGNATURE"), map[string]string{
		"signs":       hs + rs + es + eddsa,
		"verifies":    hs + rs + es + eddsa,
		"reads JWK":   rs + es + eddsa,
		"writes JWK":  rs + es + eddsa,
		"writes JWKS": rs + es + eddsa,
	}},
	{"Debian jose", debianJose, map[string]string{
		"signs":       hs + rs + es,
		"verifies":    hs + rs + es,
		"reads JWK":   hs + rs + es,
		"writes JWK":  hs + rs + es,
		"reads JWKS":  rs + es,
		"writes JWKS": rs + es,
		"thumbprint":  rs + es,
	}},
	{"PyJWT", python("pyjwt.py", "InvalidSignatureError"), map[string]string{
		"signs":       hs + rs + es + eddsa,
		"verifies":    hs + rs + es + eddsa,
		"reads JWK":   hs + rs + es + eddsa,
		"writes JWK":  hs + rs + es + eddsa,
		"reads JWKS":  rs + es + eddsa,
		"writes JWKS": rs + es + eddsa,
	}},
	{"authlib", python("authlib.py", "bad_signature"), map[string]string{
		"signs":       hs + rs + es + eddsa,
		"verifies":    hs + rs + es + eddsa,
		"reads JWK":   hs + rs + es + eddsa,
		"writes JWK":  hs + rs + es + eddsa,
		"reads JWKS":  rs + es + eddsa,
		"writes JWKS": rs + es + eddsa,
		"thumbprint":  rs + es + eddsa + ed,
	}},
}

// cutsZeros names the peers that write a coordinate without the zero bytes that it begins with
// (RFC 7518 section 6.2.1.2): one key in 128 with P-256, three in four with P-521. We
// read these keys by value. PyJWT, which writes some of them, refuses them.
var cutsZeros = []string{"PyJWT", "authlib"}

// TestPeers prints what it has tried, under run and in the log of a failure: ok, or - for
// what the peer does not offer.
func TestPeers(t *testing.T) {
	table := fmt.Sprintf("%-24s %-12s %s\n", "", "", strings.Join(algorithms, " "))
	for _, want := range peers {
		done := false
		t.Run(want.name, func(t *testing.T) {
			p := want.start(t)
			label := want.name + " " + p.version
			for _, row := range rows {
				line := fmt.Sprintf("%-24s %-12s", label, row.name)
				expected := strings.Fields(want.expect[row.name])
				for _, alg := range algorithms {
					cell := "ok"
					err := row.try(p, jwt.Algorithm(alg))
					switch expects := slices.Contains(expected, alg); {
					case expects && err != nil:
						cell = "FAIL"
						t.Errorf("%s %s: %v", row.name, alg, err)
					case !expects && !errors.Is(err, errNotOffered):
						cell = "NEW"
						t.Errorf("%s %s: want not offered, got: %v", row.name, alg, err)
					case !expects:
						cell = "-"
					}
					line += fmt.Sprintf(" %-*s", len(alg), cell)
				}
				table += strings.TrimRight(line, " ") + "\n"
				label = ""
			}
			if !p.jwkOnly {
				testLeadingZero(t, p, slices.Contains(cutsZeros, want.name))
			}
			done = true
		})
		if !done {
			table += fmt.Sprintf("%-24s not run to its end\n", want.name)
		}
	}
	fmt.Fprint(os.Stdout, table)
}

// testLeadingZero reads the JWK of a key whose x begins with a zero byte, as the peer writes it.
func testLeadingZero(t *testing.T, p *peer, cuts bool) {
	for _, name := range strings.Fields(es) {
		alg := jwt.Algorithm(name)
		key := ourKeys()[alg]
		a, err := p.ask(request{Op: "export", Alg: alg, KeyID: "0", Key: key.public})
		require.NoError(t, err)
		v, err := jwk.ParseKey(a.JWK, alg)
		require.NoError(t, err, name)
		require.Equal(t, key.bare, v.PublicKey(), name)
		var theirs, ours struct{ X string }
		require.NoError(t, json.Unmarshal(a.JWK, &theirs))
		require.NoError(t, json.Unmarshal(key.publicJWK, &ours))
		require.Equal(t, cuts, len(theirs.X) < len(ours.X), name)
	}
}
