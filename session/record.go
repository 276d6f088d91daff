package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cda17858/jwt/internal/strictjson"
	"github.com/cda17858/jwt/store"
)

// Names of records in the store.
func sessionKey(id sessionID) string { return "s:" + id.String() }
func subjectKey(id subjectID) string { return "u:" + id.String() }
func revokedKey(jti string) string   { return "j:" + jti }

// recordVersion is the v of all records. A program that finds another one does
// not change the record.
const recordVersion = 1

// A record is what the store holds of a session.
type record struct {
	Version int `json:"v"`
	state
	ACR   string   `json:"acr,omitzero"`
	AMR   []string `json:"amr,omitempty"`
	Scope []string `json:"scope,omitempty"`
	Label string   `json:"label,omitzero"`
	Data  []byte   `json:"data,omitempty"`
	JKT   string   `json:"jkt,omitzero"` // the thumbprint of the client's key
}

// A subjectRecord is what the store holds of a user.
type subjectRecord struct {
	Version int `json:"v"`
	subject
}

var errRecord = errors.New("not a record of this version of package session")

// decodeSession returns the session of a record, and the zero record for none.
func decodeSession(r store.Record) (rec record, err error) {
	if r.Version == 0 {
		return record{}, nil
	}
	err = strictjson.Unmarshal(r.Data, &rec, strictjson.Plain)
	if err == nil && (rec.Version != recordVersion || rec.Gen == 0 || rec.Subject == "" || rec.Start <= 0 || rec.Auth <= 0 || rec.Absolute <= 0 || rec.Idle <= 0) {
		err = errRecord
	}
	if err != nil {
		return record{}, unreadable("session", err)
	}
	return rec, nil
}

// decodeSubject returns the subject of a record, and the zero subject for none.
func decodeSubject(r store.Record) (subject, error) {
	if r.Version == 0 {
		return subject{}, nil
	}
	var rec subjectRecord
	err := strictjson.Unmarshal(r.Data, &rec, strictjson.Plain)
	if err == nil && (rec.Version != recordVersion || rec.NotBefore <= 0) {
		err = errRecord
	}
	if err != nil {
		return subject{}, unreadable("user", err)
	}
	return rec.subject, nil
}

// unreadable hides what err quotes of a record.
func unreadable(kind string, err error) error {
	if member := strictjson.Member(err); member != "" {
		return fmt.Errorf("session: the store's record of a %s cannot be read: %s", kind, member)
	}
	return fmt.Errorf("session: the store's record of a %s cannot be read: %w", kind, errRecord)
}

// encode returns r as the store keeps it: until the absolute end, ended or not, so that a
// refresh token is never unknown while it could be in use.
func (r record) encode() (store.Record, error) {
	r.Version = recordVersion
	data, err := strictjson.Marshal(&r, strictjson.Plain)
	if err != nil {
		return store.Record{}, errors.New("session: the session is not JSON: " + strictjson.Member(err))
	}
	return store.Record{
		Version: store.NewVersion(),
		Expires: r.Absolute.time(),
		Data:    data,
		Durable: r.End != ending{},
	}, nil
}

func (s subject) encode(expires time.Time) (store.Record, error) {
	data, err := strictjson.Marshal(&subjectRecord{recordVersion, s}, strictjson.Plain)
	return store.Record{Version: store.NewVersion(), Expires: expires, Data: data, Durable: true}, err
}

// session returns what the application sees of r.
func (r *record) session(id sessionID) Session {
	return Session{
		ID:              id.String(),
		Subject:         r.Subject,
		ACR:             r.ACR,
		AMR:             slices.Clone(r.AMR),
		Scope:           slices.Clone(r.Scope),
		Label:           r.Label,
		Data:            slices.Clone(r.Data),
		Persistent:      r.Persistent,
		StartedAt:       r.Start.time(),
		AuthenticatedAt: r.Auth.time(),
		RefreshedAt:     r.Rotated.time(),
		IdleEnd:         r.Idle.time(),
		AbsoluteEnd:     r.Absolute.time(),
	}
}
