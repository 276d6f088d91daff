//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package keyring

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the folder dir, and the file called name in it, until unlock is called or
// the process ends. It returns nil and no error if another process has locked one of them.
//
// The folder is what counts: a file can be removed, by a cleaner of temporary files for
// example, and made anew while it is locked. The file is locked for the sake of processes
// of older versions, which lock nothing else, and of file systems that cannot lock a
// folder, as NFS.
func tryLock(dir, name string) (unlock func(), err error) {
	unlockDir, err := flock(dir, os.O_RDONLY)
	switch {
	case errors.Is(err, syscall.EBADF), errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.EINVAL):
		unlockDir = func() {}
	case unlockDir == nil:
		return nil, err
	}
	unlockFile, err := flock(name, os.O_RDWR|os.O_CREATE)
	if unlockFile == nil {
		unlockDir()
		return nil, err
	}
	return func() { unlockFile(); unlockDir() }, nil
}

// flock opens and locks a file or folder. It returns nil and no error if another process
// has locked it.
func flock(name string, flag int) (unlock func(), err error) {
	file, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if err == syscall.EWOULDBLOCK || err == syscall.EINTR {
			return nil, nil
		}
		return nil, &os.PathError{Op: "lock", Path: name, Err: err}
	}
	return func() { file.Close() }, nil
}

// syncDir makes a rename in dir outlive a crash, where the file system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// persist calls f, which only on Windows may fail for a moment.
func persist(f func() error) error { return f() }
