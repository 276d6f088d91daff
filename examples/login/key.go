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

// openKey returns the Signer with the private key in the file at path. If there is no such
// file, it makes one with a new key.
func openKey(path string) (jwt.KeySigner, error) {
	data, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, err
		}
		data, err = readPrivate(path)
	}
	if err != nil {
		return nil, err
	}
	signer, err := parseKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return signer, nil
}

// readPrivate returns the contents of a regular file that only its owner can read.
func readPrivate(path string) ([]byte, error) {
	// Before it is opened: that would wait for the other end of a pipe.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
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
		return nil, fmt.Errorf("%s has mode %04o, so others have access to the key; chmod 600 it, and make a new key if one of them may have read it", path, mode)
	}
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}

// maxKeyFile is more bytes than a private key has.
const maxKeyFile = 64 << 10

// makeKey writes a new key to path, all of it or nothing. If another process was faster, its
// key stays.
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

// parseKey returns the Signer with the key in data, in PEM. The kid is the thumbprint of
// the key, so that it is the same whenever the key is.
func parseKey(data []byte) (jwt.KeySigner, error) {
	kid, err := jwk.ThumbprintPEM(data)
	if err != nil {
		return nil, err
	}
	return jwt.ParsePrivateKey(jwt.ES256, kid, data)
}
