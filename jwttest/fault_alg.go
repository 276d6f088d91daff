package jwttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// Faults of the algorithm, and of what a key is taken for.
const (
	AlgNone              ID = "alg.none"
	AlgHSPublicPEM       ID = "alg.hs-public-pem"
	AlgHSPublicOtherForm ID = "alg.hs-public-other-form"
	AlgHSEmptyKey        ID = "alg.hs-empty-key"
	AlgHSCommonSecret    ID = "alg.hs-common-secret"
	AlgNotAllowed        ID = "alg.not-allowed"
	AlgOtherPadding      ID = "alg.other-padding"
	AlgPSSSalt           ID = "alg.pss-salt"
	AlgWrongCurve        ID = "alg.wrong-curve"
	AlgEdDSAName         ID = "alg.eddsa-name"
	AlgMissing           ID = "alg.missing"
	AlgNotString         ID = "alg.not-string"
	AlgTwice             ID = "alg.twice"
	AlgMemberCase        ID = "alg.member-case"
	AlgLowerCase         ID = "alg.lower-case"
	AlgEncKeySigns       ID = "alg.enc-key-signs"
)

func algorithmFaults() []Fault {
	const confused = "RFC 8725 section 3.1"
	return []Fault{
		{ID: AlgNone, Text: "The header says that there is no signature, and there is none.", Severity: Forge,
			Reference: "RFC 8725 section 3.2", Advisory: "CVE-2015-9235", Advice: pinAlgorithm,
			probes: func(f *forge) (ps []probe, _ error) {
				for _, none := range []string{"none", "None", "NONE", "nOnE"} {
					ps = append(ps, probe{variant: none, token: unsigned(f.header.with("alg", quote(none)), f.admin())})
				}
				return ps, nil
			}},
		{ID: AlgHSPublicPEM, Text: "An HMAC whose secret is the issuer's public key, as PEM.", Severity: Forge,
			Reference: confused, Advisory: "CVE-2016-10555", Advice: pinAlgorithm, probes: hsPublic(pemForms)},
		{ID: AlgHSPublicOtherForm, Text: "An HMAC whose secret is the issuer's public key, in another form than PEM with a line break at its end.", Severity: Forge,
			Reference: confused, Advisory: "CVE-2023-48223, CVE-2026-34950", Advice: pinAlgorithm, probes: hsPublic(otherForms)},
		{ID: AlgHSEmptyKey, Text: "An HMAC whose secret is empty.", Severity: Forge,
			Reference: "RFC 7518 section 3.2", Advisory: "CVE-2026-44699, CVE-2026-45363", Advice: pinAlgorithm,
			probes: func(f *forge) (ps []probe, _ error) {
				for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.HS384, jwt.HS512} {
					ps = append(ps, probe{variant: string(alg), token: mac(alg, nil, f.header, f.admin())})
				}
				return ps, nil
			}},
		{ID: AlgHSCommonSecret, Text: "An HMAC whose secret stands in many manuals.", Severity: Forge,
			Reference: "RFC 8725 section 3.5", Advice: pinAlgorithm,
			probes: func(f *forge) (ps []probe, _ error) {
				for _, secret := range []string{"secret", "your-256-bit-secret", "a-string-secret-at-least-256-bits-long", "changeme", "password", "key", "jwt", "test", "mysecret"} {
					ps = append(ps, probe{variant: secret, token: mac(jwt.HS256, []byte(secret), f.header, f.admin())})
				}
				return ps, nil
			}},
		{ID: AlgNotAllowed, Text: "The issuer's key has signed, with a hash that is not in the allowlist.", Severity: Widen, Signed: true,
			Reference: confused, Advice: pinAlgorithm, probes: otherHash},
		{ID: AlgOtherPadding, Text: "The issuer's RSA key has signed with the other padding: PKCS #1 for PSS, or the other way round.", Severity: Widen, Signed: true,
			Reference: "RFC 7518 section 3.5", Advice: pinAlgorithm, probes: otherPadding},
		{ID: AlgPSSSalt, Text: "The salt of the PSS signature is not as long as the hash.", Severity: Malleable, Signed: true,
			Reference: "RFC 7518 section 3.5", Advice: pinAlgorithm, probes: pssSalt},
		{ID: AlgWrongCurve, Text: "The issuer's P-256 key has signed under the name of an algorithm for another curve.", Severity: Widen, Signed: true,
			Reference: "RFC 7518 section 3.4", Advice: pinAlgorithm, probes: wrongCurve},
		{ID: AlgEdDSAName, Text: "The issuer's Ed25519 key has signed under the other of its two names, which is not in the allowlist.", Severity: Malleable, Signed: true,
			Reference: "RFC 9864 section 2.2", Advice: pinAlgorithm,
			probes: func(f *forge) ([]probe, error) {
				k, err := f.keyOf("Ed")
				if err != nil {
					return nil, err
				}
				other := map[jwt.Algorithm]string{jwt.EdDSA: "Ed25519", jwt.Ed25519: "EdDSA"}[k.Algorithm()]
				return one(mustSign(k, b64(f.as(k).with("alg", quote(other)).String())+"."+b64(f.payload.String()))), nil
			}},
		{ID: AlgMissing, Text: "The header has no alg.", Severity: Forge,
			Reference: "RFC 7515 section 4.1.1", Advisory: "CVE-2022-23540", Advice: pinAlgorithm,
			probes: headers(func(h object) variants { return variants{{"", h.without("alg").String()}} })},
		{ID: AlgNotString, Text: "alg is not a string.", Severity: Forge,
			Reference: "RFC 7515 section 4.1.1", Advice: pinAlgorithm,
			probes: headers(func(h object) (vs variants) {
				for _, v := range []string{"[" + h.get("alg") + "]", "null", "5", "true", "{}"} {
					vs = append(vs, [2]string{v, h.with("alg", v).String()})
				}
				return vs
			})},
		{ID: AlgTwice, Text: "The header has alg twice.", Severity: Forge,
			Reference: "RFC 7515 section 4", Advice: strictJSON,
			probes: headers(func(h object) variants {
				return variants{{"none first", "{" + `"alg":"none",` + h.String()[1:]}, {"none last", h.and("alg", `"none"`).String()}}
			})},
		{ID: AlgMemberCase, Text: "The name of alg is written in capitals.", Severity: Malleable,
			Reference: "RFC 7515 section 4", Advice: strictJSON,
			probes: headers(func(h object) variants { return variants{{"", h.renamed("alg", "ALG").String()}} })},
		{ID: AlgLowerCase, Text: "The value of alg is written in small letters.", Severity: Malleable, Signed: true,
			Reference: "RFC 7515 section 4.1.1", Advice: pinAlgorithm,
			probes: headers(func(h object) variants {
				return variants{{"", h.with("alg", quote(strings.ToLower(h.text("alg")))).String()}}
			})},
		{ID: AlgEncKeySigns, Text: "A key of the issuer that is for encryption has signed.", Severity: Widen, Signed: true,
			Reference: "RFC 7517 section 4.2", Advice: ownKeys,
			probes: func(f *forge) ([]probe, error) { return f.byTrap(encryptionKey) }},
	}
}

// hsPublic returns a func that makes tokens with an HMAC under each form of each public key.
func hsPublic(forms func(jwt.Key) (map[string][]byte, error)) func(*forge) ([]probe, error) {
	return func(f *forge) (ps []probe, _ error) {
		for _, k := range f.public {
			if k.PublicKey() == nil {
				continue
			}
			secrets, err := forms(k)
			if err != nil {
				return nil, err
			}
			for _, name := range slices.Sorted(maps.Keys(secrets)) {
				for _, alg := range []jwt.Algorithm{jwt.HS256, jwt.HS512} {
					ps = append(ps, probe{variant: name + " of the " + string(k.Algorithm()) + " key, " + string(alg), token: mac(alg, secrets[name], f.as(k), f.admin())})
				}
			}
		}
		if ps == nil {
			return nil, errNoPublic
		}
		return ps, nil
	}
}

func pemForms(k jwt.Key) (map[string][]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.PublicKey())
	return map[string][]byte{"PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}, err
}

func otherForms(k jwt.Key) (map[string][]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.PublicKey())
	if err != nil {
		return nil, err
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	forms := map[string][]byte{
		"PEM without its last line break": []byte(strings.TrimSuffix(text, "\n")),
		"PEM with CR":                     []byte(strings.ReplaceAll(text, "\n", "\r\n")),
		"DER":                             der,
	}
	if forms["JWK"], err = jwk.Marshal(k); err != nil {
		return nil, err
	}
	if public, ok := k.PublicKey().(*rsa.PublicKey); ok {
		forms["modulus"] = public.N.Bytes()
		pkcs1 := x509.MarshalPKCS1PublicKey(public)
		forms["PKCS #1 PEM"] = pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1})
	}
	return forms, nil
}

// resigned returns a token that k's private key has signed under another algorithm.
func resigned(f *forge, k *key, alg jwt.Algorithm) ([]probe, error) {
	s, err := jwt.NewSigner(alg, k.KeyID(), k.private)
	if err != nil {
		return nil, err
	}
	return one(mustSign(s, b64(f.as(s).String())+"."+b64(f.payload.String()))), nil
}

func otherHash(f *forge) ([]probe, error) {
	k, err := f.keyOf("RS", "PS")
	if err != nil {
		return nil, err
	}
	alg := jwt.Algorithm(k.Algorithm()[:2] + "512")
	if k.Algorithm() == alg {
		alg = k.Algorithm()[:2] + "384"
	}
	return resigned(f, k, alg)
}

func otherPadding(f *forge) ([]probe, error) {
	k, err := f.keyOf("RS", "PS")
	if err != nil {
		return nil, err
	}
	other := map[jwt.Algorithm]jwt.Algorithm{"R": "P", "P": "R"}[k.Algorithm()[:1]]
	return resigned(f, k, other+k.Algorithm()[1:])
}

func pssSalt(f *forge) ([]probe, error) {
	k, err := f.keyOf("PS256")
	if err != nil {
		return nil, err
	}
	input := b64(f.as(k).String()) + "." + b64(f.payload.String())
	var ps []probe
	for _, salt := range []int{20, 64} {
		sig, err := rsa.SignPSS(rand.Reader, k.private.(*rsa.PrivateKey), crypto.SHA256, digest(crypto.SHA256, []byte(input)), &rsa.PSSOptions{SaltLength: salt})
		if err != nil {
			continue // FIPS mode makes no long ones
		}
		ps = append(ps, probe{variant: fmt.Sprint(salt, " bytes"), token: input + "." + b64(string(sig))})
	}
	return ps, nil
}

func wrongCurve(f *forge) (ps []probe, _ error) {
	k, err := f.keyOf("ES256")
	if err != nil {
		return nil, err
	}
	for _, v := range []struct {
		alg  jwt.Algorithm
		hash crypto.Hash
	}{{jwt.ES384, crypto.SHA384}, {jwt.ES512, crypto.SHA512}} {
		input := b64(f.as(k).with("alg", quote(string(v.alg))).String()) + "." + b64(f.payload.String())
		r, s, err := ecdsa.Sign(rand.Reader, k.private.(*ecdsa.PrivateKey), digest(v.hash, []byte(input)))
		if err != nil {
			return nil, err
		}
		sig := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		ps = append(ps, probe{variant: string(v.alg), token: input + "." + b64(string(sig))})
	}
	return ps, nil
}
