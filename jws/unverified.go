package jws

import (
	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/internal/compact"
)

// An UnverifiedMessage is what a token says. Anyone can have made it. It is a type of its own
// so that it cannot pass for a [Message].
type UnverifiedMessage struct {
	Algorithm jwt.Algorithm // alg
	KeyID     string        // kid
	Type      string        // typ

	// Header holds the header's further parameters, crit and b64 included. Each number is an
	// [encoding/json.Number]. It is nil if there are none.
	Header map[string]any

	// Payload is decoded. It is empty for a token whose payload is detached.
	Payload []byte
}

// Unverified returns the header and the payload of token. It checks nothing except their
// form: what it returns is for tools and logs, never for a decision. Each of its errors is a
// [*jwt.TokenError]. Tokens of more than 1 MiB are refused.
func Unverified(token string) (*UnverifiedMessage, error) {
	o, err := compact.Look(token, defaultMaxBytes)
	if err != nil {
		return nil, refusal(err)
	}
	m := &UnverifiedMessage{Algorithm: jwt.Algorithm(o.Algorithm), KeyID: o.KeyID, Type: o.Type, Payload: o.Payload}
	all, e := compact.DecodeHeader(o.Parameters)
	if e != nil {
		return nil, refusal(e)
	}
	for _, name := range []string{"alg", "kid", "typ"} {
		delete(all, name)
	}
	if len(all) > 0 {
		m.Header = all
	}
	return m, nil
}
