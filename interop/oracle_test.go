package interop

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

// The oracle is the rules once more, in the plainest form that there is, over the
// standard library: it shares no line with what it is compared to, and may be slow.
// For a token it returns the faults of the first stage of the check that has any.
func oracle(s setup, token string) []fault {
	if f := keyFaults(s.key); f != nil {
		return f
	}
	if len(token) > 16<<10 {
		return []fault{{"size", ""}}
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return []fault{{"parts", ""}}
	}
	head, rule := decodePart(parts[0])
	if rule != "" {
		return []fault{{rule, ""}}
	}
	header, faults := parseObject("header", head)
	if faults = append(faults, headerFaults(header)...); faults != nil {
		return faults
	}
	h := header.texts()
	sig, rule := decodePart(parts[2])
	switch {
	case h["alg"] != s.alg:
		return []fault{{"alg", ""}}
	case len(parts[2]) == 0:
		return []fault{{"unsigned", ""}}
	case rule != "":
		return []fault{{rule, ""}}
	case h["kid"] != "" && s.kid != "" && h["kid"] != s.kid:
		return []fault{{"kid", ""}}
	case !s.verify(parts[0]+"."+parts[1], sig):
		return []fault{{"signature", ""}}
	}
	payload, rule := decodePart(parts[1])
	if rule != "" {
		return []fault{{rule, ""}}
	}
	claims, faults := parseObject("payload", payload)
	if faults = append(faults, claimFaults(claims)...); faults != nil {
		return faults
	}
	if rule := policyFault(s, h["typ"], claims); rule != "" {
		return []fault{{rule, ""}}
	}
	return privateFaults(claims)
}

func decodePart(part string) (data []byte, rule string) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, c := range part {
		if !strings.ContainsRune(alphabet, c) {
			return nil, "alphabet"
		}
	}
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil || base64.RawURLEncoding.EncodeToString(data) != part {
		return nil, "canonical"
	}
	return data, ""
}

func headerFaults(header object) (faults []fault) {
	if header == nil {
		return nil
	}
	found := false
	for _, m := range header {
		switch m.name {
		case "crit", "b64":
			faults = append(faults, fault{m.name, ""})
		case "alg", "kid", "typ":
			if m.kind() != '"' {
				faults = append(faults, fault{m.name + "-type", ""})
			}
			found = found || m.name == "alg" && m.kind() == '"' && m.text() != ""
		}
	}
	if !found && len(faults) == 0 {
		faults = append(faults, fault{"alg-type", ""})
	}
	return faults
}

func claimFaults(claims object) (faults []fault) {
	for _, m := range claims {
		rule := ""
		switch m.name {
		case "iss", "sub", "jti":
			if m.kind() != '"' {
				rule = "string"
			}
		case "aud":
			if !m.isAudience() {
				rule = "aud-type"
			}
		case "exp", "nbf", "iat":
			if m.kind() != '0' {
				rule = "date"
			} else if _, ok := m.date(); !ok {
				rule = "date-range"
			}
		}
		if rule != "" {
			faults = append(faults, fault{rule, m.name})
		}
	}
	return faults
}

func privateFaults(claims object) (faults []fault) {
	for _, m := range claims {
		if m.name == "role" && m.kind() != '"' && m.kind() != 'n' || m.name == "level" && m.kind() != 'n' && !m.isInt64() {
			faults = append(faults, fault{"private", m.name})
		}
	}
	return faults
}

func policyFault(s setup, typ string, claims object) string {
	if short, ok := cutFold(typ, "application/"); ok && !strings.Contains(short, "/") {
		typ = short
	}
	if typ != "" && !(len(typ) == 3 && strings.ToLower(typ) == "jwt") {
		return "typ"
	}
	if m := claims.get("iss"); m == nil || m.text() != s.issuer {
		return "iss"
	}
	if m := claims.get("aud"); m == nil || !m.holds(s.aud) {
		return "aud"
	}
	for _, name := range []string{"nbf", "iat", "exp"} {
		m := claims.get(name)
		if m == nil {
			continue
		}
		seconds, _ := m.date()
		date := time.Unix(seconds, 0)
		if name == "exp" && !s.now.Before(date) || name != "exp" && s.now.Before(date) {
			return name
		}
	}
	if claims.get("exp") == nil {
		return "exp-missing"
	}
	return ""
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// keyFaults says what is wrong with a key for its algorithm.
func keyFaults(k *key) []fault {
	rule := ""
	switch public := k.public.(type) {
	case nil:
		text := bytes.TrimSpace(k.secret)
		switch {
		case bytes.Contains(text, []byte("-----BEGIN")), bytes.HasPrefix(text, []byte("ssh-")),
			bytes.HasPrefix(text, []byte("{")) && (bytes.Contains(text, []byte(`"kty"`)) || bytes.Contains(text, []byte(`"keys"`))):
			rule = "key-text"
		case len(k.secret) < k.hash().Size():
			rule = "key-hmac"
		}
	case *rsa.PublicKey:
		if n := public.N.BitLen(); n < 2048 || n > 8192 {
			rule = "key-rsa"
		}
	case *ecdsa.PublicKey:
		curve := map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[k.alg]
		if public.Curve.Params().Name != curve {
			rule = "key-type"
		}
	case ed25519.PublicKey:
		if smallOrder[hex.EncodeToString(public)] {
			rule = "key-order"
		}
	}
	if rule == "" {
		return nil
	}
	return []fault{{rule, ""}}
}

// smallOrder are the canonical encodings of the points of order 1, 2, 4 and 8.
var smallOrder = map[string]bool{
	"0100000000000000000000000000000000000000000000000000000000000000": true,
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f": true,
	"0000000000000000000000000000000000000000000000000000000000000000": true,
	"0000000000000000000000000000000000000000000000000000000000000080": true,
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05": true,
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85": true,
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a": true,
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa": true,
}
