package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/fips140"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

func newECDSA(t *testing.T) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// newFakeVault has a key of each kind.
func newFakeVault(t *testing.T) *fakeVault {
	rsaKey, err := rsaKey()
	require.NoError(t, err)
	return &fakeVault{keys: map[string][]crypto.Signer{"ec": {newECDSA(t)}, "rsa": {rsaKey}, "aes": {nil}}}
}

// serveECDSA returns a client of a fake with the key ec, of these versions, and sign.
func serveECDSA(t *testing.T, sign http.HandlerFunc, versions ...crypto.Signer) *vault {
	f := &fakeVault{keys: map[string][]crypto.Signer{"ec": versions}, sign: sign}
	return f.start(t)
}

func TestVault(t *testing.T) {
	v := newFakeVault(t).start(t)
	for alg, name := range map[jwt.Algorithm]string{jwt.ES256: "ec", jwt.RS256: "rsa", jwt.PS256: "rsa"} {
		t.Run(string(alg), func(t *testing.T) {
			signer, err := v.signer(t.Context(), alg, name, 1)
			require.NoError(t, err)
			requireVerifiedElsewhere(t, signer)
			requireCancelled(t, signer)
		})
	}
	t.Setenv("VAULT_TOKEN", vaultToken)
	requireRuns(t, "-vault", v.url, "-key", "ec")
	requireRuns(t, "-vault", v.url, "-key", "rsa", "-alg", "RS256", "-version", "1")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// testdata/vault.json is what the transit engine of Vault 1.21.4 answered to this test.
func TestRecordedVault(t *testing.T) {
	data, err := os.ReadFile("testdata/vault.json")
	require.NoError(t, err)
	var records []struct {
		Alg                  jwt.Algorithm
		Name                 string
		Key, Request, Answer json.RawMessage
	}
	require.NoError(t, json.Unmarshal(data, &records))
	require.Len(t, records, 3)
	for _, record := range records {
		v := newVault("http://127.0.0.1/v1/transit", vaultToken)
		v.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			switch r.Method + " " + r.URL.Path {
			case "GET /v1/transit/keys/" + record.Name:
				w.Write(record.Key)
			case "POST /v1/transit/sign/" + record.Name + "/sha2-256":
				body, err := io.ReadAll(r.Body)
				require.NoError(t, err)
				require.JSONEq(t, string(record.Request), string(body))
				w.Write(record.Answer)
			}
			return w.Result(), nil
		})
		signer, err := v.signer(t.Context(), record.Alg, record.Name, 1)
		require.NoError(t, err)
		expires := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		_, err = jwt.Sign(t.Context(), signer, jwt.Claims[struct{}]{Subject: "alice", ExpiresAt: expires})
		require.NoError(t, err) // the signature has been verified
	}
}

// With the defaults of Vault, no RSA signature is one of RS256 or PS256.
func TestVaultDefaults(t *testing.T) {
	if fips140.Enforced() {
		t.Skip("the fake cannot sign with the salt that Vault has by default")
	}
	f := newFakeVault(t)
	v := f.start(t)
	for alg, name := range map[jwt.Algorithm]string{jwt.ES256: "ec", jwt.RS256: "rsa", jwt.PS256: "rsa"} {
		good, err := v.signer(t.Context(), alg, name, 1)
		require.NoError(t, err)
		key := good.Verifier()
		signer, err := jwt.NewRemoteSigner(key, func(_ context.Context, input []byte) ([]byte, error) {
			sig, err := vaultSignature(f.keys[name][0], crypto.SHA256, input, "", "", "")
			require.NoError(t, err)
			return base64.StdEncoding.DecodeString(sig)
		})
		require.NoError(t, err)
		token, err := jwt.Sign(t.Context(), signer, claimsOf("alice"))
		if alg == jwt.ES256 { // in DER
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "a signature that its public half does not verify")
		require.Empty(t, token)
	}
}

func TestVaultRotates(t *testing.T) {
	old, added := newECDSA(t), newECDSA(t)
	v := serveECDSA(t, nil, old)
	first, err := v.signer(t.Context(), jwt.ES256, "ec", 1)
	require.NoError(t, err)
	v.url = serveECDSA(t, nil, old, added).url

	// What was made for version 1 signs with version 1.
	requireVerifiedElsewhere(t, first)
	second, err := v.signer(t.Context(), jwt.ES256, "ec", 2)
	require.NoError(t, err)
	require.NotEqual(t, first.KeyID(), second.KeyID())
	requireVerifiedElsewhere(t, second)

	// The key is deleted and made anew under the same name.
	v.url = serveECDSA(t, nil, newECDSA(t)).url
	token, err := jwt.Sign(t.Context(), first, claimsOf("alice"))
	require.ErrorContains(t, err, "a signature that its public half does not verify")
	require.Empty(t, token)
}

// Whatever goes wrong is an error of Sign that comes without a token and shows no secret.
func TestVaultFails(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { // echoes what it got
			body, _ := io.ReadAll(r.Body)
			refuse(w, code, r.Header.Get("X-Vault-Token"), string(body))
		}
	}
	body := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
	}
	signature := func(sig string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { answer(w, map[string]any{"signature": sig}) }
	}
	// signed answers with the true signature of what edit makes of the request, by key.
	signed := func(key crypto.Signer, prefix string, edit func(input []byte) []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var in struct {
				Input []byte `json:"input"`
			}
			require.NoError(t, json.NewDecoder(r.Body).Decode(&in))
			sig, err := vaultSignature(key, crypto.SHA256, edit(in.Input), "jws", "", "")
			require.NoError(t, err)
			signature(prefix+sig)(w, r)
		}
	}
	same := func(input []byte) []byte { return input }
	key := newECDSA(t)
	const wrongSignature = "a signature that its public half does not verify"
	for _, test := range []struct {
		name string
		sign http.HandlerFunc
		want string
	}{
		{"good", signed(key, "vault:v1:", same), ""},
		{"bad request", status(400), "400 Bad Request"},
		{"token revoked", status(403), "403 Forbidden"},
		{"key deleted", status(404), "404 Not Found"},
		{"too many requests", status(429), "429 Too Many Requests"},
		{"standby", status(473), "473"},
		{"internal error", status(500), "500 Internal Server Error"},
		{"sealed", status(503), "503 Service Unavailable"},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "204 No Content"},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		{"hangs up halfway", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"data":{`)
		}, "unexpected EOF"},
		{"endless answer", body(strings.Repeat(" ", maxAnswer+1)), "request body too large"},
		{"nothing", body(""), "unexpected end of JSON input"},
		{"not JSON", body("<html>"), "invalid character"},
		{"cut JSON", body(`{"data":{"signature":"vault:v1:`), "unexpected end of JSON input"},
		{"no data", body(`{}`), "not a signature by version 1"},
		{"null data", body(`{"data":null}`), "not a signature by version 1"},
		{"data of another type", body(`{"data":[1]}`), "cannot unmarshal array"},
		{"signature of another type", body(`{"data":{"signature":1}}`), "cannot unmarshal number"},
		{"no signature", signature(""), "not a signature by version 1"},
		{"no prefix", signed(key, "", same), "not a signature by version 1"},
		{"only the prefix", signature("vault:v1:"), "an ECDSA signature in DER"},
		{"not base64", signature("vault:v1:!"), "illegal base64 data"},
		{"zeros", signature("vault:v1:" + strings.Repeat("A", 86)), wrongSignature},
		{"short", signature("vault:v1:" + strings.Repeat("A", 84)), "an ECDSA signature in DER"},
		{"of another token", signed(key, "vault:v1:", bytes.ToUpper), wrongSignature},
		{"by another version", signed(newECDSA(t), "vault:v2:", same), "not a signature by version 1"},
		{"by another key", signed(newECDSA(t), "vault:v1:", same), wrongSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			signer, err := serveECDSA(t, test.sign, key).signer(t.Context(), jwt.ES256, "ec", 1)
			require.NoError(t, err)
			token, err := jwt.Sign(t.Context(), signer, claimsOf("alice"))
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
			require.Empty(t, token)
			for _, secret := range []string{vaultToken, "eyJ", "ZXlK", "AAAA"} { // of the input, of that in base64, of a signature
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
}

func TestVaultCancelled(t *testing.T) {
	for _, sent := range []string{"", `{"data":{"signature":"vault:v1:`} {
		ctx, cancel := context.WithCancel(t.Context())
		v := serveECDSA(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			if sent != "" {
				io.WriteString(w, sent)
				w.(http.Flusher).Flush()
			}
			cancel()
			<-r.Context().Done() // the client has gone
		}, newECDSA(t))
		signer, err := v.signer(ctx, jwt.ES256, "ec", 1)
		require.NoError(t, err)
		token, err := jwt.Sign(ctx, signer, claimsOf("alice"))
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, token)
	}
}

// A Vault that does not answer makes no caller wait for long, with or without a deadline.
func TestVaultTimeout(t *testing.T) {
	v := serveECDSA(t, nil, newECDSA(t))
	signer, err := v.signer(t.Context(), jwt.ES256, "ec", 1)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		v.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		for deadline, want := range map[time.Duration]time.Duration{time.Hour: 5 * time.Second, time.Second: time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			start := time.Now()
			token, err := jwt.Sign(ctx, signer, claimsOf("alice"))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Empty(t, token)
			require.Equal(t, want, time.Since(start))
		}
	})
}

// The host that Vault redirects to does not get the token for Vault.
func TestVaultRedirects(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	defer elsewhere.Close()
	v := serveECDSA(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}, newECDSA(t))
	signer, err := v.signer(t.Context(), jwt.ES256, "ec", 1)
	require.NoError(t, err)
	token, err := jwt.Sign(t.Context(), signer, claimsOf("alice"))
	require.ErrorContains(t, err, "307 Temporary Redirect")
	require.Empty(t, token)
}

func TestVaultRefuses(t *testing.T) {
	v := newFakeVault(t).start(t)
	for _, test := range []struct {
		alg     jwt.Algorithm
		name    string
		version int
		want    string
	}{
		{jwt.ES256, "none", 1, "vault: GET /keys/none: 404 Not Found"},
		{jwt.ES256, "../sys", 1, "vault: GET /keys/..%2Fsys: 404 Not Found"},
		{jwt.ES256, "ec", 0, `vault: key "ec" has no public key of version 0`},
		{jwt.ES256, "ec", 2, `vault: key "ec" has no public key of version 2`},
		{jwt.ES256, "aes", 1, "vault: GET /keys/aes: json: cannot unmarshal number"},
		{jwt.RS256, "ec", 1, `jwt: "RS256" is not for an ECDSA key`},
		{jwt.ES256, "rsa", 1, `jwt: "ES256" is not for an RSA key`},
		{jwt.ES384, "ec", 1, "jwt: ES384 key: curve P-256"},
		{jwt.HS256, "ec", 1, "jwt: HS256 key: "},
		{"", "ec", 1, `jwt: "" is not an algorithm`},
	} {
		_, err := v.signer(t.Context(), test.alg, test.name, test.version)
		require.ErrorContains(t, err, test.want)
	}
	v.token = "hvs.another"
	_, err := v.signer(t.Context(), jwt.ES256, "ec", 1)
	require.EqualError(t, err, "vault: GET /keys/ec: 403 Forbidden")
	v.token = "with\nnewline"
	_, err = v.signer(t.Context(), jwt.ES256, "ec", 1)
	require.ErrorContains(t, err, "X-Vault-Token")
	require.NotContains(t, err.Error(), "newline")
}
