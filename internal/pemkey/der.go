package pemkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
)

// A kind is what a block holds. Its name is for errors.
type kind string

const (
	unknown     kind = ""
	ignored     kind = "parameters or a request"
	privateKey  kind = "private key"
	publicKey   kind = "public key"
	certificate kind = "certificate"
)

const inDER = " in DER"

func (k kind) inDER() string { return "a " + string(k) + inDER }

// kind says what b holds. The label decides only where the content does not.
func (b block) kind() kind {
	label := func(suffix string) bool { return strings.HasSuffix(b.label, suffix) }
	if label("PARAMETERS") || label("REQUEST") {
		return ignored
	}
	if k := kindOf(b.der); k != unknown {
		return k
	}
	switch { // encrypted, OpenSSH's own form, or malformed
	case label("PRIVATE KEY"):
		return privateKey
	case label("PUBLIC KEY"):
		return publicKey
	case label("CERTIFICATE"):
		return certificate
	}
	return unknown
}

// kindOf says what der is, by the types of its elements.
func kindOf(der []byte) kind {
	switch s := shape(elements(der)); {
	case s == "SSB": // RFC 5280 section 4.1
		return certificate
	case s == "SB", s == "II": // SPKI, RFC 5280 section 4.1; PKCS #1, RFC 8017 appendix A.1.1
		return publicKey
	case strings.HasPrefix(s, "ISO"), strings.HasPrefix(s, "IO"), // PKCS #8, RFC 5958; SEC 1, RFC 5915
		s == "SO",                           // PKCS #8, encrypted
		s == "IIIIIIIII", s == "IIIIIIIIIS", // PKCS #1, RFC 8017 appendix A.1.2
		s == "IIIIII": // DSA, as openssl writes it
		return privateKey
	}
	return unknown
}

// elements returns the elements of the SEQUENCE that der is.
func elements(der []byte) []asn1.RawValue {
	var all []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &all); err != nil || len(rest) > 0 {
		return nil
	}
	return all
}

// shape has a letter for the type of each element.
func shape(elements []asn1.RawValue) string {
	var s strings.Builder
	for _, e := range elements {
		letter := byte('-')
		if e.Class == asn1.ClassUniversal {
			switch e.Tag {
			case asn1.TagInteger:
				letter = 'I'
			case asn1.TagBitString:
				letter = 'B'
			case asn1.TagOctetString:
				letter = 'O'
			case asn1.TagSequence:
				letter = 'S'
			}
		}
		s.WriteByte(letter)
	}
	return s.String()
}

// parsePrivate returns the private key in b. Its errors quote nothing of it, as those of
// crypto/x509 may.
func parsePrivate(b block) (crypto.Signer, error) {
	var key any
	var err error
	switch s := shape(elements(b.der)); {
	case b.encrypted, s == "SO":
		return nil, unsupportedError("the private key is encrypted; openssl pkey -in FILE -out NEW decrypts it")
	case bytes.HasPrefix(b.der, []byte("openssh-key-v1\x00")):
		return nil, openSSHError(b.der)
	case strings.HasPrefix(s, "ISO"):
		key, err = x509.ParsePKCS8PrivateKey(b.der)
	case strings.HasPrefix(s, "IO"):
		key, err = x509.ParseECPrivateKey(b.der)
	default:
		key, err = x509.ParsePKCS1PrivateKey(b.der)
	}
	if signer, ok := key.(crypto.Signer); ok && err == nil && isSupported(signer.Public()) {
		return signer, nil
	}
	if err := unsupported(privateKey, b.der); err != nil {
		return nil, err
	}
	return nil, errors.New("the private key is malformed, or its numbers do not fit each other")
}

func parsePublic(b block) (key crypto.PublicKey, err error) {
	if shape(elements(b.der)) == "II" {
		key, err = x509.ParsePKCS1PublicKey(b.der)
	} else {
		key, err = x509.ParsePKIXPublicKey(b.der)
	}
	if err == nil && isSupported(key) {
		return key, nil
	}
	if err := unsupported(publicKey, b.der); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("the public key is malformed: %w", err)
}

func parseCertificate(b block) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(b.der)
	if err == nil {
		return cert, nil
	}
	if err := unsupported(certificate, b.der); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("the certificate is malformed: %w", err)
}

func certificateKey(cert *x509.Certificate) (crypto.PublicKey, error) {
	if isSupported(cert.PublicKey) {
		return cert.PublicKey, nil
	}
	if err := unsupported(certificate, cert.Raw); err != nil {
		return nil, err
	}
	return nil, errors.New("the key of the certificate is malformed")
}

func isSupported(key crypto.PublicKey) bool {
	switch key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}
