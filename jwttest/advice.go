package jwttest

// What several faults have in common.
var (
	pinAlgorithm = Advice{
		JWT:       "jwt.Policy.Algorithms lists what is accepted, and each key is bound to one algorithm.",
		GolangJWT: `jwt.WithValidMethods([]string{"ES256"}), and a Keyfunc that returns a key of that type only.`,
		GoJOSE:    "jwt.ParseSigned with the one algorithm that the issuer uses.",
		JWX:       "jwt.WithKey(jwa.ES256(), key), or keys in a set that have alg; no jws.WithInferAlgorithmFromKey.",
	}
	checkSignature = Advice{
		JWT:       "jwt.Parser.Parse; jws.Unverified is for logs only.",
		GolangJWT: "ParseWithClaims, and look at err before anything else; never ParseUnverified.",
		GoJOSE:    "Claims with the key; never UnsafeClaimsWithoutVerification.",
		JWX:       "jwt.Parse with WithKey or WithKeySet; never ParseInsecure or WithVerify(false).",
	}
	ownKeys = Advice{
		JWT:       "Keys come from the configuration only: jwks.Client, jwt.IssuerKeys. Nothing in a header is a key.",
		GolangJWT: "In the Keyfunc look kid up in a map that the configuration fills; do not read jwk, jku, x5u or x5c.",
		GoJOSE:    "Hand your own key or set to Claims; do not read Headers[0].JSONWebKey.",
		JWX:       "jwt.WithKeySet with a set of your own; no jws.WithVerifyAuto without a whitelist.",
	}
	strictForm = Advice{
		JWT:       "Parse accepts one spelling of a token.",
		GolangJWT: "jwt.WithStrictDecoding, and refuse a token with white space before you parse it.",
		GoJOSE:    "Compare the compact serialization of what was parsed with what was sent.",
		JWX:       "Compare the token with what a strict decoder of base64url makes of it, before jwt.Parse.",
	}
	strictJSON = Advice{
		JWT:       "Parse reads strict JSON: exact names, each once, UTF-8, a depth of 32.",
		GolangJWT: "Decode the parts a second time with a JSON decoder that refuses duplicates and other cases.",
		GoJOSE:    "Its JSON decoder refuses duplicates; read the payload a second time with a strict one for the rest.",
		JWX:       "Read header and payload a second time with a strict decoder.",
	}
	understandHeader = Advice{
		JWT:       "Parse refuses crit and b64, and header parameters of a wrong type.",
		GolangJWT: `In the Keyfunc refuse a token.Header with "crit" or "b64", and check the type of each parameter you read.`,
		GoJOSE:    `Refuse a token whose Headers[0].ExtraHeaders has "b64" or "crit".`,
		JWX:       "jws.WithCritValidation(true), and refuse b64 by hand.",
	}
	oneType = Advice{
		JWT:       `jwt.Policy.Types, such as {"at+jwt"}.`,
		GolangJWT: `In the Keyfunc compare token.Header["typ"].`,
		GoJOSE:    `Compare Headers[0].ExtraHeaders["typ"].`,
		JWX:       "Parse with jws.Parse first, and compare typ of the protected header.",
	}
	checkTime = Advice{
		JWT:       "Parse checks exp, nbf and iat; Policy.Leeway is the only allowance.",
		GolangJWT: "jwt.WithExpirationRequired and jwt.WithIssuedAt; dates are checked only if they can be read.",
		GoJOSE:    "ValidateWithLeeway, and refuse claims whose Expiry is nil.",
		JWX:       `jwt.WithRequiredClaim("exp"), jwt.WithAcceptableSkew; jwt.WithValidate is the default, keep it.`,
	}
	checkAge = Advice{
		JWT:       "jwt.Policy.MaxAge.",
		GolangJWT: "Compare IssuedAt with the time after ParseWithClaims, and refuse claims where it is nil.",
		GoJOSE:    "Compare Claims.IssuedAt with the time after Validate, and refuse claims where it is nil.",
		JWX:       `jwt.WithMaxDelta, with jwt.WithRequiredClaim("iat").`,
	}
	checkIssuer = Advice{
		JWT:       "jwt.Policy.Issuers; with several issuers jwt.IssuerKeys, so that each has its own keys.",
		GolangJWT: `jwt.WithIssuer with a value that cannot be "".`,
		GoJOSE:    `Expected{Issuer: …} with a value that cannot be "".`,
		JWX:       "jwt.WithIssuer.",
	}
	checkAudience = Advice{
		JWT:       "jwt.Policy.Audiences.",
		GolangJWT: "jwt.WithAudience.",
		GoJOSE:    "Expected{AnyAudience: …}.",
		JWX:       "jwt.WithAudience.",
	}
	checkSubject = Advice{
		JWT:       `jwt.Policy.Required, such as {"sub"}; registered claims of a wrong type are refused anyway.`,
		GolangJWT: "Look at Subject after ParseWithClaims with RegisteredClaims, not with MapClaims.",
		GoJOSE:    "Look at Claims.Subject after Validate.",
		JWX:       `jwt.WithRequiredClaim("sub").`,
	}
	bearer = Advice{
		JWT:       "Package jwthttp takes one token from one place, and answers as RFC 6750 says.",
		GolangJWT: "request.AuthorizationHeaderExtractor only, after a check that len(r.Header.Values(\"Authorization\")) is 1.",
		GoJOSE:    "Read one Authorization header with the scheme Bearer, and nothing else.",
		JWX:       "jwt.ParseHeader with \"Authorization\" only, not jwt.ParseRequest with query or form.",
	}
	bounded = Advice{
		JWT:       "jwt.Policy.MaxBytes (16 KiB unless it is set) bounds all that a token can cost.",
		GolangJWT: "Refuse tokens longer than a few KiB before they are parsed; v5.2.2 or later.",
		GoJOSE:    "Refuse tokens longer than a few KiB before they are parsed; v4.0.5 or later.",
		JWX:       "Refuse tokens longer than a few KiB before they are parsed.",
	}
	freshKeys = Advice{
		JWT:       "jwks.Client: one fetch for a kid that is not known, limited for all callers together; keys that are gone stop working; 503 while they cannot be fetched.",
		GolangJWT: "A client for the set with a limit on fetches, that forgets withdrawn keys; tell its errors from those of a token.",
		GoJOSE:    "go-oidc's RemoteKeySet, with a limit of your own on fetches.",
		JWX:       "jwk.Cache, with a minimum interval; tell its errors from those of a token.",
	}
	takeBack = Advice{
		JWT:       "Package session, or a check by jti and sub after Parse that returns jwt.ErrRevoked; never by the text of the token.",
		GolangJWT: "Look jti up after ParseWithClaims; never the text of the token.",
		GoJOSE:    "Look Claims.ID up after Validate; never the text of the token.",
		JWX:       "jwt.WithValidator with a check of jti; never the text of the token.",
	}
)
