package session

import (
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAccessID(t *testing.T) {
	want := accessID{session: testToken().session, gen: 7, auth: 1_790_000_000_123}
	jti := want.encode()
	require.Len(t, jti, 43)
	require.NotEqual(t, jti, want.encode(), "unique")
	got, ok := parseAccessID(jti)
	require.True(t, ok)
	require.Equal(t, want, got)

	raw, err := base64.RawURLEncoding.DecodeString(jti)
	require.NoError(t, err)
	require.Equal(t, "01"+"30313233343536373839616263646566"+"00000007"+"01a0c4506c7b", hex.EncodeToString(raw[:27]))

	for name, bad := range map[string]string{
		"empty": "", "short": jti[:42], "long": jti + "A", "not base64": "." + jti[1:], "unused bits": jti[:42] + "B",
		"another version": "Ag" + jti[2:], "generation 0": accessID{session: want.session, auth: want.auth}.encode(),
		"uuid": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6-1234567",
	} {
		_, ok := parseAccessID(bad)
		require.False(t, ok, name)
	}
}

func FuzzAccessID(f *testing.F) {
	f.Add(accessID{testToken().session, 7, 1}.encode())
	f.Add("")
	f.Fuzz(func(t *testing.T, jti string) {
		a, ok := parseAccessID(jti)
		if !ok {
			return
		}
		b, ok := parseAccessID(a.encode())
		require.True(t, ok)
		require.Equal(t, a, b)
	})
}

func TestSessionID(t *testing.T) {
	id := testToken().session
	got, ok := parseSessionID(id.String())
	require.True(t, ok)
	require.Equal(t, id, got)
	for _, bad := range []string{"", id.String() + "A", id.String()[1:], "." + id.String()[1:], id.String()[:21] + "B"} {
		got, ok := parseSessionID(bad)
		require.False(t, ok, bad)
		require.Zero(t, got)
	}
}
