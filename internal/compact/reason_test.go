package compact_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/compact"
)

var allReasons = []error{
	compact.ErrMalformed, compact.ErrAlgorithm, compact.ErrUnknownKey, compact.ErrSignature, compact.ErrMissing,
	compact.ErrExpired, compact.ErrNotYetValid, compact.ErrMismatch, compact.ErrRevoked,
}

type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

// requireReasons checks that err has these reasons, and no ownError.
func requireReasons(t *testing.T, err error, want ...error) {
	t.Helper()
	for _, r := range allReasons {
		require.Equal(t, slices.Contains(want, r), errors.Is(err, r), "%v: %v", err, r)
	}
	_, found := errors.AsType[*ownError](err)
	require.False(t, found, "it must not be taken for an error about this token")
}

func TestOpaque(t *testing.T) {
	cause := errors.New("no answer")
	for _, err := range []error{cause, fmt.Errorf("KMS: %w", cause), errors.New("token expired")} {
		require.Same(t, err, compact.Opaque[*ownError](err), "it is about no token")
	}
	own := &ownError{"another token"}
	for _, err := range append(allReasons, own, fmt.Errorf("KMS: %w", own), errors.Join(cause, own), fmt.Errorf("KMS: %w, %w", cause, compact.ErrExpired)) {
		got := compact.Opaque[*ownError](err)
		require.EqualError(t, got, err.Error())
		requireReasons(t, got)
	}
}

// A Verifier whose error has several reasons must not make a forged token an expired one.
func TestVerdict(t *testing.T) {
	require.NoError(t, compact.Verdict[*ownError](nil))
	own := &ownError{"another token"}
	chosen := &compact.Error{Field: "iss", Err: fmt.Errorf("%w: %w", compact.ErrMalformed, compact.ErrUnknownKey)}
	for _, tt := range []struct {
		err   error
		field string // "" for could not check
		want  []error
	}{
		{compact.ErrSignature, "signature", []error{compact.ErrSignature}},
		{compact.ErrUnknownKey, "kid", []error{compact.ErrUnknownKey}},
		{fmt.Errorf("KMS: %w", compact.ErrSignature), "signature", []error{compact.ErrSignature}},
		{fmt.Errorf("%w: %w", compact.ErrSignature, compact.ErrExpired), "signature", []error{compact.ErrSignature}},
		{fmt.Errorf("%w: %w", compact.ErrSignature, own), "signature", []error{compact.ErrSignature}},
		{fmt.Errorf("%w: %w", compact.ErrSignature, compact.ErrUnknownKey), "kid", []error{compact.ErrUnknownKey}},
		{errors.Join(own, compact.ErrUnknownKey, compact.ErrRevoked), "kid", []error{compact.ErrUnknownKey}},
		{chosen, "iss", []error{compact.ErrMalformed, compact.ErrUnknownKey}},
		{compact.ErrExpired, "", nil},
		{own, "", nil},
		{errors.New("no answer"), "", nil},
	} {
		got := compact.Verdict[*ownError](tt.err)
		e, refused := got.(*compact.Error)
		require.Equal(t, tt.field != "", refused, "%v", tt.err)
		if refused {
			require.Equal(t, tt.field, e.Field)
		}
		require.Equal(t, tt.err.Error(), got.Error())
		requireReasons(t, got, tt.want...)
	}
}
