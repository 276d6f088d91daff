// Package jwt signs, parses and validates JSON Web Tokens (RFC 7519) in the form of
// a compact JWS (RFC 7515), following the best current practices of RFC 8725.
//
// # Signing and parsing
//
// A service that logs users in has a [Signer] and calls [Sign]. A service that
// receives requests has a [Verifier] and a [Validator], and calls [Parse]:
//
//	token, err := jwt.Sign(ctx, signer, jwt.Claims[Session]{
//		Issuer:    "https://auth.example.com",
//		Subject:   user.ID,
//		Audience:  []string{"orders"},
//		IssuedAt:  now,
//		ExpiresAt: now.Add(15 * time.Minute),
//		Private:   Session{Role: user.Role},
//	})
//	…
//	claims, err := jwt.Parse[Session](ctx, token, verifier, validator)
//
// The type parameter, Session here, holds the claims that are the application's own.
// [Claims] says which types it may be and how their fields become JSON. To avoid the
// brackets, write type Claims = jwt.Claims[Session] once.
//
// # Keys
//
// A key is bound to one algorithm and one kid when it is made, for life, and all that
// can be wrong with it is found then. Nothing in a token chooses an algorithm. There
// is a pair of constructors for each family of keys, such as [NewSigner] and
// [NewVerifier]; [ParsePrivateKey] and [ParsePublicKey] read PEM; a key in a KMS
// signs by [NewRemoteSigner], and one in an HSM, which is a [crypto.Signer], by the
// constructor of its family. Several keys are a [KeySet]; several issuers, each with
// keys of its own, are [IssuerKeys]. Each of them is a Verifier, and so is what package
// jwks makes of an issuer's URL. A service that parses what it signs gets the Verifier
// from the Signer: [KeySigner] has a method Verifier.
//
// A key and a token belong together if their algorithms are the same and their kids
// are, or if one of them has no kid. The kid of a key is UTF-8, at most 1024 bytes.
//
// # Policy
//
// A [Policy] says which tokens a service accepts. [NewValidator] checks it as a whole
// at start-up, so that a variable that is not set fails the deployment and not the
// first request. Algorithms, issuers and audiences must be named, and tokens must
// expire; each exception is a field whose name begins with Insecure.
//
// # Errors
//
// Parse returns either claims or an error. A [*TokenError] means that the token is
// refused: answer 401. Any other error means that it could not be checked, since a
// key set has not been fetched, a KMS does not answer, or the program is wrong: answer
// 503.
//
//	claims, err := jwt.Parse[Session](ctx, token, verifier, validator)
//	if _, ok := errors.AsType[*jwt.TokenError](err); ok {
//		// 401
//	} else if err != nil {
//		// 503
//	}
//
// [errors.Is] tells the reasons apart, such as [ErrExpired], which is reported only if
// all else that the policy asks for held. The text of a TokenError is for the log: it
// never holds the token or a key, and quotes nothing of a token whose signature did not
// hold. To look into a token that is refused, use jws.Unverified.
//
// # Wire format
//
// A token is three parts of base64url without padding, with dots between: header,
// payload and signature, the signature being that of the first two parts and their
// dot. Sign writes the header {"alg":…,"kid":…,"typ":…} and a payload with its members
// in the order iss, sub, aud, exp, nbf, iat, jti, then the private claims.
//
// Parse accepts canonical base64url alone, and strict JSON with names in exact case, none
// twice, in UTF-8, at most 32 levels deep. Whoever holds a token can still make another
// string of it that is accepted, if it is signed with ECDSA: with (r, s) goes (r, n-s),
// as RFC 7518 allows. So a list of revoked tokens goes by jti, not by the token.
//
// A registered claim must have its type: a date is a number between 0 and 253402300799,
// its fraction cut off; aud is a string or an array of strings. An array may hold no empty
// string; "" alone and [] count as missing. In the header, any crit and b64 are refused, and
// every parameter but alg, kid and typ is ignored: jwk, jku, x5u and x5c never bring in
// a key. A token is at most 16 KiB long, unless the policy says otherwise.
//
// The package keeps no state that a caller can observe, starts no goroutine and opens
// no connection.
package jwt
