package migrating

import (
	"crypto"
	"io"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func newSigner() jwt.KeySigner { return made(jwt.NewHMACSigner(jwt.HS256, "", secret)) }

// signs requires that golang-jwt signs claims, and that we refuse ours.
func signs(t *testing.T, theirs golangjwt.Claims, ours jwt.Claims[map[string]any], why string) {
	t.Helper()
	_, err := golangjwt.NewWithClaims(golangjwt.SigningMethodHS256, theirs).SignedString(secret)
	require.NoError(t, err)
	_, err = jwt.Sign(ctx, newSigner(), ours)
	require.ErrorContains(t, err, why)
}

// decoded returns the text of a part of a token.
func decoded(t *testing.T, token string, part int) string {
	t.Helper()
	text, err := golangjwt.NewParser().DecodeSegment(strings.Split(token, ".")[part])
	require.NoError(t, err)
	return string(text)
}

// foreign is a crypto.Signer that is not a type of the standard library.
type foreign struct{ key crypto.Signer }

func (f foreign) Public() crypto.PublicKey { return f.key.Public() }
func (f foreign) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return f.key.Sign(random, digest, opts)
}

var signRows = []row{
	{"new-with-claims", []difference{
		{"`Sign` refuses claims without `ExpiresAt`, unless `InsecureNoExpiry` is set. golang-jwt signs them.", func(t *testing.T) {
			signs(t, golangjwt.MapClaims{"sub": "alice"}, jwt.Claims[map[string]any]{Subject: "alice"}, "ExpiresAt")
			_, err := jwt.Sign(ctx, newSigner(), jwt.Claims[struct{}]{InsecureNoExpiry: true})
			require.NoError(t, err)
		}},
		{"`Sign` refuses an `ExpiresAt` that is not after `IssuedAt` and `NotBefore`. golang-jwt signs it.", func(t *testing.T) {
			date := golangjwt.NewNumericDate(now)
			signs(t, golangjwt.RegisteredClaims{ExpiresAt: date, IssuedAt: date}, jwt.Claims[map[string]any]{ExpiresAt: now, IssuedAt: now}, "IssuedAt")
			signs(t, golangjwt.RegisteredClaims{ExpiresAt: date, NotBefore: date}, jwt.Claims[map[string]any]{ExpiresAt: now, NotBefore: now}, "NotBefore")
		}},
		{"`Sign` refuses an audience that is empty, and text that is not UTF-8. golang-jwt signs both.", func(t *testing.T) {
			signs(t, golangjwt.MapClaims{"aud": []string{""}}, jwt.Claims[map[string]any]{ExpiresAt: now, Audience: []string{""}}, "Audience")
			signs(t, golangjwt.MapClaims{"sub": "\xff"}, jwt.Claims[map[string]any]{ExpiresAt: now, Subject: "\xff"}, "UTF-8")
		}},
		{"One audience is written as a string. golang-jwt writes an array of one. Both read both.", func(t *testing.T) {
			theirs, err := golangjwt.NewWithClaims(golangjwt.SigningMethodHS256, golangjwt.RegisteredClaims{
				Issuer: issuer, Audience: golangjwt.ClaimStrings{audience}, ExpiresAt: golangjwt.NewNumericDate(now.Add(time.Hour)),
			}).SignedString(secret)
			require.NoError(t, err)
			require.Contains(t, decoded(t, theirs, 1), `"aud":["orders"]`)
			ours, err := jwt.Sign(ctx, newSigner(), jwt.Claims[struct{}]{Issuer: issuer, Audience: []string{audience}, ExpiresAt: now.Add(time.Hour)})
			require.NoError(t, err)
			require.Contains(t, decoded(t, ours, 1), `"aud":"orders"`)
			for _, token := range []string{theirs, ours} {
				before, err := old(token, careful...)
				require.NoError(t, err)
				require.Equal(t, golangjwt.ClaimStrings{audience}, before.Audience)
				after, err := parse[Claims](t, token, nil)
				require.NoError(t, err)
				require.Equal(t, []string{audience}, after.Audience)
			}
		}},
	}},
	{"signed-string", []difference{
		{"A key that does not fit the algorithm is an error of `NewSigner`. golang-jwt reports it with the first token.", func(t *testing.T) {
			_, err := golangjwt.New(golangjwt.SigningMethodES256).SignedString(rsaKey())
			require.ErrorIs(t, err, golangjwt.ErrInvalidKeyType)
			_, err = jwt.NewSigner(jwt.ES256, "", rsaKey())
			require.ErrorContains(t, err, `"ES256" is not for an RSA key`)
		}},
		{"A `crypto.Signer` of any family works, such as that of an HSM. golang-jwt accepts one only for Ed25519.", func(t *testing.T) {
			for alg, key := range map[jwt.Algorithm]crypto.Signer{jwt.RS256: rsaKey(), jwt.PS256: rsaKey(), jwt.ES256: p256(), jwt.EdDSA: edKey} {
				_, err := golangjwt.New(golangjwt.GetSigningMethod(string(alg))).SignedString(foreign{key})
				require.Equal(t, alg != jwt.EdDSA, err != nil)
				signer, err := jwt.NewSigner(alg, "", foreign{key})
				require.NoError(t, err)
				_, err = jwt.Sign(ctx, signer, jwt.Claims[struct{}]{ExpiresAt: now})
				require.NoError(t, err)
			}
		}},
	}},
	{"header", []difference{
		{"A `typ` other than JWT must be in the verifier's `Policy.Types`. golang-jwt does not check it.", func(t *testing.T) {
			onlyOld(t, hs256(`{"alg":"HS256","typ":"at+jwt"}`, payload(nil)), "typ", jwt.ErrMismatch)
			accepted(t)(parse[Claims](t, hs256(`{"alg":"HS256","typ":"at+jwt"}`, payload(nil)), func(p *jwt.Policy) { p.Types = []string{"at+jwt"} }))
		}},
		{"A header cannot name another algorithm than that of the signature: `Sign` refuses `alg` in `Header`. golang-jwt signs such a token.", func(t *testing.T) {
			token := golangjwt.NewWithClaims(golangjwt.SigningMethodHS256, golangjwt.MapClaims{})
			token.Header["alg"] = "RS256"
			raw, err := token.SignedString(secret)
			require.NoError(t, err)
			require.Contains(t, decoded(t, raw, 0), `"alg":"RS256"`)
			_, err = jwt.Sign(ctx, newSigner(), jwt.Claims[struct{}]{ExpiresAt: now, Header: map[string]any{"alg": "RS256"}})
			require.ErrorContains(t, err, "alg")
		}},
	}},
}
