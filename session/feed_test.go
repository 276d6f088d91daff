package session

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/store"
)

// What has expired is forgotten.
func TestRevokedExpires(t *testing.T) {
	r := newRevoked()
	id := sessionID{1}
	jti := accessID{id, 1, 5}.encode()
	at := func(m millis) time.Time { return m.time() }
	r.add([]store.Revocation{
		{Kind: kindSession, ID: id.String(), Expires: at(100 * second)},
		{Kind: kindToken, ID: jti, Expires: at(100 * second)},
		{Kind: kindSubject, ID: subjectID(id).String(), NotBefore: at(50), Expires: at(100 * second)},
		{Kind: kindSubject, ID: subjectID(id).String(), NotBefore: at(20), Expires: at(90 * second)},
		{Kind: kindSession, ID: "x"}, {Kind: kindSubject, ID: "x"}, {Kind: "other", ID: id.String()},
	}, second)
	require.True(t, r.has(&accessID{session: id}, "", subjectID{}))
	require.True(t, r.has(&accessID{}, jti, subjectID{}))
	require.True(t, r.has(&accessID{auth: 49}, "", subjectID(id)), "the later of two limits")
	require.False(t, r.has(&accessID{auth: 50}, "", subjectID(id)))
	require.False(t, r.has(&accessID{}, "", subjectID{}))

	r.add(nil, 99*second)
	require.Len(t, r.sessions, 1)
	r.add(nil, 159*second)
	require.Empty(t, r.sessions)
	require.Empty(t, r.tokens)
	require.Empty(t, r.subjects)
}

// knowing returns a check of a good token against so many revocations of each kind.
func knowing(t testing.TB, revocations int) (check func() error) {
	st := store.NewMemory()
	expires := time.Now().Add(time.Hour)
	for i := range revocations {
		var id sessionID
		binary.BigEndian.PutUint64(id[:], uint64(i))
		for _, r := range []store.Revocation{
			{Kind: kindSession, ID: id.String(), Expires: expires},
			{Kind: kindSubject, ID: subjectID(id).String(), Expires: expires, NotBefore: time.Now()},
			{Kind: kindToken, ID: accessID{id, 1, 1}.encode(), Expires: expires},
		} {
			require.NoError(t, st.Append(t.Context(), r))
		}
	}
	parse := func(context.Context, string) (*jwt.Claims[struct{}], error) { return nil, nil }
	c, err := NewChecker(st, parse, CheckConfig{Staleness: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	jti := accessID{sessionID{1}, 1, newMillis(time.Now())}.encode()
	check = func() error {
		return c.check(context.Background(), jti, "https://auth.example.com", "user-4711")
	}
	require.NoError(t, check())
	require.Len(t, c.feed.known.subjects, revocations)
	return check
}

func TestCheckAllocs(t *testing.T) {
	check := knowing(t, 1000)
	require.Zero(t, testing.AllocsPerRun(1000, func() { check() }))
}

// BenchmarkFeed is a check by the feed, with 100,000 revocations of each kind.
func BenchmarkFeed(b *testing.B) {
	check := knowing(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		check()
	}
}
