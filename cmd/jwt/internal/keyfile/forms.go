package keyfile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"
)

// openSSH returns a key in one of OpenSSH's own forms as PEM that package jwt reads, or nil
// if text is in none of them.
func openSSH(text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte("-----BEGIN OPENSSH PRIVATE KEY-----")) {
		return openSSHPrivate(text)
	}
	for _, name := range []string{"ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-nistp"} {
		if bytes.HasPrefix(text, []byte(name)) {
			return openSSHPublic(text)
		}
	}
	return nil, nil
}

func openSSHPrivate(text []byte) ([]byte, error) {
	key, err := ssh.ParseRawPrivateKey(text)
	if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		return nil, errors.New("the OpenSSH key has a passphrase; ssh-keygen -p -f COPY removes it from a copy")
	}
	if err != nil {
		return nil, errors.New("the OpenSSH private key cannot be read")
	}
	if k, ok := key.(*ed25519.PrivateKey); ok {
		key = *k
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, errors.New("the OpenSSH key has a type that cannot sign tokens")
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func openSSHPublic(text []byte) ([]byte, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil, errors.New("the OpenSSH public key cannot be read")
	}
	c, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return nil, errors.New("the OpenSSH key has a type that cannot sign tokens")
	}
	der, err := x509.MarshalPKIXPublicKey(c.CryptoPublicKey())
	if err != nil {
		return nil, errors.New("the OpenSSH key has a type that cannot sign tokens")
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// fromDER returns a key or a certificate in DER as PEM, or nil if data is neither.
func fromDER(data []byte) []byte {
	if len(data) == 0 || data[0] != 0x30 {
		return nil
	}
	for _, form := range []struct {
		label string
		parse func([]byte) error
	}{
		{"PRIVATE KEY", with(x509.ParsePKCS8PrivateKey)},
		{"EC PRIVATE KEY", with(x509.ParseECPrivateKey)},
		{"RSA PRIVATE KEY", with(x509.ParsePKCS1PrivateKey)},
		{"PUBLIC KEY", with(x509.ParsePKIXPublicKey)},
		{"RSA PUBLIC KEY", with(x509.ParsePKCS1PublicKey)},
		{"CERTIFICATE", with(x509.ParseCertificate)},
	} {
		if form.parse(data) == nil {
			return pem.EncodeToMemory(&pem.Block{Type: form.label, Bytes: data})
		}
	}
	return nil
}

func with[T any](parse func([]byte) (T, error)) func([]byte) error {
	return func(data []byte) error {
		_, err := parse(data)
		return err
	}
}

// trimLine returns a secret without the end of line that editors and echo write behind it. A
// secret that is not text keeps all its bytes.
func trimLine(data []byte) []byte {
	if !utf8.Valid(data) {
		return data
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
}

// hasKeys reports whether data is an object with an array keys, so a JWK Set.
func hasKeys(data []byte) bool {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	return json.Unmarshal(data, &set) == nil && set.Keys != nil
}

// member returns a member of a JWK that is a string, or "".
func member(data []byte, name string) string {
	var members map[string]json.RawMessage
	var value string
	if json.Unmarshal(data, &members) != nil || json.Unmarshal(members[name], &value) != nil {
		return ""
	}
	return value
}

// withMember returns a JWK with a member set.
func withMember(data []byte, name, value string) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, errors.New("the JWK is not a JSON object")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	members[name] = text
	return json.Marshal(members)
}
