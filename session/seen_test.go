package session

import (
	"context"
	"encoding/binary"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func numbered(s *seen, n int) generation {
	a := accessID{gen: 1}
	binary.BigEndian.PutUint64(a.session[:], uint64(n))
	return s.generation(&a, "https://auth.example.com", "ann")
}

// Few work on the visits, few wait, the others are dropped and may come again, and when
// all is done no goroutine is left.
func TestVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		var made, working, most atomic.Int64
		v := &visits{tasks: newTasks(), seen: newSeen(), visit: func(context.Context, visit) {
			most.Store(max(most.Load(), working.Add(1)))
			<-gate
			working.Add(-1)
			made.Add(1)
		}}
		for n := range 2 * maxVisits {
			v.add(visit{generation: numbered(&v.seen, n)})
			synctest.Wait()
		}
		require.Len(t, v.waiting, maxVisits)
		close(gate)
		synctest.Wait()
		require.EqualValues(t, maxVisits+maxVisitors, made.Load())
		require.EqualValues(t, maxVisitors, most.Load())
		require.Zero(t, v.visitors)

		for n := range 2 * maxVisits {
			v.add(visit{generation: numbered(&v.seen, n)})
			synctest.Wait()
		}
		require.EqualValues(t, 2*maxVisits, made.Load(), "each once")

		v.tasks.close()
		v.add(visit{generation: numbered(&v.seen, -1)})
		synctest.Wait()
		require.EqualValues(t, 2*maxVisits, made.Load())
	})
}

// What is remembered is bounded, and the last maxSeen are among it.
func TestSeenBound(t *testing.T) {
	s := newSeen()
	const n = 5*maxSeen/2 + 1
	for i := range n {
		require.True(t, s.add(numbered(&s, i), subjectID{1}))
		require.False(t, s.add(numbered(&s, i), subjectID{1}))
	}
	require.LessOrEqual(t, len(s.newer)+len(s.older), 2*maxSeen)
	for i := n - maxSeen; i < n; i++ {
		u, ok := s.get(numbered(&s, i))
		require.True(t, ok)
		require.Equal(t, subjectID{1}, u)
	}
}

// The same session in the token of another issuer, or of another user, is another.
func TestSeenByOthers(t *testing.T) {
	s := newSeen()
	a := accessID{session: sessionID{1}, gen: 1}
	require.True(t, s.add(s.generation(&a, "https://a", "ann"), subjectID{1}))
	for _, other := range [][2]string{{"https://b", "ann"}, {"https://a", "bob"}, {"https://aa", "nn"}, {"ann", "https://a"}} {
		_, ok := s.get(s.generation(&a, other[0], other[1]))
		require.False(t, ok, other)
	}
}
