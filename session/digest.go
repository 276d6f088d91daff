package session

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"

	"github.com/cda17858/jwt/internal/base64url"
)

// A digest is the SHA-256 of a secret.
type digest [sha256.Size]byte

func (d digest) equal(other digest) bool {
	return subtle.ConstantTimeCompare(d[:], other[:]) == 1
}

func (d digest) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, d[:]), nil
}

var errDigest = errors.New("not a SHA-256 in base64url")

func (d *digest) UnmarshalText(text []byte) error {
	b, ok := base64url.AppendDecode(nil, text)
	if !ok || len(b) != len(d) {
		return errDigest
	}
	*d = digest(b)
	return nil
}

// A subjectID stands for a user of an issuer: in refresh tokens, so that one Load fetches
// session and subject, and in the names of records.
type subjectID [16]byte

func (id subjectID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

func newSubjectID(issuer, subject string) subjectID {
	b := make([]byte, 0, 128)
	b = append(b, issuer...)
	b = append(b, 0)
	b = append(b, subject...)
	sum := sha256.Sum256(b)
	return subjectID(sum[:16])
}
