package debug

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

// A reading is what the page shows about a token.
type reading struct {
	State   string `json:"state"` // empty, broken, unverified, encrypted; after an edit: stale, signed
	Summary string `json:"summary"`
	Token   string `json:"token,omitempty"` // after an edit

	Notes  []note `json:"notes"` // not about a member
	Header []row  `json:"header"`
	Claims []row  `json:"claims"`
	Text   string `json:"text,omitempty"` // the payload if it is not JSON

	Dates []moment `json:"dates"`
	Now   int64    `json:"now"`
}

// A row is a header parameter or a claim.
type row struct {
	Name  string `json:"name"`
	Value string `json:"value"` // JSON
	Notes []note `json:"notes,omitempty"`
}

type note struct {
	Level string `json:"level"` // info, warn, bad
	Text  string `json:"text"`
}

// A moment is a date of the token.
type moment struct {
	Name     string `json:"name"`
	At       int64  `json:"at"` // seconds since 1970
	UTC      string `json:"utc"`
	Relative string `json:"relative"`
}

func (p *Page) decode(_ context.Context, q struct{ Token string }) reading {
	return p.read(p.cfg.Bare(q.Token))
}

// read decodes a token.
func (p *Page) read(token string) reading {
	now := p.cfg.Now()
	r := reading{Notes: []note{}, Header: []row{}, Claims: []row{}, Dates: []moment{}, Now: now.Unix()}
	if token == "" {
		r.State, r.Summary = "empty", "Paste a token"
		return r
	}
	report := inspect.Decode(token, now)
	r.Text = report.Text + report.Hex
	r.State, r.Summary = state(report)
	for _, m := range report.Members {
		line := row{Name: m.Name, Value: pretty(m.Value), Notes: notesOf(m, report.Warnings)}
		if m.Part == inspect.Header {
			r.Header = append(r.Header, line)
			continue
		}
		r.Claims = append(r.Claims, line)
		if at, err := time.Parse(dateLayout, m.Date); err == nil && onTimeline[m.Name] {
			r.Dates = append(r.Dates, moment{m.Name, at.Unix(), m.Date, m.When})
		}
	}
	slices.SortStableFunc(r.Dates, func(a, b moment) int { return cmp.Compare(a.At, b.At) })
	for _, w := range report.Warnings {
		if w.Member == "" {
			r.Notes = append(r.Notes, note{level(w), sentence(string(w.Part)) + ": " + w.Text})
		}
	}
	return r
}

const dateLayout = "2006-01-02 15:04:05 UTC"

var onTimeline = map[string]bool{"iat": true, "nbf": true, "exp": true}

func state(r *inspect.Report) (state, summary string) {
	switch {
	case r.Kind == inspect.JWE:
		return "encrypted", "Encrypted: only the header can be read"
	case r.Kind == inspect.Unknown:
		return "broken", "This is not a complete token"
	}
	for _, w := range r.Warnings {
		switch w.Code {
		case "alg-none":
			return "broken", "Not signed: anyone could have written it"
		case "parts", "json-broken", "signature-missing":
			return "broken", "This is not a complete token"
		}
	}
	return "unverified", "Signature not verified"
}

// notesOf returns the notes about a member: its meaning and date, then the warnings.
func notesOf(m inspect.Member, warnings []inspect.Warning) []note {
	var notes []note
	if m.Partial {
		notes = append(notes, note{"bad", "it is truncated here"})
	}
	about := m.Meaning
	if m.Date != "" {
		about = strings.TrimPrefix(about+": ", ": ") + m.Date + ", " + m.When
	}
	if about != "" {
		notes = append(notes, note{"info", about})
	}
	for _, w := range warnings {
		if w.Part == m.Part && w.Member == m.Name {
			notes = append(notes, note{level(w), w.Text})
		}
	}
	return notes
}

func level(w inspect.Warning) string {
	if w.Note {
		return "info"
	}
	return "warn"
}

// pretty indents long objects and arrays, and returns other values unchanged.
func pretty(value json.RawMessage) string {
	var out bytes.Buffer
	if len(value) < 60 || json.Indent(&out, value, "", "  ") != nil {
		return string(value)
	}
	return out.String()
}
