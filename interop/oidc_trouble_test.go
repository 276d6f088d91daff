package interop

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwks"
)

// Each token passes with the keys of its own issuer only.
func testOthers(t *testing.T, providers []*provider) {
	all := jwt.Policy{Audiences: []string{api}, Types: []string{"at+jwt"}}
	right, wrong := make(jwt.IssuerKeys), make(jwt.IssuerKeys)
	tokens := make([]string, len(providers))
	clients := make([]*client, len(providers))
	for i, p := range providers {
		all.Algorithms = append(all.Algorithms, p.alg)
		all.Issuers = append(all.Issuers, p.issuer)
		tokens[i] = p.token(t, api)
	}
	for i, p := range providers {
		clients[i] = newClient(t, jwks.Config{Issuer: p.issuer, Algorithms: all.Algorithms})
		right[p.issuer] = clients[i]
		wrong[providers[(i+1)%len(providers)].issuer] = clients[i]
		for j, token := range tokens {
			policy := all
			policy.Issuers = []string{providers[j].issuer}
			_, err := parse(t, token, clients[i], policy)
			if i == j {
				require.NoError(t, err)
			} else {
				requireForeign(t, err)
			}
		}
		clients[i].fetched(t, 3, "the first fetch, and two for all the unknown kids")
	}
	for i, token := range tokens {
		claims, err := parse(t, token, right, all)
		require.NoError(t, err)
		require.Equal(t, providers[i].issuer, claims.Issuer)
		_, err = parse(t, token, wrong, all)
		requireForeign(t, err)
	}
}

// requireForeign fails unless err is that of a token whose kid a fetch has not brought, or
// was not allowed to look for.
func requireForeign(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, jwks.ErrLimited) {
		requireUnchecked(t, err)
	} else {
		requireRefused(t, err, "kid", jwt.ErrUnknownKey)
	}
}

// Two issuers whose keys have the same kid.
func testTwin(t *testing.T, a, b *provider) {
	keys := newClient(t, jwks.Config{Issuer: a.issuer, Algorithms: []jwt.Algorithm{a.alg}})
	twin := newClient(t, jwks.Config{Issuer: b.issuer, Algorithms: []jwt.Algorithm{b.alg}})
	policy := a.policy()
	policy.Issuers = []string{a.issuer, b.issuer}
	_, err := parse(t, b.token(t, api), keys, b.policy())
	requireRefused(t, err, "signature", jwt.ErrSignature)
	for _, p := range []*provider{a, b} {
		_, err = parse(t, p.token(t, api), jwt.IssuerKeys{a.issuer: keys, b.issuer: twin}, policy)
		require.NoError(t, err)
		_, err = parse(t, p.token(t, api), jwt.IssuerKeys{a.issuer: twin, b.issuer: keys}, policy)
		requireRefused(t, err, "signature", jwt.ErrSignature)
	}
	keys.fetched(t, 1, "a bad signature has caused a fetch")
}

// A service that starts before its issuer.
func testLate(t *testing.T, folder string, other *provider) {
	port := freePort(t)
	issuer := "http://127.0.0.1:" + port
	keys := newClient(t, jwks.Config{Issuer: issuer, Algorithms: []jwt.Algorithm{jwt.ES256}})
	require.Error(t, keys.Ready())
	policy := other.policy()
	policy.Issuers = []string{issuer}
	_, err := parse(t, other.token(t, api), keys, policy)
	requireUnchecked(t, err)
	refused, ok := errors.AsType[*net.OpError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "dial", refused.Op)
	require.Error(t, keys.Ready())
	require.Empty(t, keys.Keys())

	p := startProvider(t, folder, jwt.ES256, port)
	require.Equal(t, issuer, p.issuer)
	eventually(t, func() bool { return keys.Ready() == nil }, "the Client does not get ready")
	_, err = parse(t, p.token(t, api), keys, p.policy())
	require.NoError(t, err)
}

// An issuer that goes away: the keys go on for MaxStale. When it comes back it has
// another key, of the same kid.
func testGone(t *testing.T, folder string, other *provider) {
	port := freePort(t)
	first := startProvider(t, folder, jwt.ES256, port)
	cfg := jwks.Config{
		Issuer: first.issuer, Algorithms: []jwt.Algorithm{jwt.ES256, other.alg},
		MinRefresh: time.Second, MaxRefresh: time.Second,
	}
	keys := newClient(t, cfg)
	cfg.MaxStale = 2 * time.Second
	strict := newClient(t, cfg)
	token, foreign := first.token(t, api), other.token(t, api)
	policy := first.policy()
	policy.Algorithms = append(policy.Algorithms, other.alg)
	for _, c := range []*client{keys, strict} {
		_, err := parse(t, token, c, policy)
		require.NoError(t, err)
	}

	first.stop()
	eventually(t, func() bool { f := keys.seen(); return len(f) > 0 && f[len(f)-1].Err != nil }, "no refresh fails")
	require.NoError(t, keys.Ready())
	_, err := parse(t, token, keys, policy)
	require.NoError(t, err)
	_, err = parse(t, token[:len(token)-40]+flip(token[len(token)-40:]), keys, policy)
	requireRefused(t, err, "signature", jwt.ErrSignature)
	_, err = parse(t, foreign, keys, policy)
	requireUnchecked(t, err) // it might be a new key of the issuer

	eventually(t, func() bool { return strict.Ready() != nil }, "the set does not get stale")
	_, err = parse(t, token, strict, policy)
	requireUnchecked(t, err)
	_, err = parse(t, token, keys, policy)
	require.NoError(t, err)

	second := startProvider(t, folder, jwt.ES256, port)
	eventually(t, func() bool { return strict.Ready() == nil }, "the Client does not recover")
	again := second.token(t, api)
	eventually(t, func() bool {
		_, err = parse(t, again, keys, policy)
		return err == nil
	}, "the key of before is not replaced")
	_, err = parse(t, token, keys, policy)
	requireRefused(t, err, "signature", jwt.ErrSignature)
}
