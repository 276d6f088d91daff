package pemkey

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/cda17858/jwt/internal/strictjson"
)

const (
	aJWK     = "a JWK"
	anSSHKey = "an SSH key"
	inPEM    = "a PEM file"

	bom   = "\ufeff"
	blank = " \t\r\n" + bom
)

// Recognize says what data is if it is a key, public or private, or a certificate: in PEM,
// DER, JWK or SSH form, and that in UTF-16, hexadecimal or base64. It returns "" for
// everything else.
func Recognize(data []byte) string {
	what, encodings := recognize(data)
	return describe(what, encodings)
}

func describe(what string, encodings []string) string {
	return strings.Join(append([]string{what}, encodings...), " in ")
}

// recognize returns what data is, and the encodings around that, the inner first.
func recognize(data []byte) (what string, encodings []string) {
	switch k := derKind(data); {
	case k != unknown:
		return k.inDER(), nil
	case bytes.Contains(data, begin), bytes.Contains(data, []byte("---- BEGIN SSH2")):
		return inPEM, nil
	case isJWK(trim(data)):
		return aJWK, nil
	case isSSH(data):
		return anSSHKey, nil
	}
	for _, e := range []struct {
		name   string
		decode func([]byte) []byte
	}{{"UTF-16", fromUTF16}, {"hexadecimal", fromHex}, {"base64", fromBase64}} {
		// It ends, since what is decoded is shorter.
		if inner := e.decode(data); len(inner) > 0 {
			if what, encodings := recognize(inner); what != "" {
				return what, append(encodings, e.name)
			}
		}
	}
	return "", nil
}

// derKind returns the kind of the key that data is in DER, with or without white space
// after it.
func derKind(data []byte) kind {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(data, &v)
	if err != nil || len(bytes.Trim(rest, blank)) > 0 || len(v.FullBytes) > maxBlock {
		return unknown
	}
	k := kindOf(v.FullBytes)
	b := block{der: v.FullBytes}
	switch k {
	case privateKey:
		_, err = parsePrivate(b)
	case publicKey:
		_, err = parsePublic(b)
	case certificate:
		_, err = parseCertificate(b)
	}
	if _, ok := errors.AsType[unsupportedError](err); err != nil && !ok {
		return unknown
	}
	return k
}

// isJWK reports whether text is a JWK, a set of them, or has one anywhere in it.
func isJWK(text []byte) bool {
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	text = bytes.ToValidUTF8(text, []byte("?"))
	found := false
	if text[0] == '[' {
		return strictjson.AnyElements(text, func(v strictjson.Value) error {
			found = found || isJWK(v)
			return nil
		}) == nil && found
	}
	return strictjson.AnyMembers(text, func(name []byte, v strictjson.Value) error {
		member := string(name)
		found = found || member == "kty" && v.Kind() == '"' || member == "keys" && v.Kind() == '[' || isJWK(v)
		return nil
	}) == nil && found
}

// isSSH reports whether text has an SSH public key, as in authorized_keys, or is one in
// binary (RFC 4253 section 6.6).
func isSSH(text []byte) bool {
	if isSSHBlob(text) {
		return true
	}
	text = trim(text)
	for field := range bytes.FieldsSeq(text) {
		if bytes.HasPrefix(field, []byte("AAAA")) { // a length below 256
			head := bytes.TrimRight(field[:min(len(field), 64)], "=")
			if blob, err := base64.RawStdEncoding.DecodeString(string(head)); err == nil && isSSHBlob(blob) {
				return true
			}
		}
	}
	return false
}

func isSSHBlob(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	size := binary.BigEndian.Uint32(data)
	if size > 64 || len(data) <= 4+int(size) {
		return false
	}
	name := string(data[4 : 4+size])
	return slices.ContainsFunc([]string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}

// trim returns text without white space and quotation marks around it.
func trim(text []byte) []byte { return bytes.Trim(text, blank+`"'`) }

// fromUTF16 returns what is ASCII in UTF-16 text, all else as a question mark, or nil.
func fromUTF16(text []byte) []byte {
	text = text[:len(text)&^1]
	if len(text) == 0 {
		return nil
	}
	high := 0 // the place of the high byte
	switch {
	case text[0] == 0xfe && text[1] == 0xff, text[0] == 0:
	case text[0] == 0xff && text[1] == 0xfe, text[1] == 0:
		high = 1
	default:
		return nil
	}
	ascii := make([]byte, 0, len(text)/2)
	for unit := range slices.Chunk(text, 2) {
		c := unit[1-high]
		if unit[high] != 0 {
			c = '?'
		}
		ascii = append(ascii, c)
	}
	return bytes.TrimPrefix(ascii, []byte("?")) // the byte order mark
}

// fromHex returns what text is in hexadecimal, in groups or not, or nil.
func fromHex(text []byte) []byte {
	text = bytes.TrimPrefix(trim(text), []byte("0x"))
	return decodeText(text, hex.DecodeString, func(r rune) rune {
		if r == ':' {
			return -1
		}
		return r
	})
}

// fromBase64 returns what text is in either alphabet of base64, padded or not, or nil.
func fromBase64(text []byte) []byte {
	return decodeText(bytes.TrimRight(trim(text), "="), base64.RawStdEncoding.DecodeString, func(r rune) rune {
		switch r {
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	})
}

func decodeText(text []byte, decode func(string) ([]byte, error), change func(rune) rune) []byte {
	text = bytes.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return change(r)
	}, text)
	data, err := decode(string(text))
	if err != nil {
		return nil
	}
	return data
}
