package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"time"

	"golang.org/x/crypto/argon2"
)

// hashCost is the cost of argon2id. The default of the flags is the first choice of
// the OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 thread.
type hashCost struct {
	time, memory uint32 // passes, KiB
	threads      uint8
}

func (c hashCost) hash(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, 32)
}

// users are the users in memory. A real service has them in a database, each with
// the cost that its password was hashed with.
type users struct {
	cost   hashCost
	byName map[string]user
	nobody user          // stands in for a user that does not exist
	slots  chan struct{} // one for each hash that may be computed at a time
}

type user struct {
	salt, hash []byte
	roles      []string
}

// At most maxHashes passwords are hashed at a time, since each takes much memory; a
// login waits hashTimeout for its turn.
const (
	maxHashes   = 4
	hashTimeout = 3 * time.Second
)

var (
	errBadLogin = errors.New("unknown user or wrong password")
	errBusy     = errors.New("too many logins at a time")
)

func newUsers(cost hashCost) *users {
	u := &users{cost: cost, byName: map[string]user{}, slots: make(chan struct{}, maxHashes)}
	u.nobody = u.newUser(rand.Text())
	return u
}

func (u *users) newUser(password string, roles ...string) user {
	salt := make([]byte, 16)
	rand.Read(salt)
	return user{salt, u.cost.hash(password, salt), roles}
}

// add must not be called once check is.
func (u *users) add(name, password string, roles ...string) {
	u.byName[name] = u.newUser(password, roles...)
}

// check returns the roles of the user with that name and password, or errBadLogin.
// It does the same work for a name that does not exist, so that the time it takes
// does not show which names exist. Any other error means that it could not check.
func (u *users) check(ctx context.Context, name, password string) ([]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, hashTimeout, errBusy)
	defer cancel()
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	user, known := u.byName[name]
	if !known {
		user = u.nobody
	}
	same := subtle.ConstantTimeCompare(u.cost.hash(password, user.salt), user.hash) == 1
	if !known || !same {
		return nil, errBadLogin
	}
	return user.roles, nil
}
