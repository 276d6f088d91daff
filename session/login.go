package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cda17858/jwt/internal/check"
)

// A Login is a user whom the application has just authenticated.
type Login struct {
	// Subject is the user: the sub of the tokens. Required: 1 to 256 bytes of UTF-8. It
	// must never be given to another user.
	Subject string

	// ACR and AMR say how the user was authenticated (OpenID Connect Core 1.0 section 2;
	// RFC 8176).
	ACR string
	AMR []string

	// Scope is what the user or client has been granted (RFC 6749 section 3.3). nil means
	// that Config.Claims decides each time. With ACR and AMR it has at most 4 KiB.
	Scope []string

	// Label is for the user's list of sessions: a User-Agent, say. It is cut to 256 bytes.
	Label string

	// Data is the application's own: a tenant, a device, who impersonates the user. It
	// has at most 1 KiB, and Config.Claims gets it back.
	Data []byte

	// Persistent says that the session is to outlive the browser, as apps and "remember
	// me" want it. Otherwise the refresh cookie ends with the browser, and the session
	// lives for Config.ShortIdle and ShortAbsolute.
	Persistent bool

	// Previous is the refresh token that the request of the login came with, if it had
	// one. Its session ends, so that no one goes on in a session that another began.
	Previous string `json:"-"`

	// EndOthers ends all other sessions of the user, wherever they are: for a new
	// password.
	EndOthers bool
}

// Format prints the subject, whatever the verb, since Previous is a secret.
func (l Login) Format(f fmt.State, _ rune) { io.WriteString(f, "login of "+l.Subject) }

const (
	maxSubject = 256
	maxLabel   = 256
	maxTexts   = 4 << 10
	maxLogin   = 1 << 10
)

func (l *Login) check() error {
	switch {
	case l.Subject == "":
		return errors.New("session: Login.Subject is empty")
	case len(l.Subject) > maxSubject:
		return fmt.Errorf("session: Login.Subject has %d bytes; at most %d are possible", len(l.Subject), maxSubject)
	case !utf8.ValidString(l.Subject):
		return errors.New("session: Login.Subject is not UTF-8")
	case len(l.Data) > maxLogin:
		return fmt.Errorf("session: Login.Data has %d bytes; at most %d are possible", len(l.Data), maxLogin)
	case l.Scope != nil && len(l.Scope) == 0:
		return errors.New("session: Login.Scope is empty; nil means that Config.Claims decides")
	}
	size := len(l.ACR)
	for _, list := range [][]string{l.AMR, l.Scope} {
		for _, text := range list {
			size += len(text) + 1
		}
	}
	if size > maxTexts {
		return fmt.Errorf("session: Login.ACR, AMR and Scope have %d bytes; at most %d are possible", size, maxTexts)
	}
	if !utf8.ValidString(l.ACR + strings.Join(l.AMR, "")) {
		return errors.New("session: Login.ACR or AMR is not UTF-8")
	}
	if err := checkScopeList(l.Scope); err != nil {
		return fmt.Errorf("session: Login.Scope: %w", err)
	}
	return nil
}

// checkScopeList refuses what is not a list of scope-tokens (RFC 6749 section 3.3).
func checkScopeList(scopes []string) error {
	for _, s := range scopes {
		if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
			return fmt.Errorf("%q has a space, a quote, a backslash or a character that is not ASCII", s)
		}
	}
	return check.List(scopes)
}

// label cuts a label to what is stored.
func label(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxLabel {
		return s
	}
	n := maxLabel
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// record returns the session that l begins, at the time of f.
func (s *Sessions[P]) record(l *Login, f *found, secret digest) record {
	// A login right after EndAll is later than what that ended.
	auth := max(f.now, f.subject.NotBefore)
	absolute := s.cfg.Absolute
	if !l.Persistent {
		absolute = s.cfg.ShortAbsolute
	}
	r := record{
		state: state{
			Subject: l.Subject, Secret: secret,
			Gen: 1, Rotated: f.now,
			Start: auth, Auth: auth,
			Absolute:   f.now + millis(absolute.Milliseconds()),
			Persistent: l.Persistent,
		},
		ACR: l.ACR, AMR: slices.Clone(l.AMR), Scope: slices.Clone(l.Scope),
		Label: label(l.Label), Data: slices.Clone(l.Data),
	}
	r.Idle = min(f.now+s.rules.idleOf(r.state), r.Absolute)
	return r
}

// Start begins a session for a user who has just logged in. It calls Config.Claims once,
// before anything is stored. The error is [ErrEnd] if that is what Config.Claims returned;
// any other means that the login is wrong or could not be done. After an error nobody has a
// token of a new session, but the session of Login.Previous may have ended.
//
// A login with the old password may be under way while the password is changed, and arrive
// here last. So an application should read the current password again after Start, and end
// the session if that is not the password that it has checked.
func (s *Sessions[P]) Start(ctx context.Context, login Login) (*Tokens, error) {
	if err := login.check(); err != nil {
		return nil, err
	}
	started := s.cfg.Now()
	if err := s.endPrevious(ctx, login.Previous); err != nil {
		return nil, err
	}
	user := newSubjectID(s.cfg.Issuer, login.Subject)
	f, _, err := s.journal.loadAll(ctx, user)
	if err != nil {
		return nil, err
	}
	s.tryTell(ctx, &f)
	if login.EndOthers {
		if f, err = s.endAll(ctx, login.Subject); err != nil {
			return nil, err
		}
	}
	t := newRefreshToken(user)
	f.id = t.session
	f.session = s.record(&login, &f, t.digest())
	tokens, err := s.prepare(ctx, &f, t, started)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, &f); err != nil {
		return nil, err
	}
	return tokens, nil
}

// prepare returns the tokens of the new session in f, which is not stored yet: if they
// cannot be made, nothing is left over.
func (s *Sessions[P]) prepare(ctx context.Context, f *found, t refreshToken, started time.Time) (*Tokens, error) {
	seen := f.session.session(f.id)
	private, err := s.claims(ctx, seen)
	if err != nil {
		return nil, err
	}
	return s.issue(ctx, f, t, seen, private, started)
}

// begin stores the new session in f.
func (s *Sessions[P]) begin(ctx context.Context, f *found) error {
	ok, err := s.journal.swap(ctx, f, f.session)
	switch {
	case err != nil:
		return err
	case !ok:
		return errConflict
	}
	s.counts.starts.Add(1)
	s.events.report(ctx, f.event(EventCreated))
	return s.endExcess(ctx, f)
}
