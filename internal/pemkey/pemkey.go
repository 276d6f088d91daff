// Package pemkey reads one key from PEM (RFC 7468), and recognizes keys in other forms.
// It is shared by the packages jwt and jwk.
package pemkey

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
)

// Private returns the one private key in data: PKCS #8, PKCS #1 or SEC 1, whatever its
// label says. Certificates beside it are ignored; a public key beside it must be its own.
// Its errors quote nothing of the key.
func Private(data []byte) (crypto.Signer, error) {
	f, err := read(data)
	switch {
	case err != nil:
		return nil, err
	case len(f.private) > 1:
		return nil, fmt.Errorf("%d private keys in PEM; one is wanted", len(f.private))
	case len(f.private) == 0 && len(f.public) > 0:
		return nil, errors.New("it is a public key; signing needs the private key")
	case len(f.private) == 0 && len(f.certificates) > 0:
		return nil, errors.New("it is a certificate; signing needs the private key")
	case len(f.private) == 0:
		return nil, errNoKey
	}
	key, err := parsePrivate(f.private[0])
	if err != nil {
		return nil, err
	}
	for _, block := range f.public {
		if public, err := parsePublic(block); err != nil {
			return nil, err
		} else if !equal(public, key.Public()) {
			return nil, errors.New("the public key beside the private key belongs to another key")
		}
	}
	return key, nil
}

// Public returns the one public key in data, SPKI or PKCS #1, or that of the first
// certificate of a chain, whatever their labels say.
func Public(data []byte) (crypto.PublicKey, error) {
	f, err := read(data)
	switch {
	case err != nil:
		return nil, err
	case len(f.private) > 0:
		return nil, errors.New("it has a private key; to verify, only the public key is needed: openssl pkey -in FILE -pubout -out NEW")
	case len(f.public) > 1:
		return nil, fmt.Errorf("%d public keys in PEM; one is wanted", len(f.public))
	case len(f.public) == 0 && len(f.certificates) == 0:
		return nil, errNoKey
	case len(f.certificates) == 0:
		return parsePublic(f.public[0])
	}
	leaf, err := parseChain(f.certificates)
	if err != nil {
		return nil, err
	}
	if len(f.public) == 1 {
		if key, err := parsePublic(f.public[0]); err != nil {
			return nil, err
		} else if !equal(key, leaf) {
			return nil, errors.New("the public key beside the certificate belongs to another key")
		}
	}
	return leaf, nil
}

// PublicHalf returns the public half of the key in data, which is as for [Private] if it
// has a private key, and as for [Public] if not. Its errors quote nothing of a private
// key.
func PublicHalf(data []byte) (crypto.PublicKey, error) {
	f, err := read(data)
	if err != nil {
		return nil, err
	}
	if len(f.private) == 0 {
		return Public(data)
	}
	key, err := Private(data)
	if err != nil {
		return nil, err
	}
	return key.Public(), nil
}

var errNoKey = errors.New("neither a key nor a certificate in PEM")

// A file is what a PEM file holds: DER by kind, in order.
type file struct {
	private, public, certificates []block
}

func read(data []byte) (*file, error) {
	blocks, err := decode(data)
	if err != nil {
		return nil, err
	}
	var f file
	for i, b := range blocks {
		switch b.kind() {
		case ignored:
		case privateKey:
			f.private = append(f.private, b)
		case publicKey:
			f.public = append(f.public, b)
		case certificate:
			f.certificates = append(f.certificates, b)
		default:
			return nil, fmt.Errorf("PEM block %d is neither a key nor a certificate", i+1)
		}
	}
	return &f, nil
}

func equal(a, b crypto.PublicKey) bool {
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}

// maxRSABits limits the work of checking a certificate's signature.
const maxRSABits = 8192

// parseChain returns the key of the first certificate, if each further one has signed the
// one before. It looks at neither names nor dates: a chain that is whole says which key is
// meant, not whether to trust it.
func parseChain(chain []block) (crypto.PublicKey, error) {
	var certs []*x509.Certificate
	for _, b := range chain {
		cert, err := parseCertificate(b)
		if err != nil {
			return nil, err
		}
		certs = append(certs, cert)
	}
	for i, issuer := range certs[1:] {
		cert := certs[i]
		if key, ok := issuer.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
			return nil, fmt.Errorf("certificate %d has a modulus of %d bits; at most %d are supported", i+2, key.N.BitLen(), maxRSABits)
		}
		if err := issuer.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature); err != nil {
			return nil, fmt.Errorf("certificate %d has not signed certificate %d, but in a chain, leaf first, each has signed the one before: %w", i+2, i+1, err)
		}
	}
	return certificateKey(certs[0])
}
