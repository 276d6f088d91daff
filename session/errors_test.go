package session

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// Which answers have tokens, and the error of each other one.
func TestAnswers(t *testing.T) {
	s := testState().ended(EndedLogout, noon)
	for a, want := range map[answer]error{
		rotated: nil, repeated: nil, adopted: nil,
		malformed: jwt.ErrMalformed, unknown: ErrUnknown, ended: ErrEnded, expired: jwt.ErrExpired, reused: ErrReused,
	} {
		require.Equal(t, want == nil, a.good(), "%d", a)
		if want == nil {
			continue
		}
		err := a.refused(s)
		require.ErrorIs(t, err, want)
		for _, other := range []error{jwt.ErrMalformed, ErrUnknown, ErrEnded, jwt.ErrExpired, ErrReused} {
			require.Equal(t, want == other, errors.Is(err, other), "%v is %v", err, other)
		}
		e, ok := errors.AsType[*jwt.TokenError](err)
		require.True(t, ok)
		require.Equal(t, "refresh_token", e.Field)
	}
	require.EqualError(t, ended.refused(s), "jwt: refresh_token: session ended: logout")
}

// An error of the application's code is kept, unless it could be taken for a verdict.
func TestOutside(t *testing.T) {
	err := outside("Store.Load", fmt.Errorf("load: %w", context.Canceled))
	require.EqualError(t, err, "session: Store.Load: load: context canceled")
	require.ErrorIs(t, err, context.Canceled)
	for _, verdict := range []error{
		&jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}, malformed.refused(state{}), ErrEnd, ErrScope, ErrReused,
	} {
		err := outside("Config.Claims", errors.Join(errors.New("x"), verdict))
		require.NotErrorIs(t, err, verdict)
		require.False(t, isRefusal(err))
	}
}
