package inspect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// faults reports what is wrong with the JSON of a part.
func (d *decoder) faults(part Part, o object) {
	switch {
	case o.fault != nil:
		text := fmt.Sprintf("it is invalid at byte %d: %s", o.fault.offset+1, o.fault.reason)
		if o.fault.rest != "" {
			text += "; the rest: " + Quote(o.fault.rest)
		}
		d.warn("json-broken", part, "", text)
	case o.text == nil && part == Header:
		d.warn("json-broken", part, "", "it is not a JSON object, so this is not a token")
	}
	for _, name := range o.twice {
		top, _, _ := strings.Cut(name, ".")
		d.warn("twice", part, top, Quote(name)+" occurs twice: programs can read different values")
	}
	if o.badText && o.text != nil {
		d.warn("utf8", part, "", "it contains text that is not UTF-8")
	}
	if o.depth > 32 {
		d.warn("deep", part, "", fmt.Sprintf("it is nested %d levels deep", o.depth))
	}
}

// checkClaims looks at the claims.
func (d *decoder) checkClaims() {
	d.checkTypes()
	d.checkLifetime()
	whole := d.payload.fault == nil
	if _, ok := d.payload.get("iss"); !ok && whole {
		d.note("iss-missing", Payload, "", "it has no iss: it does not say who made it")
	}
	if _, ok := d.payload.get("aud"); !ok && whole {
		d.note("aud-missing", Payload, "", "it has no aud: any service that trusts its issuer may accept it")
	}
	if _, ok := d.payload.get("cnf"); ok {
		d.note("cnf", Payload, "cnf", "its sender must prove possession of a key; the token is not enough")
	}
	for _, m := range d.payload.members {
		d.checkContent(m)
	}
}

// checkTypes warns of registered claims with the wrong type (RFC 7519 section 4.1).
func (d *decoder) checkTypes() {
	for _, m := range d.payload.members {
		kind := m.Value[0]
		switch m.Name {
		case "iss", "sub", "jti":
			if kind != '"' {
				d.warn("claim-type", Payload, m.Name, "it is not a string")
			}
		case "aud":
			var list []string
			if kind != '"' && json.Unmarshal(m.Value, &list) != nil {
				d.warn("claim-type", Payload, m.Name, "it is neither a string nor an array of strings")
			}
		case "exp", "nbf", "iat":
			d.checkDate(m)
		}
	}
}

func (d *decoder) checkDate(m Member) {
	if _, ok := date(m.Value); ok {
		if t, _ := date(m.Value); m.Name == "exp" && strings.TrimLeft(string(m.Value), "-0.") == "" && t.Unix() == 0 {
			d.warn("date", Payload, m.Name, "it is 0, which means 1970, not never")
		}
		return
	}
	var millis json.Number
	if json.Unmarshal(m.Value, &millis) == nil && m.Value[0] != '"' {
		if n, err := millis.Float64(); err == nil && n >= 1e11 && n < 1e14*10 {
			d.warn("date", Payload, m.Name, "it looks like milliseconds; a date is in seconds: "+time.UnixMilli(int64(n)).UTC().Format("2006-01-02 15:04:05 UTC"))
			return
		}
		d.warn("date", Payload, m.Name, "it is not between the years 1970 and 9999")
		return
	}
	d.warn("claim-type", Payload, m.Name, "it is not a number; a date is in seconds since 1970")
}

// longLifetime is how long a token may last without a warning.
const longLifetime = time.Hour

func (d *decoder) checkLifetime() {
	raw, there := d.payload.get("exp")
	exp, ok := date(raw)
	switch {
	case !there && d.payload.fault != nil:
		return
	case !there:
		d.warn("exp-missing", Payload, "", "it has no exp: it never expires")
		return
	case !ok:
		return
	}
	from, what := d.now, "from now"
	for _, name := range []string{"nbf", "iat"} { // iat counts if both are there
		if raw, ok := d.payload.get(name); ok {
			if t, ok := date(raw); ok {
				from, what = t, "after "+name
			}
		}
	}
	switch life := exp.Sub(from); {
	case what != "from now" && life <= 0:
		d.warn("exp-order", Payload, "exp", "it is not "+what+": the token can never be accepted")
	case life > longLifetime:
		d.warn("lifetime", Payload, "exp", "it is "+duration(life)+" "+what+"; a stolen token can be used for that long")
	}
}

// Names of claims whose content should not be readable by everyone who has the token.
var (
	secretNames = set("password passwd pwd passphrase secret api_key apikey private_key privatekey access_key accesskey credential",
		"refresh_token refreshtoken access_token accesstoken otp pin cvv cvc card_number cardnumber credit_card creditcard ssn iban passport")
	personalNames = set("email phone phone_number birthdate birthday date_of_birth address gender")
	separators    = strings.NewReplacer("-", "_", ".", "_")
)

func set(lists ...string) map[string]bool {
	names := map[string]bool{}
	for _, list := range lists {
		for _, name := range strings.Fields(list) {
			names[name] = true
		}
	}
	return names
}

func (d *decoder) checkContent(m Member) {
	switch name := separators.Replace(strings.ToLower(m.Name)); {
	case isSecretName(name):
		d.warn("sensitive", Payload, m.Name, "it looks like a secret, and anyone who has the token can read it")
	case bytes.Contains(m.Value, []byte("PRIVATE KEY-----")):
		d.warn("sensitive", Payload, m.Name, "it contains a private key, and anyone who has the token can read it")
	case personalNames[name]:
		d.note("personal", Payload, m.Name, "it is about a person, and anyone who has the token can read it")
	}
}

// isSecretName reports whether a name is that of a secret, or begins or ends with one, such as
// user_password.
func isSecretName(name string) bool {
	if secretNames[name] {
		return true
	}
	for secret := range secretNames {
		if strings.HasPrefix(name, secret+"_") || strings.HasSuffix(name, "_"+secret) {
			return true
		}
	}
	return false
}

// The sizes above which common software refuses a token.
const (
	cookieLimit = 4096     // RFC 6265 section 6.1
	headerLimit = 8 << 10  // nginx, Apache
	parseLimit  = 16 << 10 // package jwt, Node.js
)

func (d *decoder) checkSize() {
	n := d.r.Bytes.Token
	switch {
	case n > parseLimit:
		d.warn("size", Header, "", fmt.Sprintf("the token has %d bytes: more than package jwt accepts by default, and Node.js for all headers (16 KiB)", n))
	case n > headerLimit-len("Authorization: Bearer \r\n"):
		d.warn("size", Header, "", fmt.Sprintf("the token has %d bytes: too many for a header line of nginx or Apache (8 KiB)", n))
	case n > cookieLimit-len("session="):
		d.warn("size", Header, "", fmt.Sprintf("the token has %d bytes: too many for a cookie (4096 including its name)", n))
	}
}
