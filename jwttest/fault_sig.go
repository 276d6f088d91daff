package jwttest

import (
	"encoding/asn1"
	"math/big"
	"strings"
	"time"
)

// Faults of the signature.
const (
	SigStripped         ID = "sig.stripped"
	SigPayloadSwapped   ID = "sig.payload-swapped"
	SigHeaderSwapped    ID = "sig.header-swapped"
	SigTruncated        ID = "sig.truncated"
	SigAllZero          ID = "sig.all-zero"
	SigAttackerKey      ID = "sig.attacker-key"
	SigForgedAndExpired ID = "sig.forged-and-expired"
	SigDER              ID = "sig.der"
	SigExtraBytes       ID = "sig.extra-bytes"
	SigOverDecodedParts ID = "sig.over-decoded-parts"
	SigOfOtherToken     ID = "sig.of-other-token"
)

func signatureFaults() []Fault {
	return []Fault{
		{ID: SigStripped, Text: "The signature has been removed, and the payload changed.", Severity: Forge,
			Reference: "RFC 7515 section 5.2", Advisory: "CVE-2020-28042", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				token := unsigned(f.header, f.admin())
				return []probe{{variant: "empty", token: token}, {variant: "two parts", token: strings.TrimSuffix(token, ".")}}, nil
			}},
		{ID: SigPayloadSwapped, Text: "The payload has been changed under the signature of a good token.", Severity: Forge,
			Reference: "RFC 7515 section 5.2", Advice: checkSignature, Implies: []ID{SigOfOtherToken, StateCacheConfusion},
			probes: func(f *forge) ([]probe, error) {
				return []probe{{token: b64(f.header.String()) + "." + b64(f.admin().with("jwttest", "1").String()) + "." + b64(string(f.sig)), warm: []string{f.token}}}, nil
			}},
		{ID: SigHeaderSwapped, Text: "The header has been changed under the signature of a good token.", Severity: Forge,
			Reference: "RFC 7515 section 5.2", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				return []probe{{token: b64(f.header.with("jwttest", "1").String()) + strings.TrimPrefix(f.token, b64(f.header.String())), warm: []string{f.token}}}, nil
			}},
		{ID: SigTruncated, Text: "The signature of a good token has been cut short.", Severity: Forge,
			Reference: "RFC 7515 section 5.2", Advisory: "CVE-2009-0217", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				input := f.token[:strings.LastIndexByte(f.token, '.')+1]
				return []probe{
					{variant: "half", token: input + b64(string(f.sig[:len(f.sig)/2])), warm: []string{f.token}},
					{variant: "one byte", token: input + b64(string(f.sig[:1])), warm: []string{f.token}},
				}, nil
			}},
		{ID: SigAllZero, Text: "The signature has the right length, and all its bytes are zero.", Severity: Forge,
			Reference: "RFC 7518 section 3.4", Advisory: "CVE-2022-21449", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				return one(unsigned(f.header, f.admin()) + b64(strings.Repeat("\x00", len(f.sig)))), nil
			}},
		{ID: SigAttackerKey, Text: "Somebody else's key has signed, under the kid of the issuer's.", Severity: Forge,
			Reference: "draft-ietf-oauth-rfc8725bis section 3.1", Advice: checkSignature,
			Implies: []ID{SigPayloadSwapped, SigHeaderSwapped, SigOfOtherToken, SigOverDecodedParts, KeyJWK, KeyJKU, KeyX5U, KeyX5C, StateCacheConfusion},
			probes:  func(f *forge) ([]probe, error) { return one(f.forged(f.header, f.admin())), nil }},
		{ID: SigForgedAndExpired, Text: "Somebody else's key has signed, and the token has expired, so that two errors are found at once.", Severity: Forge,
			Reference: "RFC 8725 section 3.3", Advisory: "CVE-2024-51744", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				return one(f.forged(f.header, f.admin().with("exp", f.at(-time.Hour)))), nil
			}},
		{ID: SigDER, Text: "The ECDSA signature is in DER instead of R and S side by side.", Severity: Malleable, Signed: true,
			Reference: "RFC 7518 section 3.4", Advice: strictForm, probes: der},
		{ID: SigExtraBytes, Text: "The signature has one byte more at its end.", Severity: Malleable, Signed: true,
			Reference: "RFC 7518 section 3", Advice: strictForm,
			probes: func(f *forge) ([]probe, error) {
				return []probe{
					{variant: "zero", token: f.token[:strings.LastIndexByte(f.token, '.')+1] + b64(string(f.sig)+"\x00")},
					{variant: "other", token: f.token[:strings.LastIndexByte(f.token, '.')+1] + b64(string(f.sig)+"x")},
				}, nil
			}},
		{ID: SigOverDecodedParts, Text: "The issuer has signed the texts of header and payload instead of their base64url.", Severity: Robust, Signed: true,
			Reference: "RFC 7515 section 5.1", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				signed := mustSign(f.signer, f.header.String()+"."+f.payload.String())
				return one(unsigned(f.header, f.payload) + signed[strings.LastIndexByte(signed, '.')+1:]), nil
			}},
		{ID: SigOfOtherToken, Text: "The signature belongs to another token of the issuer.", Severity: Forge, Signed: true,
			Reference: "RFC 7515 section 5.2", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				// Without the claim it could be the same token: not every algorithm is random.
				other := f.signed(f.header.String(), f.payload.with("jwttest", "1").String())
				return []probe{{token: other[:strings.LastIndexByte(other, '.')+1] + b64(string(f.sig)), warm: []string{f.token, other}}}, nil
			}},
	}
}

// unsigned returns a token with an empty signature.
func unsigned(header, payload object) string {
	return b64(header.String()) + "." + b64(payload.String()) + "."
}

func der(f *forge) ([]probe, error) {
	k, err := f.keyOf("ES")
	if err != nil {
		return nil, err
	}
	token := mustSign(k, b64(f.as(k).String())+"."+b64(f.payload.String()))
	_, _, sig, err := split(token)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	pair.R = new(big.Int).SetBytes(sig[:len(sig)/2])
	pair.S = new(big.Int).SetBytes(sig[len(sig)/2:])
	text, err := asn1.Marshal(pair)
	return one(token[:strings.LastIndexByte(token, '.')+1] + b64(string(text))), err
}
