package keyring

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// errSharingViolation says that another process has opened a file and does not share it.
const errSharingViolation = syscall.Errno(32)

// tryLock locks the file called name, which it creates if necessary, until unlock is
// called or the process ends. It returns nil and no error if another process has locked
// it. To lock the file is to open it without sharing it: it cannot be removed meanwhile.
func tryLock(_, name string) (unlock func(), err error) {
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case err == errSharingViolation:
		return nil, nil
	case err != nil:
		return nil, &os.PathError{Op: "lock", Path: name, Err: err}
	}
	return func() { syscall.CloseHandle(handle) }, nil
}

// syncDir does nothing: Windows has no such thing.
func syncDir(string) error { return nil }

// persist calls f until it succeeds, for at most two seconds: a file cannot be replaced
// while it is being read, nor read while it is being replaced.
func persist(f func() error) error {
	const tries, wait = 400, 5 * time.Millisecond
	for range tries {
		err := f()
		if !errors.Is(err, errSharingViolation) && !errors.Is(err, syscall.ERROR_ACCESS_DENIED) {
			return err
		}
		time.Sleep(wait)
	}
	return f()
}
