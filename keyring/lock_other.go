//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package keyring

// tryLock does nothing: there is only one process, or no lock that its death releases.
func tryLock(dir, name string) (unlock func(), err error) { return func() {}, nil }

// syncDir does nothing: directories cannot be synced everywhere.
func syncDir(string) error { return nil }

// persist calls f, which only on Windows may fail for a moment.
func persist(f func() error) error { return f() }
