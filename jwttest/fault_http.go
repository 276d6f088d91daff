package jwttest

import (
	"net/http"
	"strings"
)

// Faults of how a service takes tokens, and answers.
const (
	HTTPTwoHeaders       ID = "http.two-headers"
	HTTPQueryToken       ID = "http.query-token"
	HTTPOtherScheme      ID = "http.other-scheme"
	HTTPChallengeMissing ID = "http.challenge-missing"
	HTTPLeak             ID = "http.leak"
	HTTPKeysDown         ID = "http.keys-down"
)

func httpFaults() []Fault {
	return []Fault{
		{ID: HTTPTwoHeaders, Text: "The request has two Authorization headers, one of them with a good token.", Severity: Malleable,
			Reference: "RFC 6750 section 2", Advice: bearer,
			probes: func(f *forge) ([]probe, error) {
				garbage := "Bearer " + garbage
				return []probe{
					{variant: "good one first", token: f.token, request: func(r *http.Request) { r.Header.Add("Authorization", garbage) }},
					{variant: "good one last", token: f.token, request: func(r *http.Request) {
						r.Header["Authorization"] = []string{garbage, r.Header.Get("Authorization")}
					}},
				}, nil
			}},
		{ID: HTTPQueryToken, Text: "The token is in the query, where logs and other sites see it.", Severity: Robust,
			Reference: "RFC 9700 section 4.3.2", Advice: bearer,
			probes: func(f *forge) (ps []probe, _ error) {
				for _, name := range []string{"access_token", "token", "jwt"} {
					ps = append(ps, probe{variant: name, token: f.token, request: func(r *http.Request) {
						r.Header.Del("Authorization")
						q := r.URL.Query()
						q.Set(name, f.token)
						r.URL.RawQuery = q.Encode()
					}})
				}
				return ps, nil
			}},
		{ID: HTTPOtherScheme, Text: "The Authorization header names another scheme than Bearer, or none.", Severity: Robust,
			Reference: "RFC 6750 section 2.1", Advice: bearer,
			probes: func(f *forge) (ps []probe, _ error) {
				for _, scheme := range []string{"Basic ", "Token ", "DPoP ", ""} {
					ps = append(ps, probe{variant: strings.TrimSpace(scheme), token: f.token, request: func(r *http.Request) { r.Header.Set("Authorization", scheme+f.token) }})
				}
				ps[len(ps)-1].variant = "none"
				return ps, nil
			}},
		{ID: HTTPChallengeMissing, Text: "The service answers 401 without a WWW-Authenticate header.", Severity: Robust,
			Reference: "RFC 6750 section 3", Advice: bearer, run: (*attack).challenge},
		{ID: HTTPLeak, Text: "An answer shows the token, or a claim of it.", Severity: Robust,
			Reference: "RFC 9110 section 17.7", Advisory: "CWE-209", Advice: bearer, run: (*attack).leak},
		{ID: HTTPKeysDown, Text: "The keys cannot be fetched, and the service says that the token is bad.", Severity: Robust, Signed: true,
			Reference: "RFC 9110 section 15.6.4", Advice: freshKeys, run: (*attack).keysDown},
	}
}
