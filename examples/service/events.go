package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/session"
)

// A hub passes session events to the streams of their users. It has only the events of this
// process. A stream notices a logout in another process when its token is checked.
type hub struct {
	mu      sync.Mutex
	streams map[string]map[chan session.Event]bool // by subject
}

// publish is session.Config.Observe, so it must not wait: a slow stream misses events.
func (h *hub) publish(_ context.Context, e session.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for stream := range h.streams[e.Subject] {
		select {
		case stream <- e:
		default:
		}
	}
}

// maxStreams is how many streams a user may have.
const maxStreams = 20

// subscribe returns nil if the user has too many streams.
func (h *hub) subscribe(subject string) (events <-chan session.Event, stop func()) {
	stream := make(chan session.Event, 16)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams[subject]) >= maxStreams {
		return nil, nil
	}
	if h.streams == nil {
		h.streams = map[string]map[chan session.Event]bool{}
	}
	if h.streams[subject] == nil {
		h.streams[subject] = map[chan session.Event]bool{}
	}
	h.streams[subject][stream] = true
	return stream, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.streams[subject], stream)
		if len(h.streams[subject]) == 0 {
			delete(h.streams, subject)
		}
	}
}

// keepAlive is how often a comment is sent, so that proxies keep the connection open.
const keepAlive = 15 * time.Second

// events is the stream from which a page learns about its session:
//
//	identity  the claims of the access token
//	session   an event of a session of the user
//	end       the token has expired or been revoked, or its key has
func (s *server) events(w http.ResponseWriter, r *http.Request, c *Claims) {
	live, stop := s.auth.Live(r)
	defer stop()
	events, unsubscribe := s.hub.subscribe(c.Subject)
	if events == nil {
		writeError(w, http.StatusTooManyRequests, "too many streams")
		return
	}
	defer unsubscribe()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx
	out := stream{w, http.NewResponseController(w)}
	err := out.send("identity", newIdentity(c))
	for err == nil {
		select {
		case <-live.Done():
			out.send("end", map[string]string{"reason": endReason(context.Cause(live))})
			return
		case <-s.draining: // the page reconnects, to another process
			return
		case e := <-events:
			err = out.send("session", newSessionEvent(e, session.ID(c)))
		case <-time.After(keepAlive):
			err = out.write(": alive\n\n")
		}
	}
}

// A sessionEvent is an event of package session, without what its user must not see.
type sessionEvent struct {
	Name       string         `json:"name"`
	Level      string         `json:"level"`
	Here       bool           `json:"here"` // the session of this stream
	Reason     session.Reason `json:"reason,omitempty"`
	Generation uint32         `json:"generation,omitempty"`
	Current    uint32         `json:"current,omitempty"`
	Time       time.Time      `json:"time"`
}

func newSessionEvent(e session.Event, here string) sessionEvent {
	level := e.Level.String()
	if e.Level >= session.LevelCritical {
		level = "CRITICAL"
	}
	return sessionEvent{
		Name: e.Name, Level: level, Here: e.Session == here, Reason: e.Reason,
		Generation: e.Generation, Current: e.Current, Time: time.Now().UTC(),
	}
}

func endReason(err error) string {
	switch {
	case errors.Is(err, jwt.ErrRevoked):
		return "revoked"
	case errors.Is(err, jwt.ErrExpired):
		return "expired"
	case errors.Is(err, jwt.ErrUnknownKey):
		return "key"
	}
	return "unknown"
}

// A stream writes server-sent events. Each write has its own deadline, since the server's is for
// a whole response.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (s *stream) send(event string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, data))
}

func (s *stream) write(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.rc.Flush()
}
