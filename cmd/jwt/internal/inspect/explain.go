package inspect

import (
	"slices"
	"strings"
)

// An Explanation says what a reason for refusing a token, or a warning about one, means, and
// what to do.
type Explanation struct {
	Reason    string `json:"reason"`
	Means     string `json:"means"`
	Do        string `json:"do"`
	Reference string `json:"reference,omitempty"`
}

// Explanations returns all that Explain knows: first the reasons for which verify refuses a
// token, then the warnings of decode.
func Explanations() []Explanation { return slices.Clone(explanations) }

// Explain returns what there is to know about a reason or a warning.
func Explain(reason string) (Explanation, bool) {
	i := slices.IndexFunc(explanations, func(e Explanation) bool { return strings.EqualFold(e.Reason, reason) })
	if i < 0 {
		return Explanation{}, false
	}
	return explanations[i], true
}

var explanations = []Explanation{
	{"form", "The token is not three parts of base64url with two dots between, or it is too long.",
		"Look for a part that was cut off when it was copied, for Bearer before it, and for line breaks in it. An encrypted token (JWE) has five parts.", "RFC 7515 section 7.1"},
	{"header", "The header is not one object of strict JSON, or it has crit or b64, which change what the token means.",
		"Ask its issuer for tokens without crit. A header that is not JSON was damaged, or never was one.", "RFC 7515 section 4"},
	{"alg", "The algorithm of the token is not one of those that the verifier accepts.",
		"If the issuer does use that algorithm, add it to the policy. Never take it from the token.", "RFC 8725 section 3.1"},
	{"signature", "No key of the verifier fits the token, or the signature is not that of the key.",
		"Compare the kid of the token with those of the key set, and fetch the set anew: the issuer may have rotated its keys. If the kid is there, the token was changed on its way, or is from another environment with the same kid.", "RFC 7515 section 5.2"},
	{"payload", "The claims are not one object of strict JSON: a name twice, text that is not UTF-8, something after the object.",
		"The issuer has to write claims that can be read in one way only.", "RFC 8725 section 3.7"},
	{"typ", "The token is of another kind: an ID token where an access token is wanted, or a logout token.",
		"Send the right token. If the issuer does give its tokens that typ, accept it by --typ or Policy.Types.", "RFC 8725 section 3.11"},
	{"iss", "The token is from another issuer than the one that is accepted, byte for byte.",
		"Compare both: a slash at the end, http for https, another tenant. The issuer is right about its own name.", "RFC 8725 section 3.8"},
	{"aud", "The token is for another service, or for nobody in particular.",
		"Ask the issuer for a token for this service. The audience is the name that the service has there, often a URL or a client id.", "RFC 8725 section 3.9"},
	{"exp", "The token has expired, or has no exp. If verify says expired and nothing else, everything else holds.",
		"Get a new token. If it has expired by seconds, compare the clocks, and allow for a difference by --leeway.", "RFC 7519 section 4.1.4"},
	{"nbf", "The token may not be used yet.", "Compare the clocks, and allow for a difference by --leeway.", "RFC 7519 section 4.1.5"},
	{"iat", "The token was issued in the future.", "The clock of the issuer is ahead. Compare the clocks, and allow for a difference by --leeway.", "RFC 7519 section 4.1.6"},
	{"max-age", "The token was issued too long ago for this verifier, or does not say when.", "Get a new token.", "RFC 7519 section 4.1.6"},
	{"sub", "The token does not say who it is about, or not as a string.", "Require sub only where the issuer always writes it.", "RFC 7519 section 4.1.2"},
	{"jti", "The token has no id, or one that is not a string.", "Require jti only where the issuer always writes it.", "RFC 7519 section 4.1.7"},

	{"parts", "The token has fewer parts than it should, or more.", "It was cut off when it was copied: a terminal, a log or a column ended. Get it whole.", "RFC 7515 section 7.1"},
	{"base64", "A part is not canonical base64url, so a verifier refuses the token.", "Send the token exactly as the issuer made it.", "RFC 7515 section 2"},
	{"json", "This is JSON, and not a token.", "Take the token out of the answer: jq -r .access_token, or .id_token.", ""},
	{"json-broken", "A part is not JSON, or ends too early.", "The token was cut off or changed. Everything before the break is shown.", "RFC 7519 section 7.2"},
	{"twice", "A name occurs twice in an object. Some programs read the first value, others the last: what one has checked, another may not see.", "Refuse such tokens, and tell the issuer.", "RFC 8725 section 3.7"},
	{"utf8", "Text is not UTF-8, so two programs can read it differently.", "Refuse such tokens, and tell the issuer.", "RFC 8725 section 3.7"},
	{"deep", "JSON is nested deeper than any token needs. Package jwt accepts 32 levels.", "Flatten the claims.", "RFC 8259 section 9"},
	{"nested", "The payload is a token itself.", "Verify the outer token, then the inner one. No library should do both by itself.", "RFC 7519 section 5.2"},
	{"not-claims", "The payload is not a JSON object, so this is a JWS and not a JWT.", "Package jws verifies such messages.", "RFC 7519 section 7.2"},
	{"encrypted", "The token is encrypted. Its claims can be read by its receiver only.", "Ask the receiver, who has the key. A token to debug should be signed only.", "RFC 7516"},
	{"alg-none", "The token says that it is not signed. Verifiers that obey accept whatever anybody writes.", "Refuse it. If a service accepts it, that is a hole: run jwt attack.", "RFC 8725 section 3.2"},
	{"alg-missing", "The token does not name its algorithm.", "Refuse it.", "RFC 7515 section 4.1.1"},
	{"alg-unknown", "The algorithm is not registered, is deprecated, or is written in another case.", "Refuse it.", "RFC 7518 section 3.1"},
	{"alg-weak", "The way in which the token is encrypted has known attacks.", "Use ECDH-ES+A256KW or RSA-OAEP-256.", "RFC 8725 section 3.2"},
	{"zip", "The content was compressed before it was encrypted. A few bytes can become gigabytes, and the length tells of the content.", "Do not compress.", "RFC 8725 section 3.6"},
	{"key-in-header", "The header holds a key or the address of one. A verifier that trusts it accepts any token, since the sender chooses the key.", "Ignore these parameters, as package jwt does. Keys come from the configuration.", "RFC 8725 section 3.10"},
	{"private-key", "The token holds a private key.", "Withdraw that key now: everyone who has seen a token can sign.", "RFC 7515 section 4.1.3"},
	{"crit", "The header lists extensions that a verifier must understand, or else refuse the token.", "Package jwt understands none, and refuses it.", "RFC 7515 section 4.1.11"},
	{"kid-odd", "The kid looks like a path, a query or a command. Services that build one from it have been broken into so.", "Look up a kid in a map, and nowhere else.", "RFC 8725 section 3.10"},
	{"signature-missing", "The signature is empty.", "Refuse the token. If it is yours, it was cut off.", "RFC 8725 section 3.2"},
	{"signature-zero", "The signature is all zeros, which some implementations of ECDSA have accepted.", "Refuse the token. Somebody is trying CVE-2022-21449.", "RFC 7518 section 3.4"},
	{"signature-length", "The signature cannot be one of that algorithm, since it has another length.", "It was cut off, or made by a program that writes ECDSA signatures in DER.", "RFC 7518 section 3.4"},
	{"exp-missing", "The token never expires. Who has stolen it keeps it.", "Have the issuer set exp. Package jwt refuses such tokens, unless told otherwise.", "RFC 9068 section 2.2"},
	{"exp-order", "The token expires before it begins.", "The issuer mixes up its dates, or their units.", "RFC 7519 section 4.1"},
	{"lifetime", "The token lasts longer than an hour. Nothing takes it back sooner, unless services ask for each request.", "Use 5 to 15 minutes, and a refresh token. Package session does both.", "RFC 9700 section 2.2"},
	{"date", "A date is out of range: in milliseconds perhaps, or 0 for never.", "A NumericDate is in seconds since 1970. A token that never expires has no exp.", "RFC 7519 section 2"},
	{"claim-type", "A registered claim has the wrong type, so verifiers refuse the token, or, worse, read the claim as absent.", "Dates are numbers, iss, sub and jti are strings, aud is a string or an array of strings.", "RFC 7519 section 4.1"},
	{"iss-missing", "Nothing says who made the token.", "Have the issuer set iss. Without it, keys alone tell issuers apart.", "RFC 8725 section 3.8"},
	{"aud-missing", "Nothing says who the token is for. A service that gets it can use it at another one.", "Have the issuer set aud, a different one for each service.", "RFC 8725 section 3.9"},
	{"cnf", "The token is bound to a key. Whoever presents it must prove that they have that key (DPoP, or a TLS certificate).", "Check the proof as well as the token. Package jwthttp refuses such tokens unless something does.", "RFC 7800"},
	{"sensitive", "A claim looks like a password or another secret. A token is signed, not encrypted: everyone who holds it, or a log with it, can read it.", "Leave secrets out of tokens. If one was in, change it.", "RFC 8725 section 2.7"},
	{"personal", "A claim is about a person. Tokens end up in logs, proxies and browsers.", "Leave out what no service needs; sub is enough to look up the rest.", "RFC 9068 section 6"},
	{"size", "The token is too long for a cookie, or for a header line somewhere on its way.", "Put less into it: ids and not names, roles and not permissions. A cookie has 4096 bytes with its name, nginx and Apache take 8 KiB in a line, Node.js 16 KiB in all headers.", "RFC 6265 section 6.1"},
}
