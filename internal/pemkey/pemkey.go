// Package pemkey reads one key from PEM. It is shared by the packages jwt and jwk.
package pemkey

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// onlyBlock returns the one PEM block in data.
func onlyBlock(data []byte) (*pem.Block, error) {
	block, rest := pem.Decode(data)
	if block != nil && block.Type == "EC PARAMETERS" { // the curve, which the key names as well
		block, rest = pem.Decode(rest)
	}
	switch {
	case block == nil:
		return nil, noBlock(data)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("data after the PEM block")
	}
	return block, nil
}

// noBlock says what stands where a PEM block should, if it is a usual mistake.
func noBlock(data []byte) error {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return errors.New("no PEM block but nothing; is an environment variable unset?")
	case text[0] == '{':
		return errors.New("no PEM block but JSON; package jwk reads keys in JSON")
	case bytes.HasPrefix(text, []byte("-----BEGIN ")) && bytes.Contains(text, []byte(`\n`)):
		return errors.New(`no PEM block: its line breaks are written as \n`)
	}
	return errors.New("no PEM block")
}

// Private returns the private key in data: PKCS#8, PKCS#1 or SEC 1. Its errors quote
// nothing of the key.
func Private(data []byte) (key crypto.PrivateKey, err error) {
	block, err := onlyBlock(data)
	if err != nil {
		return nil, err
	}
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
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("the private key is in OpenSSH's own form; ssh-keygen -p -m PKCS8 -f FILE changes the file")
	default:
		return nil, errors.New("the PEM block is none of PRIVATE KEY, RSA PRIVATE KEY and EC PRIVATE KEY")
	}
	if err != nil {
		// The library's error may quote the numbers of the key.
		return nil, fmt.Errorf("the %s is malformed", block.Type)
	}
	return key, nil
}

// Public returns the public key in data: SPKI, PKCS#1 or that of a certificate.
func Public(data []byte) (key crypto.PublicKey, err error) {
	block, err := onlyBlock(data)
	if err != nil {
		return nil, err
	}
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

// PublicHalf returns the public half of the key in data, which is as for [Public] or
// [Private]. Its errors quote nothing of a private key.
func PublicHalf(data []byte) (crypto.PublicKey, error) {
	block, err := onlyBlock(data)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return Public(data)
	}
	key, err := Private(data)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("no signature algorithm uses a %T", key)
	}
	return signer.Public(), nil
}
