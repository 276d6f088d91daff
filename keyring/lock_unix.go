//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package keyring

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the file called name, which it creates if need be, until unlock is
// called or the process ends. It returns nil and no error if another has locked it.
func tryLock(name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
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

// persist calls f, which may fail for a moment on Windows.
func persist(f func() error) error { return f() }
