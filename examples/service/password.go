package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"time"

	"golang.org/x/crypto/argon2"
)

// A passwordHash is an argon2id hash of a password, with its parameters.
type passwordHash struct {
	Salt    []byte `json:"salt"`
	Hash    []byte `json:"hash"`
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

func (p *passwordHash) of(password string) []byte {
	return argon2.IDKey([]byte(password), p.Salt, p.Time, p.Memory, p.Threads, 32)
}

// A hasher hashes at most maxHashes passwords at a time, since each takes 19 MiB.
type hasher struct {
	memory uint32
	nobody passwordHash // stands in for an account that does not exist
	slots  chan struct{}
}

const (
	maxHashes   = 4
	hashTimeout = 3 * time.Second // how long a request waits for its turn
)

var errBusy = errors.New("too many passwords are being hashed")

func newHasher(memory uint32) *hasher {
	h := &hasher{memory: memory, slots: make(chan struct{}, maxHashes)}
	h.nobody = h.make(rand.Text())
	return h
}

// make uses the parameters of the OWASP Password Storage Cheat Sheet: 19 MiB (or -hash-memory),
// 2 passes, 1 thread.
func (h *hasher) make(password string) passwordHash {
	p := passwordHash{Salt: make([]byte, 16), Time: 2, Memory: h.memory, Threads: 1}
	rand.Read(p.Salt)
	p.Hash = p.of(password)
	return p
}

// wait waits for a turn. The caller must call done.
func (h *hasher) wait(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, hashTimeout, errBusy)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// hash returns the hash of a new password.
func (h *hasher) hash(ctx context.Context, password string) (passwordHash, error) {
	done, err := h.wait(ctx)
	if err != nil {
		return passwordHash{}, err
	}
	defer done()
	return h.make(password), nil
}

// matches reports whether p is the hash of the password. For a nil p it takes as long, and
// returns false.
func (h *hasher) matches(ctx context.Context, p *passwordHash, password string) (bool, error) {
	done, err := h.wait(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	known := p != nil
	if !known {
		p = &h.nobody
	}
	return subtle.ConstantTimeCompare(p.of(password), p.Hash) == 1 && known, nil
}
