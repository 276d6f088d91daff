package main

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/cda17858/jwt/session"
)

// A device is a session as its user sees it.
type device struct {
	ID        string    `json:"id"`
	Label     string    `json:"label"`
	Here      bool      `json:"here"` // the session of this request
	Started   time.Time `json:"started"`
	LastUsed  time.Time `json:"last_used"` // the last refresh
	Remembers bool      `json:"remembers"`
}

func (s *server) listDevices(w http.ResponseWriter, r *http.Request, c *Claims) {
	list, err := s.sessions.List(r.Context(), c.Subject)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	found := make([]device, len(list))
	for i, d := range list {
		found[i] = device{
			ID: d.ID, Label: d.Label, Here: d.ID == session.ID(c),
			Started: d.StartedAt, LastUsed: d.RefreshedAt, Remembers: d.Persistent,
		}
	}
	writeJSON(w, http.StatusOK, found)
}

// endDevice ends a session of the user, wherever it is.
func (s *server) endDevice(w http.ResponseWriter, r *http.Request, c *Claims) {
	err := s.sessions.End(r.Context(), c.Subject, r.PathValue("id"))
	switch {
	case errors.Is(err, session.ErrUnknown):
		writeError(w, http.StatusNotFound, "no such session")
	case err != nil:
		s.unavailable(w, r, err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// describe turns a User-Agent into a name that users recognise. The order matters, because
// most browsers also claim to be others.
func describe(agent string) string {
	find := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(agent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	browser := find([][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"HeadlessChrome/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	})
	system := find([][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
	})
	switch {
	case browser == "" && agent == "":
		return "an app"
	case browser == "":
		name, _, _ := strings.Cut(agent, " ")
		return name
	case system == "":
		return browser
	}
	return browser + " on " + system
}
