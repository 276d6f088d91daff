// Package jwks fetches and publishes the keys of an issuer as JWK Sets (RFC 7517
// section 5).
//
// A [Client] is a [jwt.Verifier] over the URL of a set, or over an issuer that publishes
// the URL. It is made without network and so starts while the issuer is down:
//
//	keys, err := jwks.New(ctx, jwks.Config{
//		Issuer:     "https://auth.example.com",
//		Algorithms: []jwt.Algorithm{jwt.ES256},
//	})
//	defer keys.Close()
//	…
//	claims, err := jwt.Parse[Session](ctx, token, keys, validator)
//
// A token whose kid is known never waits for anything. An unknown kid causes at most one
// fetch in 30 seconds, whatever the number of callers; a bad signature, or a token without
// kid, none. (Where there is no usable set, every token asks for that fetch.) A set that has been fetched replaces the one before, so that a withdrawn key
// stops working. While fetches fail, the last good set goes on for a bounded time.
//
// So an issuer must give a new key a new kid: under the kid of an old one it is seen only
// with the next refresh, and its tokens are refused until then. And it must publish a key
// for some time before the key signs: see [Config].MinRefresh.
//
// A [Handler] publishes the keys of a service. A Client with [Config].Issuer needs the
// metadata of the service as well, which is one more handler: the example of Handler has
// both.
package jwks
