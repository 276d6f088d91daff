package jwtclient_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/jwtclient"
)

// answering is a network whose token endpoint answers with one thing.
func answering(status int, contentType, body string) hosts {
	return hosts{issuer: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}}
}

// Answers with a token: RFC 6749 section 5.1.
func TestAnswers(t *testing.T) {
	const json = "application/json"
	for body, life := range map[string]time.Duration{
		`{"access_token":"t","token_type":"Bearer","expires_in":60}`:                                         time.Minute,
		`{"access_token":"t","token_type":"bearer","expires_in":"60"}`:                                       time.Minute,
		`{"access_token":"t","token_type":"BEARER","expires_in":60.9}`:                                       time.Minute,
		`{"access_token":"t","token_type":"Bearer","expires_in":6e1}`:                                        time.Minute,
		`{"access_token":"t","token_type":"Bearer"}`:                                                         5 * time.Minute,
		`{"access_token":"t","token_type":"Bearer","expires_in":null}`:                                       5 * time.Minute,
		`{"access_token":"t","token_type":"Bearer","expires_in":1e300}`:                                      30 * 24 * time.Hour,
		`{"access_token":"t","token_type":"Bearer","expires_in":60,"scope":"a","issued_token_type":"urn:x"}`: time.Minute,
		`{"access_token":"t","token_type":"Bearer","Expires_In":60}`:                                         5 * time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			network := answering(200, json, body)
			token, expires, err := newTransport(t, network, endpointOf(network)).Token(t.Context())
			require.NoError(t, err, body)
			require.Equal(t, "t", token)
			require.Equal(t, life, time.Until(expires), body)
		})
	}
}

func TestBadAnswers(t *testing.T) {
	token := func(members string) string { return `{"access_token":"token-1","token_type":"Bearer"` + members + `}` }
	for text, network := range map[string]hosts{
		`answered 200 with something that is not a JSON object; its type is "text/html"`: answering(200, "text/html", "<html>token-1"),
		`its type is ""`:                                answering(200, "", ""),
		`its type is "null"`:                            answering(200, "null", "null"),
		`its type is "array"`:                           answering(200, "array", "[]"),
		`its type is "` + strings.Repeat("x", 64) + `"`: answering(200, strings.Repeat("x", 1000), token("}")),
		"answered 200, with more than 65536 bytes":      answering(200, "", token("")+strings.Repeat(" ", 64<<10)),
		"answered 500, with more than 65536 bytes":      answering(500, "", strings.Repeat("x", 64<<10+1)),
		`the token_type "DPoP", which is not Bearer`:    answering(200, "", `{"access_token":"token-1","token_type":"DPoP"}`),
		`the token_type "N_A", which is not Bearer`:     answering(200, "", `{"access_token":"token-1","token_type":"N_A"}`),
		`the token_type "", which is not Bearer`:        answering(200, "", `{"access_token":"token-1"}`),
		`the token_type "bearer `:                       answering(200, "", `{"access_token":"token-1","token_type":"bearer `+strings.Repeat("x", 999)+`"}`),
		"answered without an access_token":              answering(200, "", `{"token_type":"Bearer"}`),
		"without an access_token that can":              answering(200, "", `{"access_token":"","token_type":"Bearer"}`),
		"without an access_token that can be":           answering(200, "", `{"access_token":"token-1\r\nX: y","token_type":"Bearer"}`),
		"without an access_token that can be sent":      answering(200, "", `{"access_token":"token-1 2","token_type":"Bearer"}`),
		"an access_token that can be sent in a":         answering(200, "", `{"access_token":["token-1"],"token_type":"Bearer"}`),
		`the expires_in "-5": the token has expired`:    answering(200, "", token(`,"expires_in":-5`)),
		`the expires_in "0": the token has expired`:     answering(200, "", token(`,"expires_in":0`)),
		`the expires_in "soon", which is not a number`:  answering(200, "", token(`,"expires_in":"soon"`)),
		`the expires_in "true", which is not a number`:  answering(200, "", token(`,"expires_in":true`)),
		`the expires_in "NaN", which is not a number`:   answering(200, "", token(`,"expires_in":"NaN"`)),
		`the expires_in "[60]", which is not a number`:  answering(200, "", token(`,"expires_in":[60]`)),
		"answered 204": answering(204, "", ""),
	} {
		transport := newTransport(t, network, endpointOf(network))
		got, expires, err := transport.Token(t.Context())
		require.ErrorContains(t, err, text)
		require.Empty(t, got)
		require.True(t, expires.IsZero())
		require.Less(t, len(err.Error()), 300)
		_, ok := errors.AsType[*jwtclient.Error](err)
		require.True(t, ok)
		requireNoSecret(t, err.Error())
		_, err = (&http.Client{Transport: transport}).Get(orders)
		require.ErrorContains(t, err, text, "the error of Token, though the request has its own")
	}
}

// Refusals: RFC 6749 section 5.2.
func TestError(t *testing.T) {
	long := strings.Repeat("é", 1000)
	for _, tt := range []struct {
		status      int
		body        string
		code, descr string
		text        string
	}{
		{400, `{"error":"invalid_scope","error_description":"no \"x\"\nhere"}`, "invalid_scope", "no \"x\"\nhere", ` answered 400: "invalid_scope": "no \"x\"\nhere"`},
		{401, `{"error":"invalid_client"}`, "invalid_client", "", ` answered 401: "invalid_client"`},
		{503, `<html>`, "", "", " answered 503"},
		{400, `{"error":7}`, "", "", " answered 400"},
		{400, `{"error":"x","error_description":"the secret ` + password + ` is wrong"}`, "x", "", ` answered 400: "x"`},
		{400, `{"error":"` + password + `"}`, "", "", " answered 400"},
		{400, `{"error":"` + long + `","error_description":"` + long + `"}`, strings.Repeat("é", 32), strings.Repeat("é", 128), ""},
	} {
		network := answering(tt.status, "application/json", tt.body)
		_, _, err := newTransport(t, network, endpointOf(network)).Token(t.Context())
		refused, ok := errors.AsType[*jwtclient.Error](err)
		require.True(t, ok)
		require.Equal(t, tt.status, refused.StatusCode)
		require.Equal(t, tt.code, refused.Code)
		require.Equal(t, tt.descr, refused.Description)
		require.NoError(t, refused.Unwrap())
		if tt.text != "" {
			require.EqualError(t, err, "jwtclient: no token: "+endpoint+tt.text)
		}
	}
}

// What the network says is not repeated without end.
func TestLongError(t *testing.T) {
	network := roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New(strings.Repeat("x", 1<<20))
	})
	_, _, err := newTransport(t, network, endpointOf(network)).Token(t.Context())
	require.Less(t, len(err.Error()), 1200)
}

// Whatever the endpoint answers, there is a token that can be sent and has a lifetime, or an
// *Error that is short and shows no secret.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(`{"access_token":"t","token_type":"Bearer","expires_in":60}`))
	f.Add(200, []byte(`{"access_token":"t","token_type":"bearer","expires_in":"1e9"}`))
	f.Add(400, []byte(`{"error":"invalid_client","error_description":"\u0000`+password+`"}`))
	f.Add(503, []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return // httptest panics
		}
		network := answering(status, "application/json", string(body))
		token, expires, err := newTransport(t, network, endpointOf(network)).Token(t.Context())
		if err == nil {
			require.Regexp(t, `^[!-~]+$`, token)
			life := time.Until(expires)
			require.True(t, life > 0 && life <= 30*24*time.Hour, life)
			return
		}
		_, ok := errors.AsType[*jwtclient.Error](err)
		require.True(t, ok)
		require.Empty(t, token)
		require.Less(t, len(err.Error()), 2000)
		require.NotContains(t, err.Error(), password)
	})
}
