package inspect

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// headerMeanings says what header parameters are for: RFC 7515 section 4.1, RFC 7516 section
// 4.1, RFC 7518 section 4, RFC 7519 section 5, RFC 7797.
var headerMeanings = map[string]string{
	"alg": "the algorithm, RFC 7518", "kid": "which key", "typ": "the kind of token, a media type", "cty": "the kind of payload",
	"jku": "URL of keys", "jwk": "a key", "x5u": "URL of certificates", "x5c": "certificate chain",
	"x5t": "SHA-1 of a certificate", "x5t#S256": "SHA-256 of a certificate",
	"crit": "extensions that must be understood", "b64": "whether the payload is base64url, RFC 7797",
	"enc": "how the content is encrypted", "zip": "compressed before encryption",
	"epk": "ephemeral public key", "apu": "the producer, for the key agreement", "apv": "the recipient, for the key agreement",
	"iv": "initialisation vector of the key wrap", "tag": "tag of the key wrap", "p2s": "salt of PBES2", "p2c": "iterations of PBES2",
}

// claimMeanings says what claims are for: RFC 7519 section 4.1, and the claims of OpenID
// Connect and OAuth that are most common.
var claimMeanings = map[string]string{
	"iss": "issuer: who made the token", "sub": "subject: who the token is about", "aud": "audience: who may accept it",
	"exp": "expiration time", "nbf": "not before", "iat": "issued at", "jti": "ID of the token",
	"scope": "what the token permits, RFC 8693", "scp": "what the token permits", "client_id": "client that requested it, RFC 8693", "azp": "client that requested it",
	"nonce": "ties an ID token to the request for it", "auth_time": "when the user logged in",
	"acr": "how strongly the user logged in", "amr": "how the user logged in, RFC 8176", "sid": "session",
	"at_hash": "half the hash of the access token", "c_hash": "half the hash of the code",
	"cnf": "key that the sender must prove to have, RFC 7800", "act": "who acts for the subject, RFC 8693", "may_act": "who may act for the subject, RFC 8693",
	"roles": "RFC 9068", "groups": "RFC 9068", "entitlements": "RFC 9068", "events": "security events, RFC 8417",
	"htm": "method of the request, RFC 9449", "htu": "URL of the request, RFC 9449", "ath": "hash of the access token, RFC 9449",
	"updated_at": "when the profile was changed",
}

// dateClaims are the claims that hold a NumericDate.
var dateClaims = map[string]bool{"exp": true, "nbf": true, "iat": true, "auth_time": true, "updated_at": true}

// describe lists the members, with what they mean.
func (d *decoder) describe() {
	d.r.Members = make([]Member, 0, len(d.header.members)+len(d.payload.members))
	for _, m := range d.header.members {
		m.Part, m.Meaning = Header, headerMeanings[m.Name]
		d.r.Members = append(d.r.Members, m)
	}
	for _, m := range d.payload.members {
		m.Part, m.Meaning = Payload, claimMeanings[m.Name]
		if t, ok := date(m.Value); ok && dateClaims[m.Name] && !m.Partial {
			m.Date, m.When = t.Format("2006-01-02 15:04:05 UTC"), when(m.Name, t, d.now)
		}
		d.r.Members = append(d.r.Members, m)
	}
}

// maxDate is the last second of the year 9999, the latest date that package jwt accepts.
const maxDate = 253402300799

// date returns a NumericDate (RFC 7519 section 2) in whole seconds.
func date(value json.RawMessage) (time.Time, bool) {
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil || f < 0 || f >= maxDate+1 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0).UTC(), true
}

// when describes the date of a claim relative to now.
func when(name string, t, now time.Time) string {
	past := !now.Before(t)
	switch {
	case name == "exp" && past:
		return "expired " + ago(t, now)
	case name == "exp":
		return "expires " + ago(t, now)
	case name == "nbf" && !past:
		return "not valid yet, " + ago(t, now)
	case !past:
		return ago(t, now) + ", in the future"
	}
	return ago(t, now)
}

// ago returns the time between t and now: "in 14 min", "3 min ago".
func ago(t, now time.Time) string {
	switch d := now.Sub(t); {
	case t.Equal(now):
		return "now"
	case d >= 0:
		return duration(d) + " ago"
	default:
		return "in " + duration(-d)
	}
}

// duration returns d, which is not negative, in its largest unit, or in two units if there are
// fewer than three of the first.
func duration(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
	}{{"year", 365 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		n := d / u.size
		if n == 0 {
			continue
		}
		text := number(int(n), u.name)
		if i+1 < len(units) && n < 3 {
			if rest := d % u.size / units[i+1].size; rest > 0 {
				text += " " + number(int(rest), units[i+1].name)
			}
		}
		return text
	}
	return "less than 1 s"
}

func number(n int, unit string) string {
	if n != 1 && len(unit) > 3 || n != 1 && unit == "day" {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
