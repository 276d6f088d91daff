package jwttest

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cda17858/jwt"
)

// A probe is one thing to send.
type probe struct {
	variant string // "" if there is only one
	token   string
	warm    []string            // good tokens to send before it
	request func(*http.Request) // what else to do with the request

	// survive says that the service may accept it, if it does so quickly.
	survive bool
}

// A forge makes tokens with faults out of a good one.
type forge struct {
	token           string
	header, payload object
	sig             []byte
	now             time.Time

	public   []jwt.Key // the keys that are published
	attacker *key      // of the algorithm of the token, and known to nobody
	listener string    // the URL of a server of ours, or ""

	issuer *Issuer // nil if there is only the token
	signer *key    // the issuer's that has signed the token
	claims any     // of good tokens
	leeway time.Duration
	maxAge time.Duration
	other  *Issuer // another that the service trusts, or nil
}

// absent is the error of a fault that cannot be tried, and why.
type absent string

func (a absent) Error() string { return string(a) }

const noIssuer = absent("the issuer's keys are needed")

// forge returns a forge for tokens of the issuer.
func (iss *Issuer) forge(claims any) (*forge, error) {
	token, err := iss.token(claims)
	if err != nil {
		return nil, err
	}
	f := &forge{issuer: iss, signer: iss.signer(), claims: claims, now: iss.cfg.Now(), leeway: time.Minute}
	for _, k := range iss.Keys() {
		f.public = append(f.public, k.(jwt.Key))
	}
	return f, f.start(token)
}

func (f *forge) start(token string) (err error) {
	f.token = token
	if f.header, f.payload, f.sig, err = split(token); err != nil {
		return fmt.Errorf("jwttest: the good token: %w", err)
	}
	if f.attacker, err = newKey(jwt.Algorithm(f.header.text("alg"))); err != nil {
		return fmt.Errorf("jwttest: the good token: %w", err)
	}
	return nil
}

// signed returns a token of the issuer with these texts as header and payload. Without the
// issuer's key, its signature is that of the good token.
func (f *forge) signed(header, payload string) string {
	return f.signedInput(b64(header) + "." + b64(payload))
}

func (f *forge) signedInput(input string) string {
	if f.issuer == nil {
		return input + "." + b64(string(f.sig))
	}
	return mustSign(f.signer, input)
}

// forged returns a token that the attacker has signed.
func (f *forge) forged(header, payload object) string {
	return mustSign(f.attacker, b64(header.String())+"."+b64(payload.String()))
}

// mustSign signs with a key in memory, which cannot fail.
func mustSign(s jwt.Signer, input string) string {
	token, err := signInput(s, input)
	if err != nil {
		panic(err)
	}
	return token
}

// mac returns a token with an HMAC (RFC 2104) under any secret, even those that crypto/hmac
// refuses in FIPS mode.
func mac(alg jwt.Algorithm, secret []byte, header, payload object) string {
	hash := map[jwt.Algorithm]crypto.Hash{jwt.HS256: crypto.SHA256, jwt.HS384: crypto.SHA384, jwt.HS512: crypto.SHA512}[alg]
	input := b64(header.with("alg", quote(string(alg))).String()) + "." + b64(payload.String())
	if len(secret) > hash.New().BlockSize() {
		secret = digest(hash, secret)
	}
	inner := make([]byte, hash.New().BlockSize())
	copy(inner, secret)
	outer := bytes.Clone(inner)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	return input + "." + b64(string(digest(hash, outer, digest(hash, inner, []byte(input)))))
}

func digest(hash crypto.Hash, texts ...[]byte) []byte {
	h := hash.New()
	for _, text := range texts {
		h.Write(text)
	}
	return h.Sum(nil)
}

// admin is the payload that a forger would like.
func (f *forge) admin() object { return f.payload.with("sub", `"admin"`) }

func (f *forge) at(d time.Duration) string { return number(f.now.Add(d).Unix()) }

// keyOf returns a key of the issuer for an algorithm that begins with one of the prefixes.
func (f *forge) keyOf(prefixes ...string) (*key, error) {
	if f.issuer == nil {
		return nil, noIssuer
	}
	f.issuer.mu.Lock()
	defer f.issuer.mu.Unlock()
	for _, k := range f.issuer.keys {
		for _, p := range prefixes {
			if strings.HasPrefix(string(k.Algorithm()), p) {
				return k, nil
			}
		}
	}
	return nil, absent("the issuer has no key for " + strings.Join(prefixes, " or "))
}

func (f *forge) trap(kind trapKind) (trap, error) {
	if f.issuer == nil {
		return trap{}, noIssuer
	}
	for _, t := range f.issuer.traps {
		if t.kind == kind {
			return t, nil
		}
	}
	return trap{}, absent("the issuer publishes no traps (Config.Traps)")
}

// byTrap returns a token that is signed with a trap.
func (f *forge) byTrap(kind trapKind) ([]probe, error) {
	t, err := f.trap(kind)
	if err != nil {
		return nil, err
	}
	header := f.header.with("alg", quote(string(t.alg))).with("kid", quote(t.kid))
	input := b64(header.String()) + "." + b64(f.payload.String())
	sig, err := t.sign(input)
	return one(input + "." + b64(string(sig))), err
}

// as returns the header of a key.
func (f *forge) as(k jwt.Key) object {
	return f.header.with("alg", quote(string(k.Algorithm()))).with("kid", quote(k.KeyID()))
}

func one(token string) []probe { return []probe{{token: token}} }

// variants are texts by the names of variants.
type variants [][2]string

// headers returns a func that makes a token for each text of a header.
func headers(texts func(h object) variants) func(*forge) ([]probe, error) {
	return func(f *forge) ([]probe, error) {
		var ps []probe
		for _, v := range texts(f.header) {
			ps = append(ps, probe{variant: v[0], token: f.signed(v[1], f.payload.String())})
		}
		return ps, nil
	}
}

// payloads returns a func that makes a token for each text of a payload.
func payloads(texts func(f *forge, p object) variants) func(*forge) ([]probe, error) {
	return func(f *forge) ([]probe, error) {
		if f.issuer == nil {
			return nil, noIssuer
		}
		var ps []probe
		for _, v := range texts(f, f.payload) {
			ps = append(ps, probe{variant: v[0], token: f.signed(f.header.String(), v[1])})
		}
		return ps, nil
	}
}

// claim returns a func that makes a token for each value of a claim: JSON, by the name of
// the variant.
func claim(name string, values func(f *forge) variants) func(*forge) ([]probe, error) {
	return payloads(func(f *forge, p object) (vs variants) {
		for _, v := range values(f) {
			vs = append(vs, [2]string{v[0], p.with(name, v[1]).String()})
		}
		return vs
	})
}

// values is claim for JSON that does not depend on the token; it names the variants too.
func values(name string, json ...string) func(*forge) ([]probe, error) {
	return claim(name, func(*forge) (vs variants) {
		for _, v := range json {
			vs = append(vs, [2]string{v, v})
		}
		return vs
	})
}

func without(name string) func(*forge) ([]probe, error) {
	return payloads(func(_ *forge, p object) variants { return variants{{"", p.without(name).String()}} })
}

var errNoPublic = absent("no public key is known")

func isAbsent(err error) bool { var a absent; return errors.As(err, &a) }
