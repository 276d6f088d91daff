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

// Names in a folder. A process that is killed may leave a temporary file behind; the
// next one that writes removes it.
const (
	stateFile = "keyring.json"
	tempFiles = "keyring*.tmp"
	lockFile  = "keyring.lock"
)

// lockRetry is the time between two attempts to lock the folder.
const lockRetry = 5 * time.Millisecond

// NewFolder returns a Store in the folder dir of a local file system. The keys are in the
// file keyring.json.
//
// The folder is made with mode 0700, and the file with mode 0600, when the first keys are
// stored. Later the file keeps its group and the rights of owner and group: give it
// mode 0640 for a ReadOnly ring of another user in that group. (The group loses its rights
// if the user of the process that writes is not in it.) These are refused:
//   - a folder or file that belongs neither to the effective user of the process nor to
//     root;
//   - a folder that everybody may write to: name a folder in it instead;
//   - a file that everybody may read, write or execute.
//
// Windows has no such owners and modes.
//
// The file is replaced as a whole: if a process is killed, or the machine stops, the old
// keys or the new ones are there.
//
// All processes of one machine may read. On Unix and Windows all may also write: they take
// turns by a lock that the system releases when a process ends. On Unix it is on the
// folder itself, and also on the file keyring.lock, for processes of older versions of this
// package; on Windows it is on the file. On other systems, and on a network file system
// whose locks are not reliable, only one process may write: make the rings of the others
// ReadOnly.
func NewFolder(dir string) Store { return &folder{dir: dir} }

type folder struct {
	dir string
	mu  sync.Mutex // held while locked, since not all systems have locks
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// Load implements [Store]. The version is the hash of the state. Keys and times change
// with every state, and a state that comes back is the same state.
func (f *folder) Load(ctx context.Context) ([]byte, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if f.dir == "" {
		return nil, "", errors.New("NewFolder was given no name")
	}
	if err := f.check(); err != nil {
		return nil, "", err
	}
	var state []byte
	err := persist(func() (err error) {
		state, err = readPrivate(f.path(stateFile))
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

// check refuses a folder that others can write to: they could have a ring sign with a key
// of theirs. A folder that is not there is fine.
func (f *folder) check() error {
	info, err := os.Stat(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%s has mode %04o: everybody may put keys there; chmod 700 it, or name a folder in it", f.dir, mode)
	}
	return checkOwner(f.dir, info)
}

// readPrivate reads a file that others cannot use.
func readPrivate(name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name) // to open a pipe could take forever
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
	if err := checkOwner(name, info); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, maxState+1))
}

// CompareAndSwap implements [Store].
func (f *folder) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	if err := f.check(); err != nil {
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
	for {
		if f.mu.TryLock() {
			unlock, err := tryLock(f.dir, f.path(lockFile))
			if unlock != nil {
				return func() { unlock(); f.mu.Unlock() }, nil
			}
			f.mu.Unlock()
			if err != nil {
				return nil, err
			}
		}
		if err := pause(ctx, lockRetry); err != nil {
			return nil, fmt.Errorf("%s is locked by another process: %w", f.dir, err)
		}
	}
}

// replace replaces the state. At each moment the old one or the new one is there, even
// after the machine has stopped.
func (f *folder) replace(state []byte) error {
	if err := f.removeTemp(); err != nil {
		return err
	}
	// A name of its own: should the lock fail, no process writes into the file of another.
	file, err := os.CreateTemp(f.dir, tempFiles) // with mode 0600
	if err != nil {
		return err
	}
	_, err = io.Copy(file, bytes.NewReader(state))
	if err == nil {
		err = f.inherit(file)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	err = persist(func() error { return os.Rename(file.Name(), f.path(stateFile)) })
	if err != nil {
		return err
	}
	return syncDir(f.dir)
}

// removeTemp removes what a process that was killed has left behind.
func (f *folder) removeTemp() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if temp, _ := filepath.Match(tempFiles, entry.Name()); !temp {
			continue
		}
		if err := os.Remove(f.path(entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// inherit gives file the group, and the rights of owner and group, of the state that it
// will replace.
func (f *folder) inherit(file *os.File) error {
	old, err := os.Stat(f.path(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return inherit(file, old)
}
