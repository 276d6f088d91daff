package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const secretBytes = 32

// completeSecrets reads the secrets that no variable sets from files in the data directory,
// which it creates at the first start.
func (c *config) completeSecrets() error {
	if c.refreshKeys == nil {
		key, err := secretFile(filepath.Join(c.data, "refresh.key"))
		if err != nil {
			return err
		}
		c.refreshKeys = [][]byte{key}
	}
	if c.keyringSecret == nil {
		var err error
		c.keyringSecret, err = secretFile(filepath.Join(c.data, "keyring.key"))
		return err
	}
	return nil
}

// secretFile returns the secret in a file. If the file does not exist, it generates the secret.
func secretFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, secretBytes)
		rand.Read(secret)
		return secret, writeSecret(path, base64.StdEncoding.EncodeToString(secret)+"\n")
	}
	if err != nil {
		return nil, err
	}
	return decodeSecret(path, string(text))
}

// writeSecret fails if the file exists, because another process has just created it.
func writeSecret(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
