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

// An account is a user. Tokens have the ID as sub, which is never given to another user; the
// Name may be.
type account struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Password passwordHash `json:"password"`
	Roles    []string     `json:"roles"`
	Disabled bool         `json:"disabled,omitempty"`
	Created  time.Time    `json:"created"`

	version uint64 // of its record
}

// roles are all that there are, and what each may do.
var roles = map[string][]string{
	"sales":   {"orders:read", "orders:write", "reports:read"},
	"support": {"orders:read"},
	"admin":   {"orders:read", "reports:read"},
}

// scopes returns what the account may do.
func (a *account) scopes() []string {
	var scopes []string
	for _, role := range a.Roles {
		scopes = append(scopes, roles[role]...)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// accounts keeps accounts in the store of the sessions, so that all processes see them. They
// have no expiry.
type accounts struct {
	store records
	space string // "accounts", or another for those of the demo
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
	rs, _, err := as.store.Load(ctx, key)
	if err != nil {
		return nil, err
	}
	return decodeAccount(rs[0])
}

func decodeAccount(r store.Record) (*account, error) {
	if r.Version == 0 {
		return nil, errNoAccount
	}
	a := &account{version: r.Version}
	if err := json.Unmarshal(r.Data, a); err != nil {
		return nil, fmt.Errorf("the record of an account cannot be read: %w", err)
	}
	return a, nil
}

// create stores a new account, and sets what is missing.
func (as *accounts) create(ctx context.Context, a account) error {
	a.ID, a.Created = rand.Text(), time.Now().UTC().Truncate(time.Second)
	return as.swap(ctx, &a)
}

// update changes an account. It calls change again if another process was faster.
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
	return nil, errors.New("the account changes too fast")
}

// swap stores a if nobody else has changed the account since a was loaded.
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

// list returns the first accounts, by name, whose names begin with start, and whether there
// are more.
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
		return errors.New("a name is 1 to 64 of a-z, 0-9, dot, dash and underscore, and begins with a letter or digit")
	}
	for _, role := range with {
		if roles[role] == nil {
			return fmt.Errorf("there is no role %q", role)
		}
	}
	return checkPassword(password)
}

// checkPassword wants length and nothing else (NIST SP 800-63B section 3.1.1.2). A service
// should refuse leaked passwords here as well.
func checkPassword(password string) error {
	if n := len([]rune(password)); n < 12 || len(password) > 1024 {
		return errors.New("a password has at least 12 characters")
	}
	return nil
}
