package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt/store"
)

// An account is a user. The ID is the sub of tokens, and is never reused. The Name may be.
type account struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Password passwordHash `json:"password"`
	Roles    []string     `json:"roles"`
	Disabled bool         `json:"disabled,omitempty"`
	Created  time.Time    `json:"created"`

	// PasswordChanged is when, by the clock of the store. Sessions that began before it end at
	// their next refresh, even if the service died before it could end them.
	PasswordChanged time.Time `json:"password_changed,omitzero"`

	version uint64    // of its record
	loaded  time.Time // by the clock of the store
}

// roles has all roles and their scopes.
var roles = map[string][]string{
	"sales":   {"orders:read", "orders:write", "reports:read"},
	"support": {"orders:read"},
	"admin":   {"orders:read", "reports:read"},
}

// scopes returns the scopes of the account.
func (a *account) scopes() []string {
	var scopes []string
	for _, role := range a.Roles {
		scopes = append(scopes, roles[role]...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// accounts keeps accounts in the store of the sessions, so that all processes share them. They do
// not expire.
type accounts struct {
	store records
	space string // "accounts", or "demo"
}

func (as *accounts) key(name string) string { return as.space + ":" + name }

var (
	errNoAccount = errors.New("no such account")
	errTaken     = errors.New("the name is taken")
	accountName  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
)

// load returns the account of that name. The error is errNoAccount if there is none.
func (as *accounts) load(ctx context.Context, name string) (*account, error) {
	key := as.key(name)
	if store.CheckKey(key) != nil {
		return nil, errNoAccount
	}
	rs, now, err := as.store.Load(ctx, key)
	if err != nil {
		return nil, err
	}
	a, err := decodeAccount(rs[0])
	if err == nil {
		a.loaded = now
	}
	return a, err
}

func decodeAccount(r store.Record) (*account, error) {
	if r.Version == 0 {
		return nil, errNoAccount
	}
	a := &account{version: r.Version}
	if err := json.Unmarshal(r.Data, a); err != nil {
		return nil, fmt.Errorf("invalid account record: %w", err)
	}
	return a, nil
}

// create stores a new account with a new ID. The error is errTaken if the name exists.
func (as *accounts) create(ctx context.Context, a account) error {
	a.ID, a.Created = rand.Text(), time.Now().UTC().Truncate(time.Second)
	return as.swap(ctx, &a)
}

// update changes an account. It calls change again if another process has changed the account.
func (as *accounts) update(ctx context.Context, name string, change func(*account) error) (*account, error) {
	for range 8 {
		a, err := as.load(ctx, name)
		if err != nil {
			return nil, err
		}
		if err := change(a); err != nil {
			return nil, err
		}
		if err := as.swap(ctx, a); err != errTaken {
			return a, err
		}
	}
	return nil, errors.New("the account is changed too often")
}

// changePassword gives an account a new password. The error is errBadLogin if somebody else has
// done that since checked was loaded.
func (as *accounts) changePassword(ctx context.Context, checked *account, hash passwordHash) error {
	_, err := as.update(ctx, checked.Name, func(a *account) error {
		if !a.hasPasswordOf(checked) {
			return errBadLogin
		}
		a.Password, a.PasswordChanged = hash, a.loaded.UTC().Truncate(time.Millisecond)
		return nil
	})
	return err
}

// swap stores a unless the account has been changed since a was loaded.
func (as *accounts) swap(ctx context.Context, a *account) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	r := store.Record{Version: store.NewVersion(), Data: data, Subject: as.space, Durable: true}
	ok, err := as.store.Swap(ctx, as.key(a.Name), a.version, r)
	switch {
	case err != nil:
		return err
	case !ok:
		return errTaken
	}
	a.version = r.Version
	return nil
}

// list returns up to most accounts whose names begin with start, sorted by name, and whether
// there are more.
func (as *accounts) list(ctx context.Context, start string, most int) (found []*account, more bool, err error) {
	keys, err := as.store.List(ctx, as.space)
	if err != nil {
		return nil, false, err
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return !strings.HasPrefix(key, as.key(start)) })
	slices.Sort(keys)
	if more = len(keys) > most; more {
		keys = keys[:most]
	}
	rs, _, err := as.store.Load(ctx, keys...)
	if err != nil {
		return nil, false, err
	}
	for _, r := range rs {
		a, err := decodeAccount(r)
		if err != nil {
			return nil, false, err
		}
		found = append(found, a)
	}
	return found, more, nil
}

// checkAccount says what is wrong with a new account.
func checkAccount(name, password string, with []string) error {
	if !accountName.MatchString(name) {
		return errors.New("a name must have 1 to 64 characters of a-z, 0-9, dot, dash and underscore, and begin with a letter or digit")
	}
	for _, role := range with {
		if roles[role] == nil {
			return fmt.Errorf("no such role: %q", role)
		}
	}
	return checkPassword(password)
}

// checkPassword checks only the length (NIST SP 800-63B section 3.1.1.2). A service should also
// refuse leaked passwords here.
func checkPassword(password string) error {
	if n := len([]rune(password)); n < 12 || len(password) > 1024 {
		return errors.New("a password must have at least 12 characters and at most 1024 bytes")
	}
	return nil
}
