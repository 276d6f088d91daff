package session

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/base64url"
)

// A sessionID names a session: in its tokens, in the store, and to the user.
type sessionID [16]byte

func (id sessionID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

func parseSessionID(s string) (id sessionID, ok bool) {
	if len(s) != 22 {
		return id, false
	}
	b, ok := base64url.AppendDecode(id[:0], []byte(s))
	if !ok {
		return sessionID{}, false
	}
	return sessionID(b), true
}

// An accessID is the jti of an access token. It holds what a check needs to know, so that
// the private claims are the user's own. Its text is 43 characters of base64url: the
// version 1, the session 16, the generation 4, the login 6, and 5 random bytes.
type accessID struct {
	session sessionID
	gen     uint32
	auth    millis
}

const (
	accessIDVersion = 1
	accessIDBytes   = 1 + 16 + 4 + 6 + 5
	accessIDLen     = 43
)

// encode returns a new jti.
func (a accessID) encode() string {
	b := make([]byte, 0, accessIDBytes)
	b = append(b, accessIDVersion)
	b = append(b, a.session[:]...)
	b = binary.BigEndian.AppendUint32(b, a.gen)
	var auth [8]byte
	binary.BigEndian.PutUint64(auth[:], uint64(a.auth))
	b = append(b, auth[2:]...)
	b = b[:accessIDBytes]
	rand.Read(b[accessIDBytes-5:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseAccessID(jti string) (a accessID, ok bool) {
	if len(jti) != accessIDLen {
		return a, false
	}
	var text [accessIDLen]byte
	var buf [accessIDBytes]byte
	copy(text[:], jti)
	b, ok := base64url.AppendDecode(buf[:0], text[:])
	if !ok || b[0] != accessIDVersion {
		return a, false
	}
	b = b[1:]
	a.session, b = sessionID(b[:16]), b[16:]
	a.gen, b = binary.BigEndian.Uint32(b), b[4:]
	var auth [8]byte
	copy(auth[2:], b[:6])
	a.auth = millis(binary.BigEndian.Uint64(auth[:]))
	return a, a.gen > 0
}

// ID returns the ID of the session that an access token belongs to, which its jti holds,
// or "" for claims of another kind. It is how a list of the user's sessions marks the one
// in use, and how a request with an access token ends its own session:
//
//	err := sessions.End(ctx, claims.Subject, session.ID(claims))
//
// The claims must come from Parse: ID checks nothing.
func ID[P any](claims *jwt.Claims[P]) string {
	a, ok := parseAccessID(claims.ID)
	if !ok {
		return ""
	}
	return a.session.String()
}

// Generation returns the generation of the session that an access token belongs to: 1 after a
// login, and one more after each refresh. It returns 0 for claims of another kind. It is for
// pages and logs that show how a session goes on.
//
// The claims must come from Parse: Generation checks nothing.
func Generation[P any](claims *jwt.Claims[P]) uint32 {
	a, _ := parseAccessID(claims.ID)
	return a.gen
}
