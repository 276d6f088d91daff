package keyring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Names in a folder. The temporary file may be left behind by a process that was
// killed; the next one to write removes it.
const (
	stateFile = "keyring.json"
	tempFile  = "keyring.tmp"
	lockFile  = "keyring.lock"
)

// lockRetry is the time between two attempts to lock the folder.
const lockRetry = 5 * time.Millisecond

// NewFolder returns a Store in the folder dir of a local file system, which is made
// with mode 0700 when the first key is stored. The keys are in a file keyring.json of
// mode 0600; one that everybody may read or write is refused, as is a folder that
// everybody may write to (name a folder in it instead), but on Windows, which has no such
// modes. They are replaced as a whole: a process that is killed, or a machine that stops,
// leaves the old ones or the new ones.
//
// All processes of one machine may read, and on Unix and Windows also write: they take
// turns by a lock on the file keyring.lock, which the system releases when a process
// ends. On other systems, and on a network file system whose locks cannot be relied
// upon, only one process may write; make the rings of others ReadOnly.
func NewFolder(dir string) Store { return &folder{dir: dir} }

type folder struct {
	dir string
	mu  sync.Mutex // held while locked, since not all systems have locks
}

// Load implements [Store]. The version is the hash of the state, which is never the
// same twice, since keys and times are not.
func (f *folder) Load(ctx context.Context) ([]byte, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if f.dir == "" {
		return nil, "", errors.New("NewFolder was given no name")
	}
	// Who can write to the folder can have a ring sign with a key of their own.
	if info, err := os.Stat(f.dir); err == nil && info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows" {
		return nil, "", fmt.Errorf("%s has mode %04o: everybody may put keys there; chmod 700 it, or name a folder in it", f.dir, info.Mode().Perm())
	}
	var state []byte
	err := persist(func() (err error) {
		state, err = readPrivate(filepath.Join(f.dir, stateFile))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(state)
	return state, hex.EncodeToString(sum[:]), nil
}

// readPrivate reads a file unless everybody may do so.
func readPrivate(name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", name) // a pipe would be waited for
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	// On Windows the bits mean nothing. A group may have rights: Kubernetes gives them
	// to all files of a volume with fsGroup.
	if mode := info.Mode().Perm(); mode&0o007 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s has mode %04o: everybody may use the keys; revoke them, and chmod 600 it", name, mode)
	}
	return io.ReadAll(io.LimitReader(file, maxState+1))
}

// CompareAndSwap implements [Store].
func (f *folder) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	unlock, err := f.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, have, err := f.Load(ctx)
	switch {
	case err != nil:
		return err
	case have != version:
		return ErrConflict
	}
	return f.replace(state)
}

// lock waits for its turn to write.
func (f *folder) lock(ctx context.Context) (unlock func(), err error) {
	name := filepath.Join(f.dir, lockFile)
	for {
		if f.mu.TryLock() {
			unlock, err := tryLock(name)
			if unlock != nil {
				return func() { unlock(); f.mu.Unlock() }, nil
			}
			f.mu.Unlock()
			if err != nil {
				return nil, err
			}
		}
		if err := pause(ctx, lockRetry); err != nil {
			return nil, fmt.Errorf("%s is locked by another process: %w", name, err)
		}
	}
}

// replace replaces the state such that at each moment the old one or the new one is
// there, also after the machine has stopped.
func (f *folder) replace(state []byte) error {
	temp := filepath.Join(f.dir, tempFile)
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, bytes.NewReader(state))
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	err = persist(func() error { return os.Rename(temp, filepath.Join(f.dir, stateFile)) })
	if err != nil {
		return err
	}
	return syncDir(f.dir)
}
