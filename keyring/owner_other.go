//go:build !unix && !js

package keyring

import (
	"io/fs"
	"os"
)

// checkOwner does nothing: files have no owners that could be compared everywhere.
func checkOwner(string, fs.FileInfo) error { return nil }

// inherit does nothing: a new file is for its owner only, where files have modes.
func inherit(*os.File, fs.FileInfo) error { return nil }
