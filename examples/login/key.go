package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// openKey returns the private key in the file at path, and its public half. If there
// is no such file, it makes one with a new key.
func openKey(path string) (jwt.Signer, jwt.Verifier, error) {
	data, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, nil, err
		}
		data, err = readPrivate(path)
	}
	if err != nil {
		return nil, nil, err
	}
	signer, verifier, err := parseKey(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return signer, verifier, nil
}

// readPrivate returns the contents of a file that nobody but its owner can read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// Windows has no such permissions.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s has mode %04o, so that others have access to the key; make it 0600, and a new key if one of them may have read it", path, mode)
	}
	return io.ReadAll(f)
}

// makeKey writes a new key to path, all of it or nothing. If somebody else has been
// faster, theirs stays.
func makeKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// Unlike Rename, Link does not replace a file.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// parseKey returns the key in data, in PEM, and its public half. The kid is the
// thumbprint of the key, so that it is the same whenever the key is.
func parseKey(data []byte) (jwt.Signer, jwt.Verifier, error) {
	kid, err := jwk.ThumbprintPEM(data)
	if err != nil {
		return nil, nil, err
	}
	signer, err := jwt.ParsePrivateKey(jwt.ES256, kid, data)
	if err != nil {
		return nil, nil, err
	}
	return signer, signer.Verifier(), nil
}
