package debug_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A reading is what the page gets to show.
type reading struct {
	State, Summary, Token, Text, Problem string
	Notes                                []note
	Header, Claims                       []row
	Dates                                []struct{ Name, Relative string }
}

type row struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Notes []note `json:"notes,omitempty"`
}

type note struct{ Level, Text string }

// ask asks a question as the page does, and fills in answer.
func ask(t *testing.T, url, endpoint string, question, answer any) {
	t.Helper()
	body, err := json.Marshal(question)
	require.NoError(t, err)
	resp := send(t, http.MethodPost, url+endpoint, bytes.NewReader(body), http.Header{
		"Origin": {origin(url)}, "Content-Type": {"application/json"},
	})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.NoError(t, json.NewDecoder(resp.Body).Decode(answer))
}

func send(t *testing.T, method, url string, body io.Reader, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	r.Header = header
	r.Host = header.Get("Host")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func origin(url string) string { return url[:strings.Index(url[len("http://"):], "/")+len("http://")] }

// Nobody but the page gets an answer.
func TestGuards(t *testing.T) {
	url := servePage(t, "", time.Now)
	own, other := origin(url), "http://attacker.example.com"
	json := "application/json"
	for _, tt := range []struct {
		name, method, url, host, origin, kind string
		want                                  int
	}{
		{"the page", "GET", url, "", "", "", http.StatusOK},
		{"its script", "GET", url + "main.js", "", "", "", http.StatusOK},
		{"its question", "POST", url + "decode", "", own, json, http.StatusOK},
		{"with a charset", "POST", url + "decode", "", own, json + "; charset=utf-8", http.StatusOK},
		{"no path", "GET", own + "/", "", "", "", http.StatusNotFound},
		{"another path", "GET", own + "/AAAAAAAAAAAAAAAAAAAAAAAAAA/", "", "", "", http.StatusNotFound},
		{"part of the path", "GET", url[:len(url)-2], "", "", "", http.StatusNotFound},
		{"a question without the path", "POST", own + "/decode", "", own, json, http.StatusNotFound},
		{"a name that resolves to this machine", "GET", url, "attacker.example.com", "", "", http.StatusMisdirectedRequest},
		{"another port", "GET", url, "127.0.0.1:1", "", "", http.StatusMisdirectedRequest},
		{"localhost", "POST", url + "decode", "localhost" + own[strings.LastIndex(own, ":"):], own, json, http.StatusMisdirectedRequest},
		{"no origin", "POST", url + "decode", "", "", json, http.StatusForbidden},
		{"another origin", "POST", url + "decode", "", other, json, http.StatusForbidden},
		{"null as origin", "POST", url + "decode", "", "null", json, http.StatusForbidden},
		{"a form", "POST", url + "decode", "", own, "text/plain", http.StatusForbidden},
		{"no such question", "POST", url + "keys", "", own, json, http.StatusNotFound},
		{"a question by GET", "GET", url + "decode", "", own, json, http.StatusNotFound},
		{"the files above", "GET", url + "../debug.go", "", "", "", http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := send(t, tt.method, tt.url, strings.NewReader(`{}`), http.Header{
				"Host": {tt.host}, "Origin": {tt.origin}, "Content-Type": {tt.kind},
			})
			require.Equal(t, tt.want, resp.StatusCode)
			require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
			require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
			require.Contains(t, resp.Header.Get("Content-Security-Policy"), "connect-src 'self'")
			if tt.want == http.StatusOK {
				require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
			}
			require.Equal(t, "no-referrer", resp.Header.Get("Referrer-Policy"))
		})
	}
	require.NotEqual(t, url[len(own):], servePage(t, "", time.Now)[len(own):], "the path is the same each time")
}

func TestQuestionTooLong(t *testing.T) {
	url := servePage(t, "", time.Now)
	body := `{"token":"` + strings.Repeat("a", 9<<20) + `"}`
	resp := send(t, http.MethodPost, url+"decode", strings.NewReader(body), http.Header{
		"Origin": {origin(url)}, "Content-Type": {"application/json"},
	})
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
}

func TestDecode(t *testing.T) {
	f := newFixture(t, time.Now())
	url := servePage(t, f.token, time.Now)
	for _, tt := range []struct{ name, token, state, summary string }{
		{"nothing", "", "empty", "Paste a token"},
		{"good", f.token, "unverified", "Signature not verified"},
		{"with its scheme", " Bearer " + f.token, "unverified", "Signature not verified"},
		{"truncated", f.token[:150], "broken", "This is not a complete token"},
		{"no token", "hello", "broken", "This is not a complete token"},
		{"without a signature", f.token[:strings.LastIndex(f.token, ".")+1], "broken", "This is not a complete token"},
		{"not signed", "eyJhbGciOiJub25lIn0.e30.", "broken", "Not signed: anyone could have written it"},
		{"encrypted", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", "encrypted", "Encrypted: only the header can be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r reading
			ask(t, url, "decode", map[string]string{"token": tt.token}, &r)
			require.Equal(t, tt.state, r.State)
			require.Equal(t, tt.summary, r.Summary)
		})
	}
	var r reading
	ask(t, url, "decode", map[string]string{"token": f.odd}, &r)
	require.Equal(t, "jku", r.Header[len(r.Header)-1].Name)
	require.Contains(t, r.Header[len(r.Header)-1].Notes[1].Text, "lets the sender choose the key")
	require.Equal(t, "exp", r.Dates[1].Name)
	require.Equal(t, "expired 2 h ago", r.Dates[1].Relative)

	var text reading
	ask(t, url, "decode", map[string]string{"token": "eyJhbGciOiJIUzI1NiJ9.aGVsbG8.AAAA"}, &text)
	require.Equal(t, "hello", text.Text)
	require.Empty(t, text.Claims)

	var given struct{ Token string }
	ask(t, url, "start", struct{}{}, &given)
	require.Equal(t, f.token, given.Token)
}
