package interop

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/keyring"
)

// The provider as a consumer of a Handler: a client of it authenticates with what rings
// sign (RFC 7523 section 2.2), through a rotation.
func testRobot(t *testing.T, folder string) {
	var rings []*keyring.Ring
	var all jwt.KeySet
	for _, alg := range []jwt.Algorithm{jwt.ES256, jwt.RS256, jwt.PS256, jwt.EdDSA, jwt.Ed25519} {
		ring := newRing(t, alg)
		rings, all = append(rings, ring), append(all, ring)
	}
	own := newIssuer(t, jwt.ES256, all)
	p := startProvider(t, folder, jwt.ES256, "0", own.url+"/jwks")
	login := func(ring *keyring.Ring, audience, id string) (refusal string) {
		at := time.Now().Truncate(time.Second)
		assertion, err := jwt.Sign(t.Context(), ring, jwt.Claims[struct{}]{
			Issuer: "robot", Subject: "robot", Audience: []string{audience},
			IssuedAt: at, ExpiresAt: at.Add(time.Minute), ID: id,
		})
		require.NoError(t, err)
		_, refusal = p.grant(t, api, url.Values{
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assertion},
		})
		return refusal
	}
	for _, ring := range rings {
		require.Empty(t, login(ring, p.issuer, "1 "+ring.KeyID()))
		require.Equal(t, "invalid_client", login(ring, p.issuer, "1 "+ring.KeyID()), "a replay")
		require.Equal(t, "invalid_client", login(ring, api, "2 "+ring.KeyID()))
	}
	asked := own.asked.Load()
	for _, ring := range rings {
		rotate(t, ring)
		require.Empty(t, login(ring, p.issuer, "3 "+ring.KeyID()))
	}
	require.Equal(t, asked, own.asked.Load(), "the next keys were not published before they signed")

	stranger := newRing(t, jwt.ES256)
	require.Equal(t, "invalid_client", login(stranger, p.issuer, "4 "+stranger.KeyID()))
}
