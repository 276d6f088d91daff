package debug

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
)

// An edit is what the user has made of a token.
type edit struct {
	Token          string // before
	Header, Claims []row  // after
	Key            string // "" or a key to sign with
}

// edit returns the token that says what the rows say. It is signed if there is a key for it.
// Else it has its old signature, which no longer fits.
func (p *Page) edit(ctx context.Context, e edit) reading {
	header, badHeader := object(e.Header)
	claims, badClaims := object(e.Claims)
	input := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	old := strings.Split(p.cfg.Bare(e.Token), ".")
	if len(badHeader)+len(badClaims) > 0 {
		r := p.with(input+"."+last(old), "broken", "The token waits until all values are JSON")
		r.Token = ""
		mark(r.Header, badHeader)
		mark(r.Claims, badClaims)
		return r
	}
	if len(old) == 3 && old[0]+"."+old[1] == input && e.Key == "" {
		return p.with(strings.Join(old, "."), "unverified", "Signature not verified")
	}
	signature, alg, err := sign(ctx, header, input, e.Key)
	switch {
	case err == nil:
		return p.with(input+"."+signature, "signed", "Signed again with your key, "+string(alg))
	case errors.Is(err, errNoKey):
		return p.with(input+"."+last(old), "stale", "The signature no longer fits")
	}
	return p.with(input+"."+last(old), "stale", "The signature no longer fits: "+err.Error())
}

func (p *Page) with(token, state, summary string) reading {
	r := p.read(token)
	r.Token, r.State, r.Summary = token, state, summary
	return r
}

// last returns the signature of a token, or "".
func last(parts []string) string {
	if len(parts) != 3 {
		return ""
	}
	return parts[2]
}

var errNoKey = errors.New("no key")

// sign signs with the algorithm that the header names. Its errors repeat nothing of the key.
func sign(ctx context.Context, header []byte, input, key string) (signature string, alg jwt.Algorithm, err error) {
	if strings.TrimSpace(key) == "" {
		return "", "", errNoKey
	}
	var h struct{ Alg, Kid, Typ string }
	if json.Unmarshal(header, &h) != nil || h.Alg == "" {
		return "", "", errors.New("the header names no alg to sign with")
	}
	f, err := keyfile.Read([]byte(key))
	if err != nil {
		return "", "", err
	}
	s, err := f.Signer(jwt.Algorithm(h.Alg), "")
	if err != nil {
		return "", "", errors.New("the key does not sign " + h.Alg + ": " + strings.TrimPrefix(err.Error(), "jwt: "))
	}
	sum, err := s.Sign(ctx, jwt.Header{Algorithm: s.Algorithm(), KeyID: h.Kid, Type: h.Typ}, []byte(input))
	if err != nil {
		return "", "", err
	}
	return base64.RawURLEncoding.EncodeToString(sum), s.Algorithm(), nil
}

// object returns the rows as a JSON object. A row that is not JSON is null there, and bad says
// what is wrong with it.
func object(rows []row) (text []byte, bad map[int]string) {
	var out bytes.Buffer
	bad = map[int]string{}
	out.WriteByte('{')
	for i, r := range rows {
		if i > 0 {
			out.WriteByte(',')
		}
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		enc.Encode(r.Name)
		out.Truncate(out.Len() - 1) // the newline
		out.WriteByte(':')
		if json.Compact(&out, []byte(r.Value)) != nil {
			bad[i] = "this is not JSON: " + hint(r.Value)
			out.WriteString("null")
		}
	}
	out.WriteByte('}')
	return out.Bytes(), bad
}

// hint says what might be meant.
func hint(value string) string {
	switch value = strings.TrimSpace(value); {
	case value == "":
		return `write null, or "" for an empty text`
	case strings.ContainsAny(value[:1], "{["):
		return "a bracket, a quote or a comma is missing or too much"
	}
	return `write text in quotes, as "text"`
}

// mark puts what is wrong beside the rows.
func mark(rows []row, bad map[int]string) {
	for i, text := range bad {
		rows[i].Notes = []note{{"bad", text}}
	}
}
