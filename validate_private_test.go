//lint:file-ignore U1000 fields that nothing uses are what these tests are about

package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// refusal is what a Validate of these tests returns.
type refusal struct {
	role string
	err  error
}

func (r *refusal) Error() string { return "role " + r.role }
func (r *refusal) Unwrap() error { return r.err }

type (
	checked        struct{ Role string }
	checkedPointer struct{ Role string }
	checkedMap     map[string]string
	checkedMethods struct{ object string }
	promoted       struct {
		checked
		Level int
	}
	promotedPointer struct {
		*Checked
		Level int
	}
	Checked      struct{ Role string }
	promotedDeep struct {
		A string
		promoted
	}
	Careful         struct{ Role string }
	promotedCareful struct {
		*Careful
		Level int
	}
	overridden struct{ *Checked }
)

func validRole(role string) error {
	if role == "root" {
		return &refusal{role: role}
	}
	return nil
}

func (c checked) Validate() error         { return validRole(c.Role) }
func (c *checkedPointer) Validate() error { return validRole(c.Role) }
func (c checkedMap) Validate() error      { return validRole(c["Role"]) }
func (c Checked) Validate() error         { return validRole(c.Role) }

func (c *Careful) Validate() error {
	if c == nil {
		return &refusal{role: "none"}
	}
	return validRole(c.Role)
}

func (c overridden) Validate() error {
	if c.Checked == nil {
		return nil
	}
	return c.Checked.Validate()
}

func (c *checkedMethods) UnmarshalJSON(b []byte) error {
	c.object = string(b)
	return nil
}

func (c *checkedMethods) Validate() error {
	if c.object == `{"Role":"root"}` {
		return &refusal{role: "root"}
	}
	return nil
}

// checkParser returns what NewParser has against P. Parse has the same against it, except that
// it does not look for a Validate that panics, and Sign has nothing against it.
func checkParser[P any](tb testing.TB) error {
	_, err := jwt.NewParser[P](testKeys(tb)[jwt.HS256].verifier, laxPolicy())
	if err != nil && !strings.Contains(err.Error(), "panics") {
		_, parseErr := parsePayload[P](tb, "{}")
		requirePlainError(tb, parseErr, err.Error())
	}
	_, signErr := signPrivate(tb, *new(P))
	require.NoError(tb, signErr)
	return err
}

// validates requires that Parse calls the Validate of P.
func validates[P any](t *testing.T) {
	t.Helper()
	require.NoError(t, checkParser[P](t))
	claims, err := parsePayload[P](t, `{"iss":"a","Role":"user"}`)
	require.NoError(t, err)
	require.Equal(t, "a", claims.Issuer)

	claims, err = parsePayload[P](t, `{"iss":"a","Role":"root"}`)
	require.Nil(t, claims)
	require.EqualError(t, err, "jwt: payload: does not match the policy: role root")
	require.ErrorIs(t, err, jwt.ErrMismatch)
	e, ok := errors.AsType[*jwt.TokenError](err)
	require.True(t, ok)
	require.Equal(t, "payload", e.Field)
	own, ok := errors.AsType[*refusal](err)
	require.True(t, ok)
	require.Equal(t, "root", own.role)

	_, err = parsePayload[P](t, `{"Role":"root","exp":1}`)
	require.ErrorIs(t, err, jwt.ErrExpired, "all else comes first")
	_, err = jwt.Sign(t.Context(), testKeys(t)[jwt.HS256].signer, jwt.Claims[checked]{InsecureNoExpiry: true, Private: checked{"root"}})
	require.NoError(t, err, "Sign does not validate")
}

func TestPrivateValidate(t *testing.T) {
	validates[checked](t)
	validates[*checked](t)
	validates[checkedPointer](t)
	validates[*checkedPointer](t)
	validates[checkedMap](t)
	validates[checkedMethods](t)
	validates[*checkedMethods](t)
	validates[promoted](t)
	validates[*promoted](t)
	validates[promotedDeep](t)
	validates[promotedCareful](t)
	validates[overridden](t)

	_, err := parsePayload[promotedCareful](t, "{}")
	require.EqualError(t, err, "jwt: payload: does not match the policy: role none")
	_, err = parsePayload[*checkedPointer](t, "{}")
	require.NoError(t, err, "a pointer is allocated first")
}

// failing fails with an error that only a test knows.
type failing struct{}

var failure error

func (failing) Validate() error { return failure }

// An error of Validate has one reason, whatever it wraps, and is a refusal of the token.
func TestPrivateValidateReason(t *testing.T) {
	for _, inner := range []error{
		jwt.ErrExpired, &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}, context.DeadlineExceeded,
		errors.Join(jwt.ErrUnknownKey, jwt.ErrSignature, jwt.ErrMalformed), jwt.ErrMismatch,
	} {
		failure = &refusal{"x", fmt.Errorf("inner: %w", inner)}
		claims, err := parsePayload[failing](t, "{}")
		require.Nil(t, claims)
		for _, reason := range reasons {
			require.Equal(t, reason == jwt.ErrMismatch, errors.Is(err, reason), "%v: %v", inner, reason)
		}
		require.Equal(t, inner == context.DeadlineExceeded, errors.Is(err, context.DeadlineExceeded))
		e, ok := errors.AsType[*jwt.TokenError](err)
		require.True(t, ok)
		require.Equal(t, "payload", e.Field)
		_, ok = errors.AsType[*jwt.TokenError](e.Err)
		require.False(t, ok)
		own, ok := errors.AsType[*refusal](err)
		require.True(t, ok)
		require.Same(t, failure, own)
	}
}

type (
	ValidV4     struct{ Role string }
	validBool   struct{ Role string }
	validCtx    struct{ Role string }
	validResult struct{ Role string }
	embedsV4    struct{ *ValidV4 }
	ambiguous2  struct {
		checked
		Checked
	}
	ambiguousDeep struct {
		A int
		ambiguous2
	}
	shadowedByField struct {
		checked
		Validate bool
	}
	Validater    interface{ Validate() error }
	viaInterface struct{ Validater }
	validField   struct {
		A     checked
		Valid bool
	}
	Recursive struct {
		*Recursive
		A int
	}
)

func (*ValidV4) Valid() error                   { return nil }
func (validBool) Validate() bool                { return true }
func (validCtx) Validate(context.Context) error { return nil }
func (*validResult) Validate() (string, error)  { return "", nil }

func TestPrivateValidateRefused(t *testing.T) {
	const (
		v4        = "its method Valid() error is golang-jwt's and is not called; name it Validate"
		signature = "its method Validate is not called, since it is not Validate() error"
		hidden    = "the Validate of an embedded field is not called, since Go does not promote it; write one that calls it"
		panics    = "its Validate panics where an embedded pointer is nil, as in a token without its claims: "
	)
	for _, tt := range []struct {
		check func(testing.TB) error
		want  string
	}{
		{checkParser[ValidV4], "jwt_test.ValidV4: " + v4},
		{checkParser[*ValidV4], "*jwt_test.ValidV4: " + v4},
		{checkParser[embedsV4], "jwt_test.embedsV4: " + v4},
		{checkParser[validBool], "jwt_test.validBool: " + signature},
		{checkParser[validCtx], "jwt_test.validCtx: " + signature},
		{checkParser[validResult], "jwt_test.validResult: " + signature},
		{checkParser[struct{ validCtx }], "struct { jwt_test.validCtx }: " + signature},
		{checkParser[ambiguous2], "jwt_test.ambiguous2: " + hidden},
		{checkParser[*ambiguousDeep], "*jwt_test.ambiguousDeep: " + hidden},
		{checkParser[shadowedByField], "jwt_test.shadowedByField: " + hidden},
		{checkParser[promotedPointer], "jwt_test.promotedPointer: " + panics},
		{checkParser[viaInterface], "jwt_test.viaInterface: " + panics},
		{checkParser[struct{ promotedPointer }], "struct { jwt_test.promotedPointer }: " + panics},
	} {
		require.ErrorContains(t, tt.check(t), "jwt: Claims.Private: "+tt.want)
	}
	for _, check := range []func(testing.TB) error{
		checkParser[struct{}], checkParser[session], checkParser[map[string]any], checkParser[embedded],
		checkParser[validField], checkParser[Recursive],
	} {
		require.NoError(t, check(t))
	}
}
