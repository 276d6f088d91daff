package keyring

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/store"
)

// A Store keeps the state of a ring: bytes that hold its private keys, at most 256 KiB.
// [NewFolder] and [InStore] make one. A row of a database or a value in etcd or Consul can
// be a Store as well. Several processes may share it.
//
// Its methods must be safe for concurrent use. Their errors are logged, and so must
// not quote the state.
type Store interface {
	// Load returns the state that was stored last, byte for byte, and its version. The
	// version is not empty, and no other state has had it or will have it. If none has
	// ever been stored, Load returns an empty version and no error. The ring does not
	// change state.
	//
	// Load must not return an older state than the last CompareAndSwap of any process
	// stored: a replica that lags behind is not a Store.
	Load(ctx context.Context) (state []byte, version string, err error)

	// CompareAndSwap stores state if version is still the version of what is stored. An
	// empty version means that nothing is stored. Comparing and storing must be one step:
	// of several processes with the same version, only one succeeds.
	//
	// If the version is another, CompareAndSwap stores nothing and returns an error that
	// wraps ErrConflict. After any other error, state may have been stored or not. When
	// it returns nil, state must outlive a crash. It must not keep or change state.
	CompareAndSwap(ctx context.Context, version string, state []byte) error
}

// ErrConflict is what CompareAndSwap of a [Store] returns or wraps if the version is not
// that of what is stored.
var ErrConflict = errors.New("keyring: another process has changed the keys meanwhile")

// InStore returns a Store that keeps the state of a ring as one durable record of s, under
// the key "k:" and name. So one [store.Store] serves keys and sessions. A name is 1 to 510
// bytes; rings of different names are independent.
//
// Anyone who can read s can read the keys: set Config.Secret.
func InStore(s store.Store, name string) Store { return &inStore{s, name} }

type inStore struct {
	store store.Store
	name  string
}

func (s *inStore) key() (string, error) {
	switch {
	case check.IsNil(s.store):
		return "", errors.New("InStore was given no store")
	case s.name == "":
		return "", errors.New("InStore was given no name")
	}
	return "k:" + s.name, nil
}

// Load implements [Store].
func (s *inStore) Load(ctx context.Context) ([]byte, string, error) {
	key, err := s.key()
	if err != nil {
		return nil, "", err
	}
	records, _, err := s.store.Load(ctx, key)
	switch {
	case err != nil:
		return nil, "", err
	case len(records) != 1:
		return nil, "", fmt.Errorf("the store returned %d records for one key", len(records))
	case records[0].Version == 0:
		return nil, "", nil
	}
	return records[0].Data, strconv.FormatUint(records[0].Version, 16), nil
}

// CompareAndSwap implements [Store].
func (s *inStore) CompareAndSwap(ctx context.Context, version string, state []byte) error {
	key, err := s.key()
	if err != nil {
		return err
	}
	var old uint64
	if version != "" {
		if old, err = strconv.ParseUint(version, 16, 64); err != nil {
			return ErrConflict // it is not from Load
		}
	}
	swapped, err := s.store.Swap(ctx, key, old, store.Record{Version: store.NewVersion(), Data: state, Durable: true})
	if err == nil && !swapped {
		err = ErrConflict
	}
	return err
}

// Reseal encrypts the keys in s with secret. They are encrypted with old now. Either
// may be nil, which means keys in the clear. So Reseal turns encryption on or off, or
// changes the secret. If a process changes the keys at the same time, the error wraps
// [ErrConflict]: call Reseal again.
//
// Rings that were made with the old secret go on with the keys that they have, and report
// that they cannot read the store. Make them anew with the new secret.
func Reseal(ctx context.Context, s Store, old, secret []byte) error {
	from, err := newAEAD("the old secret", old)
	if err != nil {
		return err
	}
	to, err := newAEAD("the secret", secret)
	if err != nil {
		return err
	}
	data, version, err := s.Load(ctx)
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
	if err := s.CompareAndSwap(ctx, version, data); err != nil {
		return fmt.Errorf("keyring: CompareAndSwap: %w", err)
	}
	return nil
}
