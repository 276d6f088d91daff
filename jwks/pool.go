package jwks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/cda17858/jwt"
)

// useTime is how long an issuer is in use after one of its tokens has been verified.
const useTime = time.Minute

// A PoolConfig says which issuers a Pool serves, and how. It is checked by [NewPool].
type PoolConfig struct {
	// Trust reports whether tokens of an issuer may be accepted. Required. It is called for
	// each token, with what the token says of itself, before any signature is verified. So
	// it must be quick, safe for concurrent use, and without I/O: a look into a map, or a
	// check that the host name ends in a domain of yours.
	Trust func(issuer string) bool

	// URL, if not nil, returns the URL of the JWK Set of an issuer that Trust accepts, or ""
	// if it knows none. It is called under the same conditions. If URL is nil, the metadata
	// of the issuer names the URL.
	URL func(issuer string) string

	// Client has the settings for each issuer. Its URL and Issuer must be empty. Set its
	// PublicOnly if Trust accepts issuers that users name. Observe and Logger are told of
	// the fetches of all issuers.
	Client Config

	// Limit is the number of issuers whose keys are kept. 0 means 100; the largest is
	// 100,000.
	Limit int

	// Budget is the number of fetches per minute for all issuers that are not in use, taken
	// together. After a quiet minute, that many may begin at once. 0 means 60; the largest is
	// 60,000.
	Budget int
}

// complete checks the PoolConfig and fills in what is 0.
func (cfg *PoolConfig) complete() error {
	if cfg.Trust == nil {
		return errors.New("jwks: PoolConfig.Trust is nil; it says whose tokens may be accepted")
	}
	if cfg.Client.URL != "" || cfg.Client.Issuer != "" {
		return errors.New("jwks: PoolConfig.Client has a URL or Issuer, which differ for each issuer; use PoolConfig.URL and Trust")
	}
	cfg.Client.URL = "https://localhost" // in place of the one that each issuer has
	if err := cfg.Client.complete(); err != nil {
		return fmt.Errorf("%w (in PoolConfig.Client)", err)
	}
	cfg.Client.URL = ""
	for _, f := range []struct {
		name          string
		n             *int
		high, instead int
	}{{"Limit", &cfg.Limit, 100_000, 100}, {"Budget", &cfg.Budget, 60_000, 60}} {
		if *f.n < 0 || *f.n > f.high {
			return fmt.Errorf("jwks: PoolConfig.%s is %d; 1 to %d are allowed, and 0 means %d", f.name, *f.n, f.high, f.instead)
		}
		*f.n = cmp.Or(*f.n, f.instead)
	}
	return nil
}

// A Pool has the keys of issuers that are not known when the program starts, such as one for
// each tenant. Its method Verifier is made for a [jwt.KeyFunc]. It is safe for concurrent
// use.
//
// An issuer is in use for one minute after one of its tokens has been verified.
//   - For an issuer in use, the set is refreshed and unknown kids are looked for as by a
//     [Client] of its own.
//   - All other issuers share one budget of fetches, [PoolConfig].Budget. Forged tokens in
//     their names cost no more than that.
//   - A full Pool evicts the issuer whose last verified token is the oldest, and never one
//     that is in use.
//   - A token that needs a fetch beyond the budget, or room in a Pool full of issuers in use,
//     is answered with [ErrLimited].
//
// A Pool fetches only when a token comes. After the lifetime of its set, the next token of an
// issuer waits for a new set, since the issuer may have withdrawn a key in between.
type Pool struct {
	cfg    PoolConfig
	owner  *owner
	budget *rate.Limiter
	start  time.Time

	mu      sync.Mutex
	members map[string]*member
}

// A member is the Client of one issuer of a Pool.
type member struct {
	pool   *Pool
	client *Client
	added  time.Duration // since pool.start
	good   atomic.Int64  // when it verified a signature last, in nanoseconds from pool.start; 0 if never
}

// NewPool returns a Pool, which works until ctx is done or Close is called. It does not wait
// for the network. The error names a setting that is missing or wrong, or wraps that of ctx
// if ctx is done already.
func NewPool(ctx context.Context, cfg PoolConfig) (*Pool, error) {
	if err := begin(ctx, "NewPool", cfg.complete); err != nil {
		return nil, err
	}
	p := &Pool{
		cfg:     cfg,
		owner:   newOwner(ctx, &cfg.Client),
		budget:  rate.NewLimiter(rate.Limit(float64(cfg.Budget)/60), cfg.Budget),
		start:   time.Now().Add(-useTime),
		members: make(map[string]*member),
	}
	go p.owner.run(func(ctx context.Context) { <-ctx.Done() })
	return p, nil
}

// Close ends all fetches and connections. It returns when they have ended and Observe has
// been told of all fetches. The keys that the Pool has stay in use until they are stale.
// Close always returns nil.
func (p *Pool) Close() error {
	if p.owner != nil {
		p.owner.close()
	}
	return nil
}

// Format prints the number of issuers whose keys the Pool has and nothing else, whatever
// the verb.
func (p *Pool) Format(f fmt.State, _ rune) {
	p.mu.Lock()
	n := len(p.members)
	p.mu.Unlock()
	io.WriteString(f, fmt.Sprintf("jwks.Pool(%d)", n))
}

// Verifier returns the Verifier of the keys of issuer, for one token. It does not wait,
// whatever ctx is; the Verifier does, as [Client.Verify] says.
//
// The error wraps [jwt.ErrUnknownKey] if the issuer is not trusted, or if keys may not be
// fetched from its URL. It wraps [ErrLimited] if the Pool does not have the keys of the issuer
// and the budget is spent, or the Pool is full of issuers in use.
func (p *Pool) Verifier(ctx context.Context, issuer string) (jwt.Verifier, error) {
	if p.owner == nil {
		return nil, errZeroPool
	}
	if issuer == "" || !p.cfg.Trust(issuer) {
		return nil, errUntrusted
	}
	p.mu.Lock()
	m := p.members[issuer]
	p.mu.Unlock()
	if m != nil {
		return m, nil
	}
	cfg := p.cfg.Client
	if p.cfg.URL != nil {
		cfg.URL = p.cfg.URL(issuer)
	} else {
		cfg.Issuer = issuer
	}
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("%w: %w", err, jwt.ErrUnknownKey)
	}
	return p.add(issuer, cfg)
}

var errZeroPool = errors.New("jwks: the Pool is zero; NewPool makes one")

var errUntrusted = fmt.Errorf("jwks: the issuer is not trusted: %w", jwt.ErrUnknownKey)

// add makes the member for issuer, unless another caller has, and begins its first fetch.
func (p *Pool) add(issuer string, cfg Config) (jwt.Verifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := p.members[issuer]; m != nil {
		return m, nil
	}
	if p.owner.ctx.Err() != nil {
		return nil, errClosed
	}
	if err := p.pay(); err != nil { // first, since it is cheap
		return nil, err
	}
	if err := p.makeRoom(); err != nil {
		return nil, err
	}
	m := &member{pool: p, client: newClient(cfg, p.owner), added: time.Since(p.start)}
	m.client.pay = m.pay
	m.client.join("", always) // which has been paid
	p.members[issuer] = m
	return m, nil
}

// makeRoom evicts, if the Pool is full, the issuer whose last good signature is the oldest;
// of those that have none, the one that came first. p.mu must be locked.
func (p *Pool) makeRoom() error {
	if len(p.members) < p.cfg.Limit {
		return nil
	}
	var oldest string
	var least *member
	for issuer, m := range p.members {
		if least == nil || cmp.Or(cmp.Compare(m.good.Load(), least.good.Load()), cmp.Compare(m.added, least.added)) < 0 {
			oldest, least = issuer, m
		}
	}
	if wait := least.inUse(); wait > 0 {
		return &limitedError{what: "the Pool is full of issuers in use", wait: wait}
	}
	delete(p.members, oldest)
	return nil
}

// inUse returns how long the issuer stays in use if no further token comes; 0 or less if it
// is not in use.
func (m *member) inUse() time.Duration {
	return useTime - (time.Since(m.pool.start) - time.Duration(m.good.Load()))
}

// pay takes a fetch from the budget.
func (p *Pool) pay() error {
	if !p.budget.Allow() {
		return &limitedError{what: "the issuer is not in use", wait: untilToken(p.budget)}
	}
	return nil
}

// pay lets an issuer in use fetch without the budget.
func (m *member) pay() error {
	if m.inUse() > 0 {
		return nil
	}
	return m.pool.pay()
}

// Verify implements [jwt.Verifier].
func (m *member) Verify(ctx context.Context, h jwt.Header, input, sig []byte) error {
	if err := m.renew(ctx, h.KeyID); err != nil {
		return err
	}
	err := m.client.Verify(ctx, h, input, sig)
	if err == nil {
		m.good.Store(int64(time.Since(m.pool.start)))
	}
	return err
}

// renew begins the fetch that is due, as refresh does for a Client of its own. It waits for
// the fetch only if the lifetime of the set has passed: the issuer may have withdrawn a key
// while none of its tokens came. If the last fetch has failed, the last good set goes on.
func (m *member) renew(ctx context.Context, kid string) error {
	c := m.client
	s, lastErr := c.set.Load(), c.lastErr()
	if s == nil || len(s.keys) == 0 {
		return nil // Verify asks for a fetch
	}
	due := func() error {
		if err := c.whenDue(); err != nil {
			return err
		}
		return m.pay()
	}
	f, err := c.join(kid, due)
	if err == jwt.ErrUnknownKey { // but a key without kid may verify it
		f, err = c.join("", due)
	}
	switch {
	case time.Since(s.fetched) < s.life || lastErr != nil:
		return nil
	case errors.Is(err, ErrLimited):
		return err
	case err != nil: // nothing is due, or the Pool is closed
		return nil
	}
	return c.wait(ctx, f)
}
