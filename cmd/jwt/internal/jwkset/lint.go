package jwkset

import (
	"crypto"
	"crypto/fips140"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cda17858/jwt/jwk"
)

// A Level says how much a finding matters.
type Level string

const (
	Error   Level = "error"   // a verifier that is in wide use cannot verify tokens, or must not
	Warning Level = "warning" // some verifiers have trouble, or rotation of keys does
	Note    Level = "note"    // good to know
)

// A Finding is something that verifiers will stumble over.
type Finding struct {
	Level Level  `json:"level"`
	Rule  string `json:"rule"`            // a name that does not change
	Index *int   `json:"index,omitempty"` // the place of the key in the set; nil if it is about the set
	KeyID string `json:"kid,omitempty"`
	Text  string `json:"text"`

	label string
}

// Label names the key to people, or is "".
func (f Finding) Label() string { return f.label }

// Lint returns what is wrong with a set, as verifiers in wide use see it. Where a finding
// says how go-jose, jwx, PyJWT or jose for JavaScript reads a set, a test of module interop proves
// it. About redirects, jwks-rsa and Nimbus it says what was read in their source.
func Lint(set *Set, now time.Time) []Finding {
	var l linter
	l.set(set)
	for i := range set.Keys {
		l.key(&set.Keys[i], len(set.Keys), now)
	}
	l.kids(set.Keys)
	if set.Answer != nil {
		l.answer(set.Answer)
	}
	return l.found
}

type linter struct{ found []Finding }

// add reports something about a key, or about the set if k is nil.
func (l *linter) add(level Level, rule string, k *Key, format string, args ...any) {
	f := Finding{Level: level, Rule: rule, Text: fmt.Sprintf(format, args...)}
	if k != nil {
		f.Index, f.KeyID, f.label = &k.Index, k.KeyID, k.Label()
	}
	l.found = append(l.found, f)
}

func (l *linter) set(set *Set) {
	usable := slices.ContainsFunc(set.Keys, func(k Key) bool { return k.Err == nil })
	switch {
	case len(set.Keys) == 0:
		l.add(Error, "empty", nil, "the set has no keys: verifiers take this to mean that all keys were revoked")
	case !usable:
		l.add(Error, "no-usable-key", nil, "none of the keys can verify a token")
	}
	if n := len(set.Data); n > 50<<10 {
		l.add(Error, "size", nil, "the set has %d bytes; Nimbus JOSE for Java reads at most 51200 by default", n)
	}
}

func (l *linter) key(k *Key, of int, now time.Time) {
	switch {
	case errors.Is(k.Err, jwk.ErrSecret) || errors.Is(k.Err, jwk.ErrPrivate):
		l.add(Error, "secret", k, "%v: anyone who can read the set can sign with it; revoke the key", k.Err)
		return
	case errors.Is(k.Err, jwk.ErrUse):
		l.add(Note, "use", k, "not a key for verifying: %v", k.Err)
		return
	case errors.Is(k.Err, jwk.ErrUnsupported):
		l.add(Warning, "unsupported", k, "%v: go-jose and jwx refuse the whole set for it", k.Err)
		return
	case k.Err != nil:
		l.add(Error, "unusable", k, "%v", k.Err)
		return
	}
	if k.KeyID == "" {
		level := Warning
		if of > 1 {
			level = Error
		}
		l.add(level, "kid-missing", k, "no kid: go-jose, jwx, PyJWT and jose for JavaScript find keys by kid, and a new key cannot be distinguished from the old one")
	}
	if k.Algorithm == "" {
		l.add(Warning, "alg-missing", k, "no alg: jwx ignores the key by default, and others guess")
	}
	if k.Use == "" && k.members["key_ops"] == nil {
		l.add(Note, "use-missing", k, "no use: write \"sig\", which old versions of jwks-rsa need")
	}
	l.spelling(k)
	l.certificates(k, now)
}

// spelling finds numbers that are not written as RFC 7518 says.
func (l *linter) spelling(k *Key) {
	canonical, err := jwk.Marshal(k.verifiers.Keys()[0])
	if err != nil {
		return
	}
	var want map[string]any
	if json.Unmarshal(canonical, &want) != nil {
		return
	}
	for _, name := range []string{"n", "e", "x", "y"} {
		if got := k.text(name); want[name] != nil && got != want[name] {
			l.add(Warning, "spelling", k, "%s is not written as RFC 7518 says (base64url without padding, no zeros too many or too few): go-jose refuses the whole set for some of that", name)
		}
	}
}

func (l *linter) certificates(k *Key, now time.Time) {
	var chain []string
	if k.members["x5c"] == nil {
		return
	}
	if json.Unmarshal(k.members["x5c"], &chain) != nil || len(chain) == 0 {
		l.add(Error, "x5c", k, "x5c is not a list of certificates: go-jose and jwx refuse the whole set for it")
		return
	}
	der, err := base64.StdEncoding.DecodeString(chain[0])
	cert, parseErr := x509.ParseCertificate(der)
	if err != nil || parseErr != nil {
		l.add(Error, "x5c", k, "the first certificate of x5c cannot be read: go-jose and jwx refuse the whole set for it")
		return
	}
	public := k.verifiers.Keys()[0].PublicKey().(interface{ Equal(crypto.PublicKey) bool })
	if !public.Equal(cert.PublicKey) {
		l.add(Error, "x5c", k, "the first certificate of x5c has another key: go-jose refuses the whole set for it")
	}
	if now.After(cert.NotAfter) {
		l.add(Warning, "x5c-expired", k, "the certificate in x5c expired on %s", cert.NotAfter.UTC().Format(time.DateOnly))
	}
	sha2 := sha256.Sum256(der)
	l.thumbprint(k, "x5t#S256", sha2[:])
	if !fips140.Enforced() { // where SHA-1 panics
		sha1 := sha1.Sum(der)
		l.thumbprint(k, "x5t", sha1[:])
	}
}

func (l *linter) thumbprint(k *Key, name string, sum []byte) {
	if got := k.text(name); got != "" && got != base64.RawURLEncoding.EncodeToString(sum) {
		l.add(Error, "x5t", k, "%s is not the thumbprint of the certificate: go-jose refuses the whole set for it", name)
	}
}

// kids finds keys with one name, and keys that are there twice.
func (l *linter) kids(keys []Key) {
	seen := map[string]*Key{}
	for i := range keys {
		k := &keys[i]
		if k.Err != nil || k.KeyID == "" {
			continue
		}
		first := seen[k.KeyID]
		switch {
		case first == nil:
			seen[k.KeyID] = k
		case first.Thumbprint == k.Thumbprint:
			l.add(Warning, "twice", k, "the key occurs twice (#%d and #%d): jose for JavaScript refuses a token that two keys could have signed", first.Index, k.Index)
		default:
			l.add(Error, "kid-twice", k, "two keys have this kid (#%d and #%d): go-jose, jwx and PyJWT try only the first, and jose for JavaScript refuses if both could have signed", first.Index, k.Index)
		}
	}
}

// answer judges how the set was served.
func (l *linter) answer(a *Answer) {
	if a.Redirected != "" {
		l.add(Error, "redirect", nil, "%s redirects: jose for JavaScript follows no redirect", a.Redirected)
	}
	if a.Took > 500*time.Millisecond {
		l.add(Warning, "slow", nil, "the answer took %d ms; Nimbus JOSE for Java waits 500 ms by default", a.Took.Milliseconds())
	}
	switch kind, _, _ := mime.ParseMediaType(a.Type); kind {
	case "application/json", "application/jwk-set+json":
	default:
		l.add(Warning, "content-type", nil, "Content-Type is %q; RFC 7517 has application/jwk-set+json, and application/json is usual", a.Type)
	}
	seconds, known := maxAge(a.Cache)
	switch {
	case !known:
		l.add(Warning, "cache", nil, "Cache-Control has no max-age: each verifier chooses for itself how long it trusts a key that you have withdrawn")
	case seconds > 86400:
		l.add(Warning, "cache", nil, "max-age is over a day: a revoked key is trusted for that long")
	case seconds < 60:
		l.add(Note, "cache", nil, "max-age is under a minute: verifiers fetch often, or ignore it")
	}
}

// maxAge returns the max-age of a Cache-Control header.
func maxAge(header string) (seconds int, known bool) {
	for directive := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		if strings.EqualFold(name, "max-age") {
			seconds, err := strconv.Atoi(strings.Trim(value, `"`))
			return seconds, err == nil
		}
	}
	return 0, false
}
