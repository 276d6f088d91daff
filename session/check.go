package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/check"
	"github.com/cda17858/jwt/store"
)

// A CheckConfig says how revoked access tokens are found. Its zero value finds them within
// 5 seconds, and without a request to the store for most of them.
type CheckConfig struct {
	// Staleness is the greatest age of the revocations that a check uses, if the store is a
	// [store.Feed]: a revoked token is refused everywhere within that time. If the feed
	// cannot be read in time, checks ask the store for each token; if that fails too, Parse
	// fails. 0 means 5 seconds; otherwise it is 100 milliseconds to 10 minutes.
	Staleness time.Duration

	// CheckEveryRequest asks the store for each token, so that a revocation counts at
	// once. A store that is not a Feed is always asked. It excludes Staleness.
	CheckEveryRequest bool

	// InsecureStaleOnOutage is how much longer than Staleness checks use the revocations
	// that they know, while the store cannot be reached: tokens that have been revoked
	// meanwhile are accepted. 0 means not at all; the longest is 24 hours. It excludes
	// CheckEveryRequest.
	InsecureStaleOnOutage time.Duration

	// ReadOnly says that checks must not write into the store. By default they mark the
	// session when the access token of a new refresh is seen first, which tells a lost
	// answer from a stolen token. Sessions whose access tokens no other check sees have
	// Config.RecoveryUnchecked.
	ReadOnly bool

	// NotBefore refuses the access tokens of all logins before it, as Config.NotBefore ends
	// their sessions. Set both to the same time.
	NotBefore time.Time

	// Observe, if not nil, is called for each event. It must return soon.
	Observe func(ctx context.Context, e Event)

	// Logger receives what Observe does. nil means that nothing is logged.
	Logger *slog.Logger
}

const (
	defaultStaleness = 5 * time.Second
	minStaleness     = 100 * time.Millisecond
	maxStaleness     = 10 * time.Minute
)

// complete checks c, which errors call name, and fills in what is zero.
func (c *CheckConfig) complete(name string) error {
	switch {
	case c.CheckEveryRequest && c.Staleness != 0:
		return fmt.Errorf("session: %s.CheckEveryRequest is set beside Staleness; remove one of them", name)
	case c.CheckEveryRequest && c.InsecureStaleOnOutage != 0:
		return fmt.Errorf("session: %s.CheckEveryRequest is set beside InsecureStaleOnOutage; remove one of them", name)
	case !c.NotBefore.IsZero() && c.NotBefore.Unix() < 0:
		return fmt.Errorf("session: %s.NotBefore is before 1970", name)
	}
	if err := check.Duration(c.Staleness, minStaleness, maxStaleness); err != nil {
		return fmt.Errorf("session: %s.Staleness %w", name, err)
	}
	if err := check.Duration(c.InsecureStaleOnOutage, minStaleness, 24*time.Hour); err != nil {
		return fmt.Errorf("session: %s.InsecureStaleOnOutage %w", name, err)
	}
	if c.Staleness == 0 && !c.CheckEveryRequest {
		c.Staleness = defaultStaleness
	}
	return nil
}

// A Checker turns an access token into claims, unless the token has been revoked.
// [NewChecker] makes one. It is safe for concurrent use. It is for services that share the
// store with the service that has [Sessions], whose own method is [Sessions.Parse].
type Checker[P any] struct {
	parse     func(ctx context.Context, token string) (*jwt.Claims[P], error)
	journal   *journal
	feed      *feed // nil if the store is asked each time
	visits    *visits
	tasks     *tasks
	outage    time.Duration
	notBefore millis
	readOnly  bool
}

// NewChecker returns a Checker over parse, which is Parser.Parse, or that of a cache, and
// verifies the tokens. s is the store of the sessions.
func NewChecker[P any](s store.Store, parse func(ctx context.Context, token string) (*jwt.Claims[P], error), cfg CheckConfig) (*Checker[P], error) {
	switch {
	case check.IsNil(s):
		return nil, errors.New("session: NewChecker: nil Store")
	case parse == nil:
		return nil, errors.New("session: NewChecker: nil parse; it is a Parser's Parse, for example")
	}
	if err := cfg.complete("CheckConfig"); err != nil {
		return nil, err
	}
	// How long a revocation is remembered is for the one who makes it to know. A Checker
	// announces only what that one has left unannounced, and takes the longest.
	return newChecker(newJournal(s, maxAccess+revocationMargin+cfg.Staleness), parse, cfg), nil
}

func newChecker[P any](j *journal, parse func(context.Context, string) (*jwt.Claims[P], error), cfg CheckConfig) *Checker[P] {
	c := &Checker[P]{
		parse: parse, journal: j, tasks: newTasks(),
		outage: cfg.InsecureStaleOnOutage, readOnly: cfg.ReadOnly,
	}
	if !cfg.NotBefore.IsZero() {
		c.notBefore = newMillis(cfg.NotBefore)
	}
	if j.feed != nil && !cfg.CheckEveryRequest {
		c.feed = newFeed(j.feed, cfg.Staleness, c.tasks, newReporter(cfg.Observe, cfg.Logger))
	}
	c.visits = &visits{visit: c.visit, tasks: c.tasks, seen: newSeen()}
	return c
}

// Close ends the background work of the Checker, and returns when it has ended. No method
// may be called afterwards. It always returns nil.
func (c *Checker[P]) Close() error {
	c.tasks.close()
	return nil
}

// Format prints "session checker", whatever the verb.
func (c *Checker[P]) Format(f fmt.State, _ rune) { io.WriteString(f, "session checker") }

// Parse returns the claims of token. A [*jwt.TokenError] means that it is refused: by
// the parser; because its jti is not that of a session, which is jwt.ErrMalformed; or
// because it has been revoked, which is jwt.ErrRevoked. Any other error means that it
// could not be checked.
func (c *Checker[P]) Parse(ctx context.Context, token string) (*jwt.Claims[P], error) {
	claims, err := c.parse(ctx, token)
	if err != nil {
		return nil, err
	}
	if claims == nil {
		return nil, errNoClaims
	}
	if err := c.check(ctx, claims.ID, claims.Issuer, claims.Subject); err != nil {
		return nil, err
	}
	return claims, nil
}

var errNoClaims = errors.New("session: parse returned neither claims nor an error")

// errForeignID is for a token that was not issued by Sessions.
var errForeignID = fmt.Errorf("%w: not the jti of a session", jwt.ErrMalformed)

func errRevoked() error { return &jwt.TokenError{Field: "jti", Err: jwt.ErrRevoked} }

func (c *Checker[P]) check(ctx context.Context, jti, issuer, subject string) error {
	a, ok := parseAccessID(jti)
	if !ok {
		return &jwt.TokenError{Field: "jti", Err: errForeignID}
	}
	if a.auth < c.notBefore {
		return errRevoked()
	}
	t := &checked{accessID: a, jti: jti, generation: c.visits.seen.generation(&a, issuer, subject)}
	var seen bool
	if t.user, seen = c.visits.seen.get(t.generation); !seen {
		t.user = newSubjectID(issuer, subject)
	}
	if c.feed == nil {
		return c.checkStore(ctx, t)
	}
	if err := c.feed.refresh(ctx); err != nil && !c.bearsOutage() {
		return c.checkStore(ctx, t)
	}
	if c.feed.known.has(&a, jti, t.user) {
		return errRevoked()
	}
	if !seen {
		c.see(t.generation, t.user)
	}
	return nil
}

// A checked is an access token that is being checked.
type checked struct {
	accessID
	jti        string
	generation generation
	user       subjectID
}

// bearsOutage reports whether the feed, which could not be read, may be used all the same.
func (c *Checker[P]) bearsOutage() bool {
	age, ever := c.feed.age()
	return ever && age < c.feed.stale+c.outage
}

// checkStore asks the store itself.
func (c *Checker[P]) checkStore(ctx context.Context, t *checked) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	rs, _, err := c.journal.read(ctx, subjectKey(t.user), sessionKey(t.session), revokedKey(t.jti))
	if err != nil {
		return err
	}
	u, err := decodeSubject(rs[0])
	if err != nil {
		return err
	}
	s, err := decodeSession(rs[1])
	if err != nil {
		return err
	}
	switch {
	case s.End != ending{} && !s.Told, u.NotBefore != 0 && !u.Told:
		g := t.generation
		g.gen = 0
		c.see(g, t.user)
	case s.Seen == 0 && s.Gen == t.gen:
		c.see(t.generation, t.user)
	}
	if s.Gen == 0 || s.End != (ending{}) || u.NotBefore > t.auth || rs[2].Version != 0 {
		return errRevoked()
	}
	return nil
}

// see has the session of g visited, once.
func (c *Checker[P]) see(g generation, user subjectID) {
	if c.readOnly {
		c.visits.seen.add(g, user)
	} else {
		c.visits.add(visit{g, user})
	}
}

// visit marks a session as seen, and announces what has ended without an announcement. If
// that fails, it is as if nobody had come.
func (c *Checker[P]) visit(ctx context.Context, v visit) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	f, err := c.journal.update(ctx, v.user, v.session, func(f *found) (record, bool, error) {
		next := f.session
		changed := false
		next.state, changed = next.mark(v.gen, f.now)
		return next, changed, nil
	})
	if err == nil {
		c.journal.tell(ctx, &f)
	}
}

// staleness returns how old is what checks go by, and 0 if they ask the store.
func (c *Checker[P]) staleness() time.Duration {
	if c.feed == nil {
		return 0
	}
	age, _ := c.feed.age()
	return age
}
