package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cda17858/jwt"
)

// Reasons for refusing a refresh token, beside [jwt.ErrMalformed] and [jwt.ErrExpired].
// They stand inside a [*jwt.TokenError] whose Field is "refresh_token".
var (
	// ErrUnknown: the store knows no such session. It is past its absolute end, or the
	// store has lost it.
	ErrUnknown = errors.New("session unknown")
	// ErrEnded: the session has ended. The error is an [*EndedError].
	ErrEnded = errors.New("session ended")
	// ErrReused: the refresh token is a copy, and this is how it was found out. The
	// session has ended now. It is reported once for each session: afterwards every token
	// of the session is ErrEnded.
	ErrReused = errors.New("refresh token reused: session ended")
)

// ErrEnd is what Config.Claims returns, or wraps, for a user who may not go on: deleted,
// banned. The session ends with the reason [EndedDenied].
var ErrEnd = errors.New("session: the user may not go on")

// ErrScope is returned for scopes that are not in the grant of the session: by Refresh for
// those of [Narrow] (RFC 6749 section 5.2, invalid_scope), and by Limit. It is not a
// [*jwt.TokenError], since the token is good.
var ErrScope = errors.New("session: scope not granted")

// errConflict is returned when others change a session faster than it can be read.
var errConflict = errors.New("session: the session changes too fast; try again")

// An EndedError says why a session has ended, and when. It is an [ErrEnded].
type EndedError struct {
	Reason Reason
	At     time.Time
}

// Error returns the reason, such as "session ended: logout".
func (e *EndedError) Error() string { return ErrEnded.Error() + ": " + string(e.Reason) }

// Is reports whether target is ErrEnded.
func (e *EndedError) Is(target error) bool { return target == ErrEnded }

// A Reason says why a session has ended. The constants are all that there are.
type Reason string

const (
	EndedLogout     Reason = "logout"     // Logout
	EndedEverywhere Reason = "everywhere" // EndAll, EndOthers, or NotBefore
	EndedReplaced   Reason = "replaced"   // by Login.Previous or Reauthenticate
	EndedReuse      Reason = "reuse"      // a copy of a refresh token was used
	EndedStale      Reason = "stale"      // an answer was lost and the client came back too late
	EndedDenied     Reason = "denied"     // Config.Claims returned ErrEnd
	EndedByID       Reason = "ended"      // End
	EndedExcess     Reason = "excess"     // the user had more than Config.MaxSessions
)

// refused returns the error for an answer that is not good, about a session in state s.
func (a answer) refused(s state) error {
	e := &jwt.TokenError{Field: "refresh_token"}
	switch a {
	case unknown:
		e.Err = ErrUnknown
	case ended:
		e.Err = &EndedError{s.End.Reason, s.End.At.time()}
	case expired:
		e.Err = jwt.ErrExpired
	case reused:
		e.Err = ErrReused
	default:
		e.Err = jwt.ErrMalformed
	}
	return e
}

// outside returns err, which what has returned, so that it cannot be taken for a verdict of
// this package: not even if what reports on another token.
func outside(what string, err error) error {
	verdict := isRefusal(err) || slices.ContainsFunc([]error{ErrUnknown, ErrEnded, ErrReused, ErrEnd, ErrScope}, func(v error) bool {
		return errors.Is(err, v)
	})
	if verdict {
		return fmt.Errorf("session: %s: %v", what, err)
	}
	return fmt.Errorf("session: %s: %w", what, err)
}

// isRefusal reports whether err is a verdict about a token.
func isRefusal(err error) bool {
	_, ok := errors.AsType[*jwt.TokenError](err)
	return ok
}
