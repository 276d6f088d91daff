package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
)

// A Store keeps the state of a ring: one short text, at most 1 MiB, that holds its
// private keys. [NewMemory] and [NewFolder] make one; a row of a database or a value
// of etcd, Consul or Redis can be one just as well. Several processes may share it.
//
// Its methods must be safe for concurrent use. Their errors are logged, and so must
// not quote the state.
type Store interface {
	// Load returns the state that was stored last and its version, which is not empty
	// and which no other state has had or will have. If none has ever been stored, it
	// returns an empty version and no error. The ring does not change state.
	//
	// Load must not return less than the last CompareAndSwap of any process stored: a
	// replica that lags behind is no Store.
	Load(ctx context.Context) (state []byte, version string, err error)

	// CompareAndSwap stores state if the version of what is stored is version still,
	// or, for an empty version, if nothing is. Both must happen in one step, so that of
	// several processes with the same version only one succeeds.
	//
	// Otherwise it stores nothing and returns an error that wraps ErrConflict. After any
	// other error, state may have been stored or not. When it returns nil, state must
	// outlive a crash. It must not keep or change state.
	CompareAndSwap(ctx context.Context, version string, state []byte) error
}

// ErrConflict is what CompareAndSwap of a [Store] returns, or wraps, if the version is
// not that of what is stored.
var ErrConflict = errors.New("keyring: another process has changed the keys meanwhile")

// NewMemory returns a Store that is lost with the process: for tests, and for a
// service whose tokens need not outlive it.
func NewMemory() Store { return new(memory) }

type memory struct{ last atomic.Pointer[memoryState] }

type memoryState struct {
	state   []byte
	version int
}

func (m *memory) Load(ctx context.Context) ([]byte, string, error) {
	last := m.last.Load()
	if last == nil {
		return nil, "", ctx.Err()
	}
	return bytes.Clone(last.state), strconv.Itoa(last.version), ctx.Err()
}

func (m *memory) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	last, have, next := m.last.Load(), "", 1
	if last != nil {
		have, next = strconv.Itoa(last.version), last.version+1
	}
	if have != version || !m.last.CompareAndSwap(last, &memoryState{bytes.Clone(state), next}) {
		return ErrConflict
	}
	return nil
}

// Reseal encrypts with secret what the store holds encrypted with old. Either may be
// nil, for keys in the clear; so it turns encryption on or off, or changes the secret.
// It works only if no process changes keys at the time, else the error wraps
// [ErrConflict]: call it again.
//
// Rings that have been made with the old secret go on with the keys that they have, and
// report that they cannot read the store. Make them anew with the new one.
func Reseal(ctx context.Context, store Store, old, secret []byte) error {
	from, err := newAEAD("the old secret", old)
	if err != nil {
		return err
	}
	to, err := newAEAD("the secret", secret)
	if err != nil {
		return err
	}
	data, version, err := store.Load(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("keyring: Load: %w", err)
	case version == "":
		return errors.New("keyring: Reseal: the store is empty")
	}
	plain, err := (&codec{aead: from}).open(data)
	if err != nil {
		return fmt.Errorf("keyring: what the store holds: %w", err)
	}
	if data, err = (&codec{aead: to}).seal(plain); err != nil {
		return fmt.Errorf("keyring: %w", err)
	}
	if err := store.CompareAndSwap(ctx, version, data); err != nil {
		return fmt.Errorf("keyring: CompareAndSwap: %w", err)
	}
	return nil
}
