//go:build unix || windows

package boltstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// A Config says where the file is.
type Config struct {
	// Path is the file. New creates it with mode 0600 if it does not exist; its folder
	// must exist. A file that exists must be one that New has created. Required.
	Path string

	// LockWait is how long New waits for another process that has the file open. 0 means
	// 10 seconds, which is enough for an old process that is shutting down; the longest is
	// 10 minutes.
	LockWait time.Duration
}

const (
	defaultLockWait = 10 * time.Second
	maxLockWait     = 10 * time.Minute
	lockRetry       = 50 * time.Millisecond
)

// New opens the file of cfg, or creates it. It returns an error that says what is wrong if
// the file
//
//   - is open elsewhere, and still is after LockWait or when ctx is done;
//   - is empty, or shorter than what it says of itself: it has been cut;
//   - is not of this package, or of a version of it that this one cannot read;
//   - is damaged, as far as opening it shows.
//
// It never replaces a file that exists. ctx is for New only.
func New(ctx context.Context, cfg Config) (*Store, error) {
	switch {
	case cfg.Path == "":
		return nil, errors.New("boltstore: Config.Path is empty; it is the file, for example /var/lib/app/sessions.db")
	case cfg.LockWait < 0 || cfg.LockWait > maxLockWait:
		return nil, fmt.Errorf("boltstore: Config.LockWait is %v; it must be between 0 and %v", cfg.LockWait, maxLockWait)
	case cfg.LockWait == 0:
		cfg.LockWait = defaultLockWait
	}
	if err := create(cfg.Path); err != nil {
		return nil, fmt.Errorf("boltstore: creating %s: %w", cfg.Path, err)
	}
	s, err := openLocked(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("boltstore: opening %s: %w", cfg.Path, err)
	}
	go s.run()
	return s, nil
}

// openLocked tries to open the file until nobody else has it open.
func openLocked(ctx context.Context, cfg Config) (*Store, error) {
	inUse := fmt.Errorf("another process has the file open, or this one has it twice (waited %v)", cfg.LockWait)
	ctx, cancel := context.WithTimeoutCause(ctx, cfg.LockWait, inUse)
	defer cancel()
	for {
		s, err := open(cfg.Path)
		if !errors.Is(err, bolterrors.ErrTimeout) {
			return s, err
		}
		select {
		case <-time.After(lockRetry):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// open opens the file at path, which exists. The error is bolt.ErrTimeout if somebody else
// has it open.
func open(path string) (*Store, error) {
	s := &Store{
		feed:    rand.Text() + " ",
		changes: make(chan *change),
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	err := guard(func() (err error) {
		s.db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout:      1, // it tries once
			FreelistType: bolt.FreelistMapType,
			NoStatistics: true,
			OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
				file, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
				if err != nil {
					return nil, err
				}
				return file, checkFile(file) // bbolt closes it
			},
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	s.update = s.db.Update
	if err := s.view(checkFormat); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}
