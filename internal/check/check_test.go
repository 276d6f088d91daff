package check_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/check"
)

type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

func TestIsNil(t *testing.T) {
	var err error
	for _, v := range []any{nil, (*int)(nil), (*ownError)(nil), err, (func())(nil)} {
		require.True(t, check.IsNil(v))
	}
	for _, v := range []any{0, "", new(int), struct{}{}, []int(nil), map[string]int(nil), ownError{}, func() {}} {
		require.False(t, check.IsNil(v), "%T", v)
	}
}

func TestList(t *testing.T) {
	require.NoError(t, check.List(nil))
	require.NoError(t, check.List([]string{"a", "A", "a b"}))
	for text, list := range map[string][]string{
		"element 1 is blank; is an environment variable unset?": {"a", ""},
		"element 0 is blank; is an environment variable unset?": {" \t"},
		`"a " begins or ends with white space`:                  {"a "},
		`"a" is given twice`:                                    {"a", "b", "a"},
	} {
		require.EqualError(t, check.List(list), text)
	}
}

func TestDuration(t *testing.T) {
	const low, high = time.Second, time.Hour
	for _, d := range []time.Duration{0, low, high} {
		require.NoError(t, check.Duration(d, low, high))
	}
	for d, text := range map[time.Duration]string{
		-1:                     "is negative",
		30:                     "is 30ns; is a unit missing, such as time.Second?",
		low - 1:                "is 999.999999ms; the shortest is 1s",
		high + 1:               "is 1h0m0.000000001s; the longest is 1h0m0s",
		500 * time.Microsecond: "is 500µs; is a unit missing, such as time.Second?",
	} {
		require.EqualError(t, check.Duration(d, low, high), text)
	}
}

func TestIsLoopback(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"} {
		require.True(t, check.IsLoopback(host), host)
	}
	for _, host := range []string{"", "localhost.", "LOCALHOST", "a.localhost", "127.0.0.1.example", "0.0.0.0", "10.0.0.1", "[::1]"} {
		require.False(t, check.IsLoopback(host), host)
	}
}
