package inspect

import (
	"slices"
	"strings"
)

// An Explanation says what a check or a warning means, and what to do.
type Explanation struct {
	Reason    string `json:"reason"`
	Means     string `json:"means"`
	Do        string `json:"do"`
	Reference string `json:"reference,omitempty"`
}

// Explanations returns all explanations: first the checks of verify, then the warnings of
// decode.
func Explanations() []Explanation { return slices.Clone(explanations) }

// Explain returns the explanation of a check or a warning. Case does not matter.
func Explain(reason string) (Explanation, bool) {
	i := slices.IndexFunc(explanations, func(e Explanation) bool { return strings.EqualFold(e.Reason, reason) })
	if i < 0 {
		return Explanation{}, false
	}
	return explanations[i], true
}

var explanations = []Explanation{
	{"form", "The token is not three base64url parts separated by dots, or it is too long.",
		"Check that it was copied completely, without \"Bearer\" before it and without line breaks. An encrypted token (JWE) has five parts.", "RFC 7515 section 7.1"},
	{"header", "The header is not a single strict JSON object, or it has crit or b64, which change the meaning of the token.",
		"Ask the issuer for tokens without crit. If the header is not JSON, the token was damaged, or it is not a token.", "RFC 7515 section 4"},
	{"alg", "The verifier does not accept the token's algorithm.",
		"If the issuer does use that algorithm, add it to the policy. Never take it from the token.", "RFC 8725 section 3.1"},
	{"signature", "The verifier has no key for the token, or the signature does not match.",
		"Fetch the key set again, since the issuer may have rotated its keys, and look for the token's kid in it. If the kid is there, the token was changed, or it comes from another environment that uses the same kid.", "RFC 7515 section 5.2"},
	{"payload", "The claims are not a single strict JSON object: for example, a name occurs twice, text is not UTF-8, or data follows the object.",
		"The issuer must write claims that can be read in only one way.", "RFC 8725 section 3.7"},
	{"typ", "The token is of another type: for example, an ID token or a logout token instead of an access token.",
		"Send the right token. If the issuer does use that typ, accept it with --typ or Policy.Types.", "RFC 8725 section 3.11"},
	{"iss", "The token's issuer is not one that is accepted. Names are compared byte for byte.",
		"Compare both: look for a trailing slash, http instead of https, or another tenant. The issuer's own spelling counts.", "RFC 8725 section 3.8"},
	{"aud", "The token is for another service, or has no audience.",
		"Ask the issuer for a token for this service. The audience is the issuer's name for the service, often a URL or a client ID.", "RFC 8725 section 3.9"},
	{"exp", "The token has expired, or has no exp. If exp is the only check that fails, everything else is in order.",
		"Get a new token. If it expired only seconds ago, compare the clocks, and allow for clock skew with --leeway.", "RFC 7519 section 4.1.4"},
	{"nbf", "The token is not valid yet.", "Compare the clocks, and allow for clock skew with --leeway.", "RFC 7519 section 4.1.5"},
	{"iat", "The token was issued in the future.", "The issuer's clock is ahead. Compare the clocks, and allow for clock skew with --leeway.", "RFC 7519 section 4.1.6"},
	{"max-age", "The token was issued longer ago than the verifier allows, or has no iat.", "Get a new token.", "RFC 7519 section 4.1.6"},
	{"sub", "The token has no subject, or one that is not a string.", "Require sub only where the issuer always writes it.", "RFC 7519 section 4.1.2"},
	{"jti", "The token has no ID, or one that is not a string.", "Require jti only where the issuer always writes it.", "RFC 7519 section 4.1.7"},

	{"parts", "The token has too few or too many parts.", "It was probably truncated by a terminal, a log or a database column. Get the whole token.", "RFC 7515 section 7.1"},
	{"base64", "A part is not canonical base64url, so a verifier refuses the token.", "Send the token exactly as the issuer made it.", "RFC 7515 section 2"},
	{"json", "This is JSON, not a token.", "Extract the token from the response, for example with jq -r .access_token or .id_token.", ""},
	{"json-broken", "A part is not JSON, or is truncated.", "The token was truncated or changed. Everything up to the fault is shown.", "RFC 7519 section 7.2"},
	{"twice", "A name occurs twice in an object. Some programs read the first value, others the last, so one may check a value that another does not use.", "Refuse such tokens, and tell the issuer.", "RFC 8725 section 3.7"},
	{"utf8", "Text is not UTF-8, so programs can read it differently.", "Refuse such tokens, and tell the issuer.", "RFC 8725 section 3.7"},
	{"deep", "The JSON is nested too deeply. Package jwt accepts 32 levels.", "Flatten the claims.", "RFC 8259 section 9"},
	{"nested", "The payload is itself a token.", "Verify the outer token, then the inner one. A library should not do both implicitly.", "RFC 7519 section 5.2"},
	{"not-claims", "The payload is not a JSON object, so this is a JWS and not a JWT.", "Package jws verifies such messages.", "RFC 7519 section 7.2"},
	{"encrypted", "The token is encrypted. Only its recipient can read the claims.", "Ask the recipient, who has the key. For debugging, use a token that is only signed.", "RFC 7516"},
	{"alg-none", "The token says that it is not signed. A verifier that trusts this accepts forged tokens.", "Refuse it. A service that accepts it is vulnerable: run jwt attack.", "RFC 8725 section 3.2"},
	{"alg-missing", "The token does not name its algorithm.", "Refuse it.", "RFC 7515 section 4.1.1"},
	{"alg-unknown", "The algorithm is not registered, is deprecated, or has the wrong case.", "Refuse it.", "RFC 7518 section 3.1"},
	{"alg-weak", "There are known attacks on the token's encryption algorithm.", "Use ECDH-ES+A256KW or RSA-OAEP-256.", "RFC 8725 section 3.2"},
	{"zip", "The content was compressed before it was encrypted. A few bytes can expand to gigabytes, and the length reveals information about the content.", "Do not compress.", "RFC 8725 section 3.6"},
	{"key-in-header", "The header contains a key or the URL of one. A verifier that trusts it accepts any token, because the sender chooses the key.", "Ignore these parameters, as package jwt does. Keys come from the configuration.", "RFC 8725 section 3.10"},
	{"private-key", "The token contains a private key.", "Revoke that key now: anyone who has seen such a token can sign with it.", "RFC 7515 section 4.1.3"},
	{"crit", "The header lists extensions that a verifier must understand; otherwise it must refuse the token.", "Package jwt supports none, and refuses the token.", "RFC 7515 section 4.1.11"},
	{"kid-odd", "The kid looks like a path, a query or a command. It attacks services that build one from the kid.", "Use a kid only to look up a key in a map.", "RFC 8725 section 3.10"},
	{"signature-missing", "The signature is empty.", "Refuse the token. If it is your own, it was truncated.", "RFC 8725 section 3.2"},
	{"signature-zero", "The signature is all zeros, which some implementations of ECDSA have accepted.", "Refuse the token. It is an attempt to exploit CVE-2022-21449.", "RFC 7518 section 3.4"},
	{"signature-length", "The signature has the wrong length for its algorithm.", "It was truncated, or it is an ECDSA signature in DER.", "RFC 7518 section 3.4"},
	{"exp-missing", "The token never expires. A thief can use it for ever.", "Have the issuer set exp. Package jwt refuses such tokens by default.", "RFC 9068 section 2.2"},
	{"exp-order", "The token expires before it becomes valid.", "The issuer confuses its dates, or their units.", "RFC 7519 section 4.1"},
	{"lifetime", "The token lasts longer than an hour. It cannot be revoked earlier, unless services check for that on each request.", "Use 5 to 15 minutes, and a refresh token. Package session does both.", "RFC 9700 section 2.2"},
	{"date", "A date is out of range: perhaps it is in milliseconds, or 0 for never.", "A NumericDate is in seconds since 1970. A token that never expires has no exp.", "RFC 7519 section 2"},
	{"claim-type", "A registered claim has the wrong type, so verifiers refuse the token or, worse, ignore the claim.", "Dates are numbers; iss, sub and jti are strings; aud is a string or an array of strings.", "RFC 7519 section 4.1"},
	{"iss-missing", "The token does not name its issuer.", "Have the issuer set iss. Without it, only keys distinguish issuers.", "RFC 8725 section 3.8"},
	{"aud-missing", "The token does not say who it is for. A service that receives it can use it at another service.", "Have the issuer set aud, with a different value for each service.", "RFC 8725 section 3.9"},
	{"cnf", "The token is bound to a key. Its sender must prove possession of that key (DPoP, or a TLS certificate).", "Check the proof as well as the token. Package jwthttp refuses such tokens unless a proof check is configured.", "RFC 7800"},
	{"sensitive", "A claim looks like a password or another secret. A token is signed, not encrypted: anyone who has the token, or a log that contains it, can read it.", "Do not put secrets in tokens. If a token contained one, change the secret.", "RFC 8725 section 2.7"},
	{"personal", "A claim is about a person. Tokens end up in logs, proxies and browsers.", "Leave out what services do not need; they can look up the rest by sub.", "RFC 9068 section 6"},
	{"size", "The token is too long for a cookie, or for the header line limit of a common server.", "Put less in it: IDs instead of names, roles instead of permissions. A cookie may have 4096 bytes including its name; nginx and Apache accept 8 KiB per header line, Node.js 16 KiB for all headers.", "RFC 6265 section 6.1"},
}
