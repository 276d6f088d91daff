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
	// Path is the file. New creates it with mode 0600 if it does not exist; its directory
	// must exist. An existing file must have been created by New. Required.
	Path string

	// LockWait is how long New waits while another process has the file open. 0 means
	// 10 seconds, enough for an old process that is shutting down. The maximum is
	// 10 minutes.
	LockWait time.Duration
}

const (
	defaultLockWait = 10 * time.Second
	maxLockWait     = 10 * time.Minute
	lockRetry       = 50 * time.Millisecond
)

// New opens the file of cfg, or creates it. It returns an error if the file
//
//   - is still open elsewhere after LockWait, or when ctx is done;
//   - is empty or truncated;
//   - was written by another program, or in a format that this version cannot read;
//   - is damaged, as far as opening it shows.
//
// It never replaces an existing file. ctx is for New only.
func New(ctx context.Context, cfg Config) (*Store, error) {
	switch {
	case cfg.Path == "":
		return nil, errors.New("boltstore: Config.Path is empty; set it to a file, for example /var/lib/app/sessions.db")
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

// openLocked retries open while the file is locked.
func openLocked(ctx context.Context, cfg Config) (*Store, error) {
	inUse := fmt.Errorf("the file is open in another process, or twice in this one (waited %v)", cfg.LockWait)
	ctx, cancel := context.WithTimeoutCause(ctx, cfg.LockWait, inUse)
	defer cancel()
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s, err := open(cfg.Path)
		if !errors.Is(err, bolterrors.ErrTimeout) {
			return s, err
		}
		select {
		case <-time.After(lockRetry):
		case <-ctx.Done():
		}
	}
}

// open opens the existing file at path. The error is bolt.ErrTimeout if the file is locked.
func open(path string) (*Store, error) {
	s := &Store{
		feed:    rand.Text() + " ",
		changes: make(chan *change),
		stop:    make(chan struct{}),
		stopped: make(chan struct{}),
	}
	err := guard(func() (err error) {
		s.db, err = bolt.Open(path, 0o600, &bolt.Options{
			Timeout:      1, // try once
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
