package jwtclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxAnswer = 64 << 10 // bytes

	// What an answer says is repeated to this extent.
	maxCode        = 64  // bytes
	maxDescription = 256 // bytes
	maxReason      = 1 << 10

	defaultLife = 5 * time.Minute // of a token whose answer does not say
	maxLife     = 30 * 24 * time.Hour
)

// An Error is why there is no token. [Transport.Token] returns it, and so do requests.
type Error struct {
	// StatusCode is that of the answer, if the token endpoint did not answer with 200.
	// Otherwise it is 0.
	StatusCode int

	// Code is the error of that answer (RFC 6749 section 5.2), such as "invalid_client": at
	// most 64 bytes, or "" if the answer has none.
	Code string

	// Description is the error_description of that answer, at most 256 bytes. It is empty if
	// it would repeat a secret or a token of ours.
	Description string

	place string // the URL of the endpoint, without its query
	err   error  // if StatusCode is 0
}

// Error says where the call has failed and why. It quotes what the server wrote, and holds no
// secret and no token.
func (e *Error) Error() string {
	if e.err != nil {
		return "jwtclient: no token: " + cut(e.err.Error(), maxReason)
	}
	text := fmt.Sprintf("jwtclient: no token: %s answered %d", e.place, e.StatusCode)
	for _, s := range []string{e.Code, e.Description} {
		if s != "" {
			text += fmt.Sprintf(": %q", s)
		}
	}
	return text
}

// Unwrap returns the error of the network, of a Signer, or of a func of an [Exchange].
func (e *Error) Unwrap() error { return e.err }

// limit removes what repeats one of our secrets, and shortens the rest.
func (e *Error) limit(secrets ...string) {
	for _, s := range secrets {
		if s != "" && strings.Contains(e.Code, s) {
			e.Code = ""
		}
		if s != "" && strings.Contains(e.Description, s) {
			e.Description = ""
		}
	}
	e.Code, e.Description = cut(e.Code, maxCode), cut(e.Description, maxDescription)
}

// cut returns the first n bytes of s, or less, so that no character is divided.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// readAnswer reads the answer of a token endpoint (RFC 6749 section 5), to a request that was
// made at the time issued. If the endpoint has refused, the error is an *Error.
func readAnswer(resp *http.Response, issued time.Time) (token, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return token{}, err
	}
	if len(body) > maxAnswer {
		return token{}, fmt.Errorf("answered %d, with more than %d bytes", resp.StatusCode, maxAnswer)
	}
	// A map has the names in their exact case.
	var members map[string]json.RawMessage
	err = json.Unmarshal(body, &members)
	if resp.StatusCode != http.StatusOK {
		return token{}, &Error{
			StatusCode:  resp.StatusCode,
			Code:        text(members["error"]),
			Description: text(members["error_description"]),
		}
	}
	if err != nil || members == nil {
		return token{}, fmt.Errorf("answered 200 with something that is not a JSON object; its type is %.64q", resp.Header.Get("Content-Type"))
	}
	return readToken(members, issued)
}

// readToken reads a token (RFC 6749 section 5.1).
func readToken(members map[string]json.RawMessage, issued time.Time) (token, error) {
	t := token{text: text(members["access_token"]), issued: issued}
	if kind := text(members["token_type"]); !strings.EqualFold(kind, "Bearer") {
		return token{}, fmt.Errorf("answered with the token_type %.64q, which is not Bearer", kind)
	}
	if !isToken(t.text) {
		return token{}, errors.New("answered without an access_token that can be sent in a header field")
	}
	life, err := lifetime(members["expires_in"])
	t.expires = issued.Add(life)
	return t, err
}

// lifetime reads expires_in: a number of seconds, which some servers write as a string.
func lifetime(value json.RawMessage) (time.Duration, error) {
	if len(value) == 0 || string(value) == "null" {
		return defaultLife, nil
	}
	digits := strings.Trim(string(value), `"`)
	seconds, err := strconv.ParseFloat(digits, 64)
	switch {
	case err != nil || math.IsNaN(seconds):
		return 0, fmt.Errorf("answered with the expires_in %.64q, which is not a number", digits)
	case seconds < 1:
		return 0, fmt.Errorf("answered with the expires_in %.64q: the token has expired", digits)
	}
	return time.Duration(min(seconds, maxLife.Seconds())) * time.Second, nil
}

// text returns the text of a JSON string, or "".
func text(value json.RawMessage) (s string) {
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}
