// Package verifycache remembers tokens that have been verified. A service that sees the same
// token in many requests then verifies its signature once.
//
//	cache, err := verifycache.New(parser, verifycache.Config{})
//	…
//	claims, err := cache.Parse(ctx, token) // instead of parser.Parse
//
// A hit returns what the parser would return now:
//
//   - exp, nbf and the policy's MaxAge are checked again, by the policy's clock;
//   - when a key stops verifying, all results are dropped: each hit compares the Generation of
//     the keys. Keys without a Generation need Config.MaxAge;
//   - only successes are remembered, by the exact text of the token;
//   - each caller gets its own copy of the claims.
//
// The rest of the policy is not checked again: iss, aud, typ, Required, an IssuerFunc, and
// Validate of the private claims. None of these depends on time, unless an IssuerFunc is not
// pure.
//
// Revocation is checked outside the cache, for every request, as in session.NewChecker(store,
// cache.Parse, …). [New] takes a Parser and not a func, so that the answer of such a check
// cannot be remembered by mistake.
//
// A hit takes a quarter of a microsecond and one allocation, whatever the algorithm, if an
// assignment copies P. A P with pointers, slices or maps is copied field by field, which costs
// about as much as verifying HS256: such a cache pays off for RSA, ECDSA and Ed25519 only.
// (go test -bench . in this directory)
//
// A token is remembered the second time it is parsed. So a token that is parsed once costs no
// more than without a cache, and does not evict others. The second time costs about
// a microsecond more.
//
// Tokens are kept in memory as they are, unless Config.HashKeys is set.
//
// [NewVerifier] remembers only that a signature was valid, for callers that want the claims to
// be decoded each time.
package verifycache
