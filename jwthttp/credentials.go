package jwthttp

import (
	"net/http"
	"strings"
)

// A credential is the token of a request, and whether a cookie brought it.
type credential struct {
	token  string
	cookie bool
}

// credentials finds the token of r. The Reason is "" if there is exactly one.
func (cfg *Config) credentials(r *http.Request) (credential, Reason) {
	var found [3]credential
	n := 0
	token, reason := bearer(r.Header["Authorization"])
	if reason == "" {
		found[n] = credential{token: token}
		n++
	} else if reason != ReasonNoCredentials {
		return credential{}, reason
	}
	if cfg.Cookies != nil {
		token, err := cfg.Cookies.Access(r)
		if err != nil {
			return credential{}, ReasonSeveralCredentials
		}
		if token != "" {
			found[n] = credential{token, true}
			n++
		}
	}
	if cfg.Extract != nil {
		if token := cfg.Extract(r); token != "" {
			found[n] = credential{token: token}
			n++
		}
	}
	switch {
	case n == 0:
		return credential{}, ReasonNoCredentials
	case n > 1:
		return credential{}, ReasonSeveralCredentials
	case !isToken68(found[0].token):
		return credential{}, ReasonMalformedCredentials
	}
	return found[0], ""
}

// bearer returns what stands in the place of the token in the Authorization fields of a request
// (RFC 6750 section 2.1).
// The name of the scheme may have any case, and one or more spaces follow it (RFC 9110
// section 11.4).
func bearer(lines []string) (string, Reason) {
	switch len(lines) {
	case 0:
		return "", ReasonNoCredentials
	case 1:
	default:
		return "", ReasonSeveralCredentials
	}
	scheme, token, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ReasonNoCredentials
	}
	return strings.TrimLeft(token, " "), ""
}

// isToken68 reports whether s has the form of a token in a header (RFC 9110 section 11.2).
// Such text fits in a cookie as it is.
func isToken68(s string) bool {
	body := strings.TrimRight(s, "=")
	for i := range len(body) {
		if !token68[body[i]] {
			return false
		}
	}
	return body != ""
}

var token68 = func() (table [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/" {
		table[c] = true
	}
	return table
}()
