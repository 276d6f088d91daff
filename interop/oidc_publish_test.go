package interop

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/keyring"
	"github.com/cda17858/jwt/store"
)

// An ownIssuer publishes the keys of source as an OpenID provider does.
type ownIssuer struct {
	url   string
	asked atomic.Int32 // for the keys
}

func newIssuer(t *testing.T, alg jwt.Algorithm, source jwks.Source) *ownIssuer {
	t.Helper()
	set, err := jwks.NewHandler(jwks.HandlerConfig{Source: source, MaxAge: time.Second})
	require.NoError(t, err)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i := &ownIssuer{url: server.URL}
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, r *http.Request) {
		i.asked.Add(1)
		set.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{
			"issuer":                                i.url,
			"jwks_uri":                              i.url + "/jwks",
			"authorization_endpoint":                i.url + "/authorize",
			"token_endpoint":                        i.url + "/token",
			"response_types_supported":              []string{"code"},
			"subject_types_supported":               []string{"public"},
			"id_token_signing_alg_values_supported": []jwt.Algorithm{alg},
		})
	})
	return i
}

func newRing(t *testing.T, alg jwt.Algorithm) *keyring.Ring {
	t.Helper()
	ring, err := keyring.New(t.Context(), keyring.Config{
		Store: keyring.InStore(store.NewMemory(), "test"), Algorithm: alg, TokenLifetime: time.Hour, Lead: time.Second,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ring.Close()) })
	return ring
}

// rotate rotates the ring once its next key has been published for Lead.
func rotate(t *testing.T, ring *keyring.Ring) {
	t.Helper()
	eventually(t, func() bool {
		err := ring.Rotate(t.Context())
		if !errors.Is(err, keyring.ErrTooSoon) {
			require.NoError(t, err)
		}
		return err == nil
	}, "the next key does not become old enough")
}

// idToken are the private claims of an ID token.
type idToken struct {
	Nonce string   `json:"nonce"`
	Roles []string `json:"roles"`
}

func (i *ownIssuer) sign(t *testing.T, signer jwt.Signer) string {
	t.Helper()
	at := time.Now().Truncate(time.Second)
	token, err := jwt.Sign(t.Context(), signer, jwt.Claims[idToken]{
		Issuer: i.url, Subject: "alice", Audience: []string{"shop"}, IssuedAt: at, ExpiresAt: at.Add(time.Hour),
		Private: idToken{Nonce: "n-1", Roles: []string{"reader", "writer"}},
	})
	require.NoError(t, err)
	return token
}

// verifier returns go-oidc's, with no keys in its cache.
func (i *ownIssuer) verifier(t *testing.T, clientID string) *oidc.IDTokenVerifier {
	t.Helper()
	p, err := oidc.NewProvider(t.Context(), i.url)
	require.NoError(t, err)
	return p.Verifier(&oidc.Config{ClientID: clientID})
}

func (i *ownIssuer) requireGood(t *testing.T, v *oidc.IDTokenVerifier, token string) {
	t.Helper()
	got, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, i.url, got.Issuer)
	require.Equal(t, "alice", got.Subject)
	require.Equal(t, []string{"shop"}, got.Audience)
	require.Equal(t, time.Hour, got.Expiry.Sub(got.IssuedAt))
	require.Equal(t, "n-1", got.Nonce)
	var private idToken
	require.NoError(t, got.Claims(&private))
	require.Equal(t, idToken{Nonce: "n-1", Roles: []string{"reader", "writer"}}, private)
}

// go-oidc verifies what a ring signs, with the keys that a Handler publishes, through a
// rotation and a revocation.
func TestGoOIDC(t *testing.T) {
	for _, alg := range []jwt.Algorithm{jwt.ES256, jwt.RS256, jwt.PS256, jwt.EdDSA, jwt.ES512} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			ring := newRing(t, alg)
			issuer := newIssuer(t, alg, ring)
			peer := issuer.verifier(t, "shop")
			first := issuer.sign(t, ring)
			current, next := ring.KeyID(), ring.Keys()[1].KeyID()
			issuer.requireGood(t, peer, first)
			require.EqualValues(t, 1, issuer.asked.Load())
			testGoOIDCRefuses(t, issuer, alg, first)
			asked := issuer.asked.Load()

			rotate(t, ring)
			require.Equal(t, next, ring.KeyID())
			second := issuer.sign(t, ring)
			issuer.requireGood(t, peer, second)
			issuer.requireGood(t, peer, first)
			require.Equal(t, asked, issuer.asked.Load(), "the next key was not published before it signed")
			issuer.requireGood(t, issuer.verifier(t, "shop"), second)
			issuer.requireGood(t, issuer.verifier(t, "shop"), first)

			require.NoError(t, ring.Revoke(t.Context(), current))
			issuer.requireGood(t, issuer.verifier(t, "shop"), second)
			_, err := issuer.verifier(t, "shop").Verify(t.Context(), first)
			require.ErrorContains(t, err, "failed to verify")

			own := newClient(t, jwks.Config{Issuer: issuer.url, Algorithms: []jwt.Algorithm{alg}})
			policy := jwt.Policy{Algorithms: []jwt.Algorithm{alg}, Issuers: []string{issuer.url}, Audiences: []string{"shop"}}
			_, err = parse(t, second, own, policy)
			require.NoError(t, err)
			_, err = parse(t, first, own, policy)
			requireRefused(t, err, "kid", jwt.ErrUnknownKey)
		})
	}
}

// What go-oidc refuses shows that it has checked what it accepts.
func testGoOIDCRefuses(t *testing.T, issuer *ownIssuer, alg jwt.Algorithm, good string) {
	t.Helper()
	other := newRing(t, alg)
	_, err := issuer.verifier(t, "shop").Verify(t.Context(), issuer.sign(t, other))
	require.ErrorContains(t, err, "failed to verify")
	_, err = issuer.verifier(t, "shop").Verify(t.Context(), good[:len(good)-40]+flip(good[len(good)-40:]))
	require.ErrorContains(t, err, "failed to verify")
	_, err = issuer.verifier(t, "another").Verify(t.Context(), good)
	require.ErrorContains(t, err, "expected audience")
}

// A key that go-oidc does not know, of RFC 9864, spoils no set, and neither does a
// secret, which is not published.
func TestGoOIDCMixedSet(t *testing.T) {
	var rings []*keyring.Ring
	for _, alg := range []jwt.Algorithm{jwt.Ed25519, jwt.HS256, jwt.ES256} {
		rings = append(rings, newRing(t, alg))
	}
	issuer := newIssuer(t, jwt.ES256, jwt.KeySet{rings[0], rings[1], rings[2]})
	peer := oidc.NewVerifier(issuer.url, oidc.NewRemoteKeySet(t.Context(), issuer.url+"/jwks"), &oidc.Config{
		ClientID: "shop", SupportedSigningAlgs: []string{oidc.ES256},
	})
	issuer.requireGood(t, peer, issuer.sign(t, rings[2]))
	for _, ring := range rings[:2] {
		_, err := peer.Verify(t.Context(), issuer.sign(t, ring))
		require.Error(t, err)
	}
	own := newClient(t, jwks.Config{URL: issuer.url + "/jwks", Algorithms: []jwt.Algorithm{jwt.ES256, jwt.Ed25519}})
	policy := jwt.Policy{Algorithms: []jwt.Algorithm{jwt.ES256, jwt.Ed25519}, Issuers: []string{issuer.url}, Audiences: []string{"shop"}}
	for _, ring := range []*keyring.Ring{rings[0], rings[2]} {
		_, err := parse(t, issuer.sign(t, ring), own, policy)
		require.NoError(t, err)
	}
	require.Len(t, own.Keys(), 4)
}
