package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/store"
)

// A Config says who signs, where sessions are kept and how long they live. P is the private
// claims of access tokens. It is checked by [New]; all instances of a service have the same.
type Config[P any] struct {
	// Signer signs access tokens. Required.
	Signer jwt.Signer

	// Verifier verifies them, for Parse. nil means the Signer, if it is a Verifier as a
	// keyring.Ring is, or what its method Verifier returns, as a [jwt.KeySigner] has it.
	Verifier jwt.Verifier

	// Algorithms are those that Parse accepts. nil means the Signer's. Set it while the
	// tokens of an earlier Signer with another algorithm are alive.
	Algorithms []jwt.Algorithm

	// Issuer, Audience and Type are the iss, aud and typ of access tokens. Issuer and
	// Audience are required; an empty Type means "at+jwt" (RFC 9068).
	Issuer   string
	Audience []string
	Type     string

	// Leeway is by how much the clocks of two instances may differ when one of them
	// parses the tokens of the other: 0 means 30 seconds, and the longest is 10 minutes.
	Leeway time.Duration

	// Keys authenticate refresh tokens. Each is 32 random bytes. The first makes tokens,
	// and all verify. To change it, append the new key on all instances, then move it to
	// the front on all, and remove the old one after Absolute. Required.
	Keys [][]byte

	// Store keeps the sessions. Required.
	Store store.Store

	// Access is how long an access token lives, less up to a twentieth. Required: 1
	// second to 24 hours. 5 to 15 minutes are usual.
	Access time.Duration

	// LongestAccess is Access, or the longest that it was for tokens that are still alive:
	// revocations are remembered for that long. Set it to the old value when you shorten
	// Access, until the tokens of that time have expired. 0 means Access.
	LongestAccess time.Duration

	// Idle is how long a session lives without a refresh, and Absolute how long it lives
	// whatever happens. Required: Access ≤ Idle ≤ Absolute ≤ 10 years.
	Idle, Absolute time.Duration

	// ShortIdle and ShortAbsolute are the same for sessions that are not
	// [Login].Persistent. 0 means 24 hours and 7 days, or Idle and Absolute if these are
	// shorter. They must not be longer than those.
	ShortIdle, ShortAbsolute time.Duration

	// Grace is how far apart requests with one refresh token may be that were sent
	// together, and how long a refresh token is good after its successor was first seen. 0
	// means 10 seconds; otherwise it is 1 second to 1 minute. A longer Grace would let a
	// thief share the session with the user.
	Grace time.Duration

	// Recovery is how long a client whose answer was lost can come back with the old
	// refresh token, in a session whose access tokens have been seen by a check. 0 means
	// 24 hours; the shortest is Grace. RecoveryUnchecked is for other sessions, in which a
	// thief could not be told from such a client. 0 means 60 seconds or Recovery, whichever
	// is shorter.
	Recovery, RecoveryUnchecked time.Duration

	// NotBefore, unless zero, ends all sessions whose last login was before it. Set it to
	// now after the store was restored from a backup, which does not know of later logouts.
	NotBefore time.Time

	// MaxSessions is how many sessions a user may have. A login beyond it ends the oldest.
	// 0 means no limit; for any other, Store must be a [store.Lister].
	MaxSessions int

	// Claims returns the private claims of an access token of s: today's roles of the user,
	// say. It is called at each login and once at each refresh. An error that wraps
	// [ErrEnd] ends the session; any other error means that the claims could not be determined,
	// and changes nothing. If s.Scope is not nil, P must have a method Scopes() []string,
	// and its scopes must be among s.Scope. Required.
	Claims func(ctx context.Context, s Session) (P, error)

	// Check says how Parse looks for revoked tokens. Its zero value does so within 5
	// seconds. NotBefore, Observe and Logger in it are those of Config if they are zero.
	Check CheckConfig

	// Observe, if not nil, is called for each event with the context of the operation. It
	// must return soon.
	Observe func(ctx context.Context, e Event)

	// Logger receives what Observe does. nil means that nothing is logged.
	Logger *slog.Logger

	// Now is the clock of iat and exp. nil means time.Now. Sessions live by the clock of
	// the store.
	Now func() time.Time
}

// Limits of lifetimes, and the defaults of those that have one.
const (
	maxAccess   = 24 * time.Hour
	maxAbsolute = 10 * 365 * 24 * time.Hour
	minGrace    = time.Second
	maxGrace    = time.Minute
	maxLeeway   = 10 * time.Minute

	defaultLeeway            = 30 * time.Second
	defaultGrace             = 10 * time.Second
	defaultRecovery          = 24 * time.Hour
	defaultRecoveryUnchecked = time.Minute
	defaultShortIdle         = 24 * time.Hour
	defaultShortAbsolute     = 7 * 24 * time.Hour
)

// Format prints nothing of the configuration, since it has keys.
func (c Config[P]) Format(f fmt.State, _ rune) { io.WriteString(f, "session.Config for "+c.Issuer) }

// complete checks c and fills in what is zero.
func (c *Config[P]) complete() error {
	if err := c.checkSigner(); err != nil {
		return err
	}
	switch {
	case check.IsNil(c.Store):
		return errors.New("session: Config.Store is nil; store.NewMemory makes one for tests")
	case strings.TrimSpace(c.Issuer) == "":
		return errors.New("session: Config.Issuer is empty; is an environment variable unset?")
	case len(c.Audience) == 0:
		return errors.New("session: Config.Audience is empty; name the services that accept the access tokens")
	case c.Claims == nil:
		return errors.New("session: Config.Claims is nil; set it to a func that returns the private claims of a user")
	case c.MaxSessions < 0:
		return errors.New("session: Config.MaxSessions is negative; 0 means no limit")
	}
	if _, ok := c.Store.(store.Lister); !ok && c.MaxSessions > 0 {
		return fmt.Errorf("session: Config.MaxSessions is %d, but %T is not a store.Lister; use another Store, or set it to 0", c.MaxSessions, c.Store)
	}
	if err := check.List(c.Audience); err != nil {
		return fmt.Errorf("session: Config.Audience: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Audience = slices.Clone(c.Audience)
	return cmp.Or(c.completeLifetimes(), c.completeGrace(), c.completeCheck())
}

func (c *Config[P]) checkSigner() error {
	if check.IsNil(c.Signer) {
		return errors.New("session: Config.Signer is nil")
	}
	if check.IsNil(c.Verifier) {
		switch s := c.Signer.(type) {
		case jwt.Verifier:
			c.Verifier = s
		case interface{ Verifier() jwt.KeyVerifier }:
			c.Verifier = s.Verifier()
		case interface{ Verifier() jwt.Verifier }:
			c.Verifier = s.Verifier()
		}
		if check.IsNil(c.Verifier) {
			return fmt.Errorf("session: Config.Verifier is nil, and %T is not a Verifier and has none; set it to what verifies the tokens of Config.Signer", c.Signer)
		}
	}
	if len(c.Algorithms) == 0 {
		c.Algorithms = []jwt.Algorithm{c.Signer.Algorithm()}
	}
	if !slices.Contains(c.Algorithms, c.Signer.Algorithm()) {
		return fmt.Errorf("session: Config.Algorithms is %v, without %s of Config.Signer; add it", c.Algorithms, c.Signer.Algorithm())
	}
	c.Type = cmp.Or(c.Type, "at+jwt")
	c.Leeway = cmp.Or(c.Leeway, defaultLeeway)
	return duration("Leeway", c.Leeway, time.Second, maxLeeway)
}

func (c *Config[P]) completeLifetimes() error {
	for _, f := range []struct {
		name  string
		value time.Duration
	}{{"Access", c.Access}, {"Idle", c.Idle}, {"Absolute", c.Absolute}} {
		if f.value == 0 {
			return fmt.Errorf("session: Config.%s is 0; set it, for example to 10 minutes of Access, 14 days of Idle and 90 days of Absolute", f.name)
		}
	}
	c.LongestAccess = cmp.Or(c.LongestAccess, c.Access)
	c.ShortIdle = cmp.Or(c.ShortIdle, max(c.Access, min(c.Idle, defaultShortIdle)))
	c.ShortAbsolute = cmp.Or(c.ShortAbsolute, max(c.ShortIdle, min(c.Absolute, defaultShortAbsolute)))
	return cmp.Or(
		duration("Access", c.Access, time.Second, maxAccess),
		duration("LongestAccess", c.LongestAccess, c.Access, maxAccess),
		duration("Absolute", c.Absolute, time.Second, maxAbsolute),
		notLonger("Access", c.Access, "Idle", c.Idle),
		notLonger("Idle", c.Idle, "Absolute", c.Absolute),
		notLonger("Access", c.Access, "ShortIdle", c.ShortIdle),
		notLonger("ShortIdle", c.ShortIdle, "Idle", c.Idle),
		notLonger("ShortIdle", c.ShortIdle, "ShortAbsolute", c.ShortAbsolute),
		notLonger("ShortAbsolute", c.ShortAbsolute, "Absolute", c.Absolute),
	)
}

func (c *Config[P]) completeGrace() error {
	c.Grace = cmp.Or(c.Grace, defaultGrace)
	c.Recovery = cmp.Or(c.Recovery, defaultRecovery)
	c.RecoveryUnchecked = cmp.Or(c.RecoveryUnchecked, min(c.Recovery, defaultRecoveryUnchecked))
	return cmp.Or(
		duration("Grace", c.Grace, minGrace, maxGrace),
		duration("Recovery", c.Recovery, minGrace, maxAbsolute),
		duration("RecoveryUnchecked", c.RecoveryUnchecked, minGrace, maxAbsolute),
		notLonger("Grace", c.Grace, "RecoveryUnchecked", c.RecoveryUnchecked),
		notLonger("RecoveryUnchecked", c.RecoveryUnchecked, "Recovery", c.Recovery),
	)
}

func (c *Config[P]) completeCheck() error {
	if !c.NotBefore.IsZero() && c.NotBefore.Unix() < 0 {
		return errors.New("session: Config.NotBefore is before 1970")
	}
	if !c.Check.NotBefore.IsZero() && !c.Check.NotBefore.Equal(c.NotBefore) {
		return errors.New("session: Config.Check.NotBefore is not Config.NotBefore; leave it zero")
	}
	c.Check.NotBefore = c.NotBefore
	c.Check.Logger = cmp.Or(c.Check.Logger, c.Logger)
	if c.Check.Observe == nil {
		c.Check.Observe = c.Observe
	}
	return c.Check.complete("Config.Check")
}

// rules returns what decide needs to know of c.
func (c *Config[P]) rules() rules {
	r := rules{
		issuer:            c.Issuer,
		grace:             millis(c.Grace.Milliseconds()),
		recovery:          millis(c.Recovery.Milliseconds()),
		recoveryUnchecked: millis(c.RecoveryUnchecked.Milliseconds()),
		idle:              millis(c.Idle.Milliseconds()),
		shortIdle:         millis(c.ShortIdle.Milliseconds()),
	}
	if !c.NotBefore.IsZero() {
		r.notBefore = newMillis(c.NotBefore)
	}
	return r
}

// policy returns the policy of Parse.
func (c *Config[P]) policy() jwt.Policy {
	return jwt.Policy{
		Algorithms: c.Algorithms,
		Issuers:    []string{c.Issuer},
		Audiences:  c.Audience,
		Types:      []string{c.Type},
		Required:   []string{"sub", "iat", "jti"},
		Leeway:     c.Leeway,
		Now:        c.Now,
	}
}

func duration(field string, d, low, high time.Duration) error {
	if err := check.Duration(d, low, high); err != nil {
		return fmt.Errorf("session: Config.%s %w", field, err)
	}
	return nil
}

func notLonger(shortName string, short time.Duration, longName string, long time.Duration) error {
	if short > long {
		return fmt.Errorf("session: Config.%s is %v, longer than Config.%s, %v; shorten the one or lengthen the other", shortName, short, longName, long)
	}
	return nil
}
