package debug

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/cda17858/jwt"
)

// An edit is a token and the user's changes to it.
type edit struct {
	Token          string // before
	Header, Claims []row  // after
	Key            string // "" or a key to sign with
	Encoding       string // of Key, see readKey
}

// edit returns the token with the contents of the rows. It is signed again if there is a key;
// otherwise it keeps its old signature, which is no longer valid.
func (p *Page) edit(ctx context.Context, e edit) reading {
	old := p.cfg.Bare(e.Token)
	parts := strings.Split(old, ".")
	if len(parts) == 5 {
		return p.with(old, "encrypted", "An encrypted token cannot be edited")
	}
	header, badHeader := object(e.Header)
	claims, badClaims := object(e.Claims)
	input := encode(header) + "." + encode(claims)
	if len(e.Claims) == 0 && len(parts) > 1 && p.read(old).Text != "" {
		input = encode(header) + "." + parts[1] // the payload is not JSON, and has no rows
	}
	signature := ""
	if len(parts) == 3 {
		signature = parts[2]
	}
	if len(badHeader)+len(badClaims) > 0 {
		r := p.with(input+"."+signature, "broken", "Not all values are JSON, so the token is not updated")
		r.Token = ""
		mark(r.Header, badHeader)
		mark(r.Claims, badClaims)
		return r
	}
	again, summary, err := sign(ctx, header, input, e)
	switch {
	case err == nil:
		return p.with(input+"."+again, "signed", summary)
	case !errors.Is(err, errNoKey):
		return p.with(input+"."+signature, "stale", "The signature is no longer valid: "+err.Error())
	case input+"."+signature == old:
		return p.with(old, "unverified", "Signature not verified")
	}
	return p.with(input+"."+signature, "stale", "The signature is no longer valid")
}

func encode(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

func (p *Page) with(token, state, summary string) reading {
	r := p.read(token)
	r.Token, r.State, r.Summary = token, state, summary
	return r
}

var errNoKey = errors.New("no key")

// sign signs with the algorithm in the header, and returns a summary. Its errors do not contain
// the key.
func sign(ctx context.Context, header []byte, input string, e edit) (signature, summary string, err error) {
	if strings.TrimSpace(e.Key) == "" {
		return "", "", errNoKey
	}
	var h struct{ Alg, Kid, Typ string }
	if json.Unmarshal(header, &h) != nil || h.Alg == "" {
		return "", "", errors.New("the header has no alg")
	}
	f, err := readKey(e.Key, e.Encoding)
	if err != nil {
		return "", "", err
	}
	summary = "Signed again with your key, " + h.Alg
	if f.Short() {
		summary = "Signed again with your secret, which is too short to be safe"
		f.AllowShort(true)
	}
	s, err := f.Signer(jwt.Algorithm(h.Alg), "")
	if err != nil {
		return "", "", errors.New("the key cannot sign with " + h.Alg + ": " + strings.TrimPrefix(err.Error(), "jwt: "))
	}
	sum, err := s.Sign(ctx, jwt.Header{Algorithm: s.Algorithm(), KeyID: h.Kid, Type: h.Typ}, []byte(input))
	return encode(sum), summary, err
}

// object returns the rows as a JSON object. A value that is not JSON becomes null, and bad says
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

// hint suggests a fix for a value that is not JSON.
func hint(value string) string {
	switch value = strings.TrimSpace(value); {
	case value == "":
		return `write null, or "" for an empty string`
	case strings.ContainsAny(value[:1], "{["):
		return "check the brackets, quotes and commas"
	}
	return `put text in quotes, such as "text"`
}

// mark adds what is wrong to the rows. There are fewer rows than were sent if one before them
// is nested too deeply to be read.
func mark(rows []row, bad map[int]string) {
	for i, text := range bad {
		if i < len(rows) {
			rows[i].Notes = []note{{"bad", text}}
		}
	}
}
