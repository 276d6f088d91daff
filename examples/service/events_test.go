package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/session"
)

// An eventStream is the stream of a browser.
type eventStream struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (b *browser) events(t *testing.T) *eventStream {
	r, err := http.NewRequestWithContext(t.Context(), "GET", b.service.url+"/events", nil)
	require.NoError(t, err)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	return &eventStream{t, bufio.NewScanner(res.Body)}
}

// next returns the name and the data of the next event, or "" at the end of the stream.
func (e *eventStream) next() (name string, data map[string]any) {
	for e.lines.Scan() {
		line := e.lines.Text()
		if text, ok := strings.CutPrefix(line, "event: "); ok {
			name = text
		} else if text, ok := strings.CutPrefix(line, "data: "); ok {
			require.NoError(e.t, json.Unmarshal([]byte(text), &data))
		} else if line == "" && name != "" {
			return name, data
		}
	}
	return "", nil
}

// A stream says who it is for, and what happens to the sessions of that user only.
func TestEvents(t *testing.T) {
	s := startService(t)
	b := s.login(t, "alice")
	stream := b.events(t)
	name, data := stream.next()
	require.Equal(t, "identity", name)
	require.Equal(t, "alice", data["name"])

	s.login(t, "bob")
	b.do("POST", "/refresh", nil).want(204)
	name, data = stream.next()
	require.Equal(t, "session", name)
	require.Equal(t, session.EventRenewed, data["name"])
	require.Equal(t, true, data["here"])

	s.login(t, "alice")
	_, data = stream.next()
	require.Equal(t, session.EventCreated, data["name"])
	require.Equal(t, false, data["here"])
}

// A stream ends when its session does, wherever that is ended.
func TestEventsEnd(t *testing.T) {
	s := startService(t)
	b, other := s.login(t, "alice"), s.login(t, "alice")
	stream := b.events(t)
	_, data := stream.next()
	other.do("DELETE", "/devices/"+data["session"].(string), nil).want(204)
	name, data := stream.next()
	require.Equal(t, "session", name)
	require.Equal(t, string(session.EndedByID), data["reason"])
	name, data = stream.next()
	require.Equal(t, "end", name)
	require.Equal(t, "revoked", data["reason"])
	name, _ = stream.next()
	require.Empty(t, name)
}

// A stream ends when the key of its token is revoked, and when the service shuts down.
func TestEventsEndByKeyAndShutdown(t *testing.T) {
	s := startService(t)
	b := s.login(t, "alice")
	stream := b.events(t)
	stream.next()
	b.do("POST", "/demo/key", nil).want(200)
	name, data := stream.next()
	require.Equal(t, "end", name)
	require.Equal(t, "key", data["reason"])

	b.do("POST", "/refresh", nil).want(204)
	stream = b.events(t)
	stream.next()
	s.drain()
	name, _ = stream.next()
	require.Empty(t, name)
	b.do("GET", "/readyz", nil).want(503)
}

func TestHub(t *testing.T) {
	var h hub
	var stops []func()
	for range maxStreams {
		events, stop := h.subscribe("ann")
		require.NotNil(t, events)
		stops = append(stops, stop)
	}
	events, _ := h.subscribe("ann")
	require.Nil(t, events)
	events, stop := h.subscribe("bob")
	done := make(chan struct{})
	go func() {
		for range 1000 { // more than anybody reads
			h.publish(t.Context(), session.Event{Subject: "bob", Name: session.EventRenewed})
		}
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("publish waits")
	}
	require.Len(t, events, cap(events))
	for _, stop := range append(stops, stop) {
		stop()
	}
	require.Empty(t, h.streams)
}
