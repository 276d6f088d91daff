// Package keyfile reads a key in any common form: PEM of any kind, a certificate, DER,
// OpenSSH, a JWK, a JWK Set, or a secret. It determines which algorithms the key is for.
package keyfile

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// A File is a key that has been recognised, and not checked yet.
type File struct {
	form form
	data []byte // a JWK, a JWK Set, PEM or a secret

	short bool // a secret may be shorter than the hash
}

type form int

const (
	secretForm form = iota
	pemForm
	jwkForm
	setForm
)

// Read recognises the form of data. Anything that is not a key is a secret.
func Read(data []byte) (*File, error) {
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	switch {
	case len(text) == 0:
		return nil, errors.New("the key is empty")
	case text[0] == '{' && hasKeys(text):
		return &File{form: setForm, data: text}, nil
	case text[0] == '{':
		return &File{form: jwkForm, data: text}, nil
	}
	if pem, err := openSSH(text); pem != nil || err != nil {
		return &File{form: pemForm, data: pem}, err
	}
	if bytes.Contains(text, []byte("-----BEGIN")) || bytes.Contains(text, []byte("-----END")) {
		return &File{form: pemForm, data: data}, nil
	}
	for _, begin := range []string{"<!", "<html", "<?xml"} {
		if bytes.HasPrefix(bytes.ToLower(text[:min(len(text), len(begin))]), []byte(begin)) {
			return nil, errors.New("it is a page in HTML or XML, and not a key")
		}
	}
	if pem := fromDER(data); pem != nil {
		return &File{form: pemForm, data: pem}, nil
	}
	if bytes.HasPrefix(text, []byte("eyJ")) && bytes.Count(text, []byte(".")) == 2 {
		return nil, errors.New("it is a token, not a key")
	}
	return &File{form: secretForm, data: trimLine(data)}, nil
}

// Secret returns data as an HMAC secret, whatever it looks like.
func Secret(data []byte) *File { return &File{form: secretForm, data: data} }

// ReadSecret returns the HMAC secret that is written in text, in an encoding: hex, base64 or
// base64url.
func ReadSecret(text []byte, encoding string) (*File, error) {
	var secret []byte
	var err error
	switch trimmed := strings.TrimSpace(string(text)); encoding {
	case "hex":
		secret, err = hex.DecodeString(trimmed)
	case "base64":
		secret, err = base64.StdEncoding.DecodeString(trimmed)
	case "base64url":
		secret, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(trimmed, "="))
	default:
		return nil, errors.New("--secret-encoding must be hex, base64 or base64url")
	}
	if err != nil {
		return nil, fmt.Errorf("the secret is not %s", encoding)
	}
	return Secret(secret), nil
}

// IsSecret reports whether f is an HMAC secret, or a JWK of one.
func (f *File) IsSecret() bool {
	if f.form != jwkForm {
		return f.form == secretForm
	}
	return member(f.data, "kty") == "oct"
}

// IsText reports whether f has no form of its own, and so counts as a secret.
func (f *File) IsText() bool { return f.form == secretForm }

// Short reports whether f is a secret that is shorter than every hash of HMAC in a token.
func (f *File) Short() bool { return f.form == secretForm && len(f.data) < 32 }

// AllowShort says whether Signer takes a secret that is shorter than the hash.
func (f *File) AllowShort(yes bool) { f.short = yes }
