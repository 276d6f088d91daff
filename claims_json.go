package jwt

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/cda17858/jwt/internal/strictjson"
)

// MarshalJSON returns the payload (RFC 7519 section 4) that [Sign] signs. It checks the
// form of the claims, but applies no policy: claims without ExpiresAt are encoded. Type,
// Header, Algorithm and KeyID are not part of it.
//
// A P or a date that has no JSON form is an error.
func (c Claims[P]) MarshalJSON() ([]byte, error) {
	t, err := privateType[P]()
	if err != nil {
		return nil, err
	}
	private, err := strictjson.Marshal(&c.Private, t)
	if err != nil {
		return nil, fmt.Errorf("jwt: Claims.Private: %w", opaque(err))
	}
	r := c.registered()
	if err := r.checkForm(); err != nil {
		return nil, err
	}
	var buf scratch
	if err := r.append(&buf, private); err != nil {
		return nil, err
	}
	return buf.a, nil
}

// UnmarshalJSON reads a payload as strictly as [Parse], without any policy. On success it
// replaces the whole value. On an error it changes nothing. Private claims that do not fit P
// are an error. It never sets InsecureNoExpiry, so [Sign] refuses claims that had no exp. It
// sets HasConfirmation.
//
// Use it for claims that have come over TLS from their issuer. For a token that somebody
// sent, use [Parse].
func (c *Claims[P]) UnmarshalJSON(data []byte) error {
	if c == nil {
		return errors.New("jwt: Claims.UnmarshalJSON: nil pointer")
	}
	t, err := privateType[P]()
	if err != nil {
		return err
	}
	buf := getScratch()
	defer putScratch(buf)
	var p payload
	var read Claims[P]
	if err = p.read(buf, data, nil, nil); err == nil {
		err = read.set(&p, t)
	}
	if err != nil {
		return fmt.Errorf("jwt: Claims: %w", opaque(err)) // it is not about a token
	}
	*c = read
	return nil
}

// Map returns all claims by their names in a payload. Each number is an
// encoding/json.Number, each array a []any, and each object a map[string]any. The error is
// as from MarshalJSON.
func (c Claims[P]) Map() (map[string]any, error) {
	data, err := c.MarshalJSON()
	if err != nil {
		return nil, err
	}
	m := make(map[string]any)
	if err := strictjson.Unmarshal(data, &m, strictjson.Any); err != nil {
		return nil, fmt.Errorf("jwt: Claims: %w", err)
	}
	return m, nil
}

// LogValue returns iss, jti and kid only: a log must not hold what MarshalJSON writes.
func (c Claims[P]) LogValue() slog.Value {
	return slog.GroupValue(slog.String("iss", c.Issuer), slog.String("jti", c.ID), slog.String("kid", c.KeyID))
}
