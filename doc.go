// Package jwt signs, parses and validates JSON Web Tokens (RFC 7519) in the form of
// a compact JWS (RFC 7515), following the best current practices of RFC 8725.
//
// # Signing and parsing
//
// A service that logs users in has a [Signer] and calls [Sign]. A service that receives
// requests makes a [Parser] when it starts, from its keys and its [Policy], and calls Parse
// for each request:
//
//	token, err := jwt.Sign(ctx, signer, jwt.Claims[Session]{
//		Issuer:    "https://auth.example.com",
//		Subject:   user.ID,
//		Audience:  []string{"orders"},
//		IssuedAt:  now,
//		ExpiresAt: now.Add(15 * time.Minute),
//		Private:   Session{Role: user.Role},
//	})
//
//	parser, err := jwt.NewParser[Session](keys, jwt.Policy{
//		Algorithms: []jwt.Algorithm{jwt.ES256},
//		Issuers:    []string{"https://auth.example.com"},
//		Audiences:  []string{"orders"},
//	})
//	…
//	claims, err := parser.Parse(ctx, token)
//
// The type parameter, Session here, holds the claims that are the application's own.
// [Claims] says which types it may be and how their fields become JSON. To avoid the
// brackets, write type Claims = jwt.Claims[Session] once.
//
// # Keys
//
// A key is bound to one algorithm and one kid when it is made, and stays so. Whatever is
// wrong with a key is found at that moment. Nothing in a token chooses an algorithm.
//
//   - [NewSigner] and [NewVerifier] take a key of any family, also one in an HSM, which is
//     a [crypto.Signer].
//   - [NewHMACSigner] and [NewHMACVerifier] take a secret.
//   - [ParsePrivateKey] and [ParsePublicKey] read PEM.
//   - [NewRemoteSigner] signs with a key in a KMS.
//
// A service that parses what it signs gets the Verifier from the Signer: [KeySigner] has a
// method Verifier. A [Parser] takes any [Verifier]:
//
//   - one key;
//   - a [KeySet] of several keys;
//   - [IssuerKeys], where each issuer has keys of its own;
//   - a [KeyFunc], where the token decides, and a [Policy] with IssuerFunc, where issuers are
//     not known when the program starts;
//   - the client of package jwks, which fetches the keys of an issuer, and the ring of
//     package keyring, which rotates one's own.
//
// [JoinParsers] makes one Parser out of several.
//
// A key fits a token if their algorithms are the same and their kids are the same. If the
// key or the token has no kid, only the algorithms are compared. The kid of a key is UTF-8
// of at most 1024 bytes.
//
// # Policy
//
// A [Policy] says which tokens a service accepts. It is checked as a whole when the program
// starts, so that a variable that is not set fails the deployment and not the first request.
// Algorithms, issuers and audiences must be named, and tokens must expire. Each exception is
// a field whose name begins with Insecure.
//
// # Errors
//
// Parse returns either claims or an error. A [*TokenError] means that the token is refused:
// answer 401. Any other error means that the token could not be checked, because a key set
// has not been fetched, a KMS does not answer, or the program has a fault: answer 503.
//
//	claims, err := parser.Parse(ctx, token)
//	if _, ok := errors.AsType[*jwt.TokenError](err); ok {
//		// 401
//	} else if err != nil {
//		// 503
//	}
//
// [errors.Is] tells the reasons apart. [ErrExpired] is reported only if everything else that
// the policy asks for held. The text of a TokenError is for the log. To look into a token
// that is refused, use jws.Unverified.
//
// # Wire format
//
// A token is three parts of base64url without padding, with dots between: header, payload
// and signature. The signature covers the first two parts and the dot between them. Sign
// writes the header {"alg":…,"kid":…,"typ":…} and a payload with its members in the order
// iss, sub, aud, exp, nbf, iat, jti, then the private claims.
//
// [Parser.Parse] lists the checks in their order. It accepts:
//
//   - only canonical base64url (RFC 7515 section 2);
//   - only strict JSON: names in exact case, no name twice in an object, UTF-8, at most 32
//     levels deep;
//   - registered claims of the right type only: a date is a number between 0 and
//     253402300799, its fraction cut off; aud is a string or an array of strings;
//   - no crit and no b64 in the header. Every parameter except alg, kid and typ is ignored:
//     no key is ever taken from jwk, jku, x5u or x5c;
//   - at most 16 KiB, unless the policy says otherwise.
//
// An aud that is "" or [], and an iss, sub or jti that is "", count as missing. An empty
// string in an array of audiences matches no audience.
//
// Anyone who holds a token that is signed with ECDSA can make a second text of it that is
// accepted as well: if (r, s) is a signature, so is (r, n-s), and RFC 7518 allows both. So
// a list of revoked tokens must go by jti, not by the text of the token.
//
// The package keeps no state that a caller can observe, starts no goroutine and opens
// no connection.
package jwt
