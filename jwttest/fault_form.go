package jwttest

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"strings"
	"unicode/utf16"
)

// Faults of the form and of how texts are encoded.
const (
	FormBase64Padding          ID = "form.base64-padding"
	FormBase64UnusedBits       ID = "form.base64-unused-bits"
	FormBase64Whitespace       ID = "form.base64-whitespace"
	FormBase64StandardAlphabet ID = "form.base64-standard-alphabet"
	FormBlanksAround           ID = "form.blanks-around"
	FormFourParts              ID = "form.four-parts"
	FormJSONSerialisation      ID = "form.json-serialisation"
	FormFivePartsJWE           ID = "form.five-parts-jwe"
	FormNestedUnsigned         ID = "form.nested-unsigned"
	FormBadUTF8                ID = "form.bad-utf8"
	FormLoneSurrogate          ID = "form.lone-surrogate"
	FormByteOrderMark          ID = "form.byte-order-mark"
)

func formFaults() []Fault {
	const spelling = "draft-ietf-oauth-rfc8725bis section 3.14"
	return []Fault{
		{ID: FormBase64Padding, Text: "A part is padded with =.", Severity: Malleable, Reference: spelling, Advice: strictForm, probes: padded},
		{ID: FormBase64UnusedBits, Text: "Bits of the signature's last character that encode nothing are set.", Severity: Malleable,
			Reference: "RFC 4648 section 3.5", Advice: strictForm, probes: unusedBits},
		{ID: FormBase64Whitespace, Text: "There is white space within a part.", Severity: Malleable, Reference: spelling, Advice: strictForm,
			probes: func(f *forge) ([]probe, error) {
				cut := len(f.token) - 4
				return []probe{{variant: "space", token: f.token[:cut] + " " + f.token[cut:]}, {variant: "tab", token: f.token[:cut] + "\t" + f.token[cut:]},
					{variant: "line break", token: f.token[:cut] + "\n" + f.token[cut:]}}, nil
			}},
		{ID: FormBase64StandardAlphabet, Text: "The signature is written with + and / instead of - and _.", Severity: Malleable,
			Reference: "RFC 7515 section 2", Advice: strictForm, probes: standardAlphabet},
		{ID: FormBlanksAround, Text: "There is white space around the token.", Severity: Malleable, Reference: "RFC 6750 section 2.1", Advice: strictForm,
			probes: func(f *forge) ([]probe, error) {
				return []probe{{variant: "tab before", token: "\t" + f.token}, {variant: "no-break space before", token: "\u00a0" + f.token},
					{variant: "no-break space after", token: f.token + "\u00a0"}}, nil
			}},
		{ID: FormFourParts, Text: "The token has a fourth part.", Severity: Malleable, Reference: "RFC 7515 section 7.1", Advice: strictForm,
			probes: func(f *forge) ([]probe, error) {
				return []probe{{variant: "with text", token: f.token + ".e30"}, {variant: "empty", token: f.token + "."}, {variant: "empty, in front", token: "." + f.token}}, nil
			}},
		{ID: FormJSONSerialisation, Text: "It is not the compact serialisation, but that in JSON.", Severity: Malleable, Reference: "RFC 7519 section 1", Advice: strictForm,
			probes: func(f *forge) ([]probe, error) {
				p := strings.Split(f.token, ".")
				sig := object{{"protected", quote(p[0])}, {"signature", quote(p[2])}}
				return []probe{
					{variant: "flattened", token: object{{"payload", quote(p[1])}}.with("protected", quote(p[0])).with("signature", quote(p[2])).String()},
					{variant: "general", token: object{{"payload", quote(p[1])}, {"signatures", "[" + sig.String() + "]"}}.String()},
				}, nil
			}},
		{ID: FormFivePartsJWE, Text: "The claims are encrypted with a key that everybody knows, and not signed.", Severity: Forge,
			Reference: "RFC 8725 section 2.3", Advisory: "CVE-2023-51774", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				token, err := encrypted(object{{"alg", `"dir"`}, {"enc", `"A256GCM"`}, {"typ", `"JWT"`}}, f.admin().String())
				return one(token), err
			}},
		{ID: FormNestedUnsigned, Text: "An unsigned token is encrypted with a key that everybody knows.", Severity: Forge,
			Reference: "RFC 7519 section 5.2", Advisory: "GHSA-pm7g-w2cf-q238", Advice: checkSignature,
			probes: func(f *forge) ([]probe, error) {
				token, err := encrypted(object{{"alg", `"dir"`}, {"enc", `"A256GCM"`}, {"cty", `"JWT"`}}, unsigned(f.header.with("alg", `"none"`), f.admin()))
				return one(token), err
			}},
		{ID: FormBadUTF8, Text: "A claim is not UTF-8.", Severity: Robust, Signed: true, Reference: "RFC 8725 section 3.7", Advice: strictJSON,
			probes: values("jwttest", "\"\xff\"")},
		{ID: FormLoneSurrogate, Text: "A claim has half of a surrogate pair.", Severity: Robust, Signed: true, Reference: "RFC 8259 section 8.2", Advice: strictJSON,
			probes: values("jwttest", `"\ud800"`, `"\udc00\ud800"`)},
		{ID: FormByteOrderMark, Text: "The payload begins with a byte order mark, or is UTF-16.", Severity: Robust, Signed: true, Reference: "RFC 8259 section 8.1", Advice: strictJSON,
			probes: payloads(func(_ *forge, p object) variants {
				wide := "\xff\xfe"
				for _, unit := range utf16.Encode([]rune(p.String())) {
					wide += string([]byte{byte(unit), byte(unit >> 8)})
				}
				return variants{{"UTF-8", "\ufeff" + p.String()}, {"UTF-16", wide}}
			})},
	}
}

// padded pads the signature, and with the issuer's key also header and payload.
func padded(f *forge) ([]probe, error) {
	pad := func(part string) string { return part + strings.Repeat("=", (4-len(part)%4)%4) }
	p := strings.Split(f.token, ".")
	if len(p[2])%4 == 0 {
		p[2] += "==" // more than there should be
	}
	ps := []probe{{variant: "signature", token: p[0] + "." + p[1] + "." + pad(p[2])}}
	if f.issuer != nil {
		header := f.header.String()
		for len(header)%3 == 0 {
			header += " "
		}
		ps = append(ps, probe{variant: "header", token: f.signedInput(pad(b64(header)) + "." + b64(f.payload.String()))})
	}
	return ps, nil
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func unusedBits(f *forge) ([]probe, error) {
	last := len(f.token) - 1
	if len(f.sig)%3 == 0 {
		return nil, absent("every bit of the signature's last character counts")
	}
	i := strings.IndexByte(alphabet, f.token[last])
	return one(f.token[:last] + alphabet[i+1:i+2]), nil
}

// standardAlphabet makes tokens until one has a - or _ in its signature.
func standardAlphabet(f *forge) ([]probe, error) {
	token := f.token
	for range 100 {
		dot := strings.LastIndexByte(token, '.') + 1
		if sig := strings.NewReplacer("-", "+", "_", "/").Replace(token[dot:]); sig != token[dot:] {
			return one(token[:dot] + sig), nil
		}
		if f.issuer == nil {
			break
		}
		var err error
		if token, err = f.issuer.token(f.claims); err != nil {
			return nil, err
		}
	}
	return nil, absent("the signature has no - and no _")
}

// encrypted returns a JWE under a key of zeros (RFC 7516).
func encrypted(header object, plaintext string) (string, error) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return "", err
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return "", err
	}
	first := b64(header.String())
	box := gcm.Seal(nil, nil, []byte(plaintext), []byte(first)) // nonce, ciphertext, tag
	tag := len(box) - 16
	enc := base64.RawURLEncoding.EncodeToString
	return first + ".." + enc(box[:12]) + "." + enc(box[12:tag]) + "." + enc(box[tag:]), nil
}
