// Package jwks fetches and publishes the keys of an issuer as JWK Sets (RFC 7517
// section 5).
//
// A [Client] is a [jwt.Verifier] over the URL of a set, or over an issuer whose metadata
// names the URL. New does not wait for the network, so a service starts while its issuer is
// down:
//
//	keys, err := jwks.New(ctx, jwks.Config{
//		Issuer:     "https://auth.example.com",
//		Algorithms: []jwt.Algorithm{jwt.ES256},
//	})
//	defer keys.Close()
//	…
//	parser, err := jwt.NewParser[Session](keys, policy)
//	…
//	claims, err := parser.Parse(ctx, token)
//
// How a Client answers:
//   - A token whose kid is in the set never waits.
//   - A token with another kid may cause a fetch, and waits for it. All callers together may
//     cause two at once, and one more every 30 seconds ([Config].Cooldown). If that does not
//     allow a fetch, the answer is [ErrLimited].
//   - A token without kid that no key verifies may cause the same fetch.
//   - A set that has been fetched replaces the one before: a withdrawn key stops working.
//   - While fetches fail, the last good set stays in use for a bounded time
//     ([Config].MaxStale).
//
// An issuer must give a new key a new kid. If it has the kid of an old key, the Client finds
// it only at the next refresh, and refuses its tokens until then. And an issuer must publish
// a key for some time before the key signs: see [Config].MinRefresh.
//
// A [Pool] has the keys of issuers that are not known when the program starts, such as one
// for each tenant. [Fetch] fetches a set once.
//
// [NewHandler] publishes the keys of a service. A Client with [Config].Issuer needs the
// metadata of the service as well, which is one more handler: the example of NewHandler has
// both.
package jwks
