package jwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// ParsePrivateKey returns a Signer for the private key in PEM: PKCS#8 ("PRIVATE
// KEY"), PKCS#1 ("RSA PRIVATE KEY") or SEC 1 ("EC PRIVATE KEY", also after "EC
// PARAMETERS", as openssl writes it). The key must be of the family of alg and as
// the constructor of that family says. Text before the block is ignored; text after
// it, an encrypted key and a public key are errors. kid may be empty.
func ParsePrivateKey(alg Algorithm, kid string, data []byte) (Signer, error) {
	block, err := onlyBlock(data)
	if err != nil {
		return nil, pemError(alg, err)
	}
	key, err := parsePrivateBlock(block)
	if err != nil {
		return nil, pemError(alg, err)
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return NewRSASigner(alg, kid, key)
	case *ecdsa.PrivateKey:
		return NewECDSASigner(alg, kid, key)
	case ed25519.PrivateKey:
		return NewEdDSASigner(alg, kid, key)
	}
	return nil, pemError(alg, fmt.Errorf("no signature algorithm uses a %T", key))
}

// ParsePublicKey returns a Verifier for the public key in PEM: SPKI ("PUBLIC KEY"),
// PKCS#1 ("RSA PUBLIC KEY") or an X.509 certificate, of which nothing but the key is
// looked at, neither dates nor chain. The key must be of the family of alg and as the
// constructor of that family says. Text before the block is ignored; text after it
// and a private key are errors. kid may be empty.
func ParsePublicKey(alg Algorithm, kid string, data []byte) (Verifier, error) {
	block, err := onlyBlock(data)
	if err != nil {
		return nil, pemError(alg, err)
	}
	key, err := parsePublicBlock(block)
	if err != nil {
		return nil, pemError(alg, err)
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		return NewRSAVerifier(alg, kid, key)
	case *ecdsa.PublicKey:
		return NewECDSAVerifier(alg, kid, key)
	case ed25519.PublicKey:
		return NewEdDSAVerifier(alg, kid, key)
	}
	return nil, pemError(alg, fmt.Errorf("no signature algorithm uses a %T", key))
}

func pemError(alg Algorithm, err error) error {
	if slices.Contains([]Algorithm{HS256, HS384, HS512}, alg) {
		err = errors.New("HMAC takes a secret, not PEM; NewHMACSigner and NewHMACVerifier do")
	}
	return fmt.Errorf("jwt: %s key: %w", alg, err)
}

// onlyBlock returns the one PEM block in data.
func onlyBlock(data []byte) (*pem.Block, error) {
	block, rest := pem.Decode(data)
	if block != nil && block.Type == "EC PARAMETERS" { // the curve, which the key names as well
		block, rest = pem.Decode(rest)
	}
	switch {
	case block == nil:
		return nil, errors.New("no PEM block")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("data after the PEM block")
	}
	return block, nil
}

func parsePrivateBlock(block *pem.Block) (key crypto.PrivateKey, err error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errors.New("the private key is encrypted; decrypt it first, with openssl pkey for example")
	}
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, fmt.Errorf("the PEM block is a %s; signing needs the private key", block.Type)
	default:
		return nil, errors.New("the PEM block is none of PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE KEY")
	}
	if err != nil {
		// The library's error may quote the numbers of the key.
		return nil, fmt.Errorf("the %s is malformed", block.Type)
	}
	return key, nil
}

func parsePublicBlock(block *pem.Block) (key crypto.PublicKey, err error) {
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = cert.PublicKey
		}
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return nil, fmt.Errorf("the PEM block is a %s; whoever verifies needs the public key alone", block.Type)
	default:
		return nil, errors.New("the PEM block is none of PUBLIC KEY, RSA PUBLIC KEY and CERTIFICATE")
	}
	if err != nil {
		return nil, fmt.Errorf("the %s is malformed: %w", block.Type, err)
	}
	return key, nil
}
