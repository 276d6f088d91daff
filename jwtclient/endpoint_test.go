package jwtclient_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwtclient"
)

// What is sent: RFC 6749 sections 2.3.1 and 4.4.2, RFC 7523 section 2 and RFC 8693
// section 2.1.
func TestForm(t *testing.T) {
	signer := newSigner(t)
	token := func(text string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return text, nil }
	}
	const (
		bearer   = "urn:ietf:params:oauth:grant-type:jwt-bearer"
		exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
		kind     = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	)
	for name, tt := range map[string]struct {
		change func(*jwtclient.Endpoint)
		form   url.Values // without the assertions
		basic  bool
	}{
		"client_secret_basic": {
			func(e *jwtclient.Endpoint) {
				e.Scopes, e.Resources = []string{"orders:read", "orders:write"}, []string{orders, "urn:b"}
			},
			url.Values{"grant_type": {"client_credentials"}, "scope": {"orders:read orders:write"}, "resource": {orders, "urn:b"}}, true,
		},
		"client_secret_post": {
			func(e *jwtclient.Endpoint) { e.SecretInBody, e.Audiences = true, []string{"a", "b"} },
			url.Values{"grant_type": {"client_credentials"}, "client_id": {"billing"}, "client_secret": {password}, "audience": {"a", "b"}}, false,
		},
		"private_key_jwt": {
			func(e *jwtclient.Endpoint) {
				e.Secret, e.Key, e.KeyType, e.Issuer = "", signer, "client-authentication+jwt", issuer
			},
			url.Values{"grant_type": {"client_credentials"}, "client_id": {"billing"}, "client_assertion_type": {kind}}, false,
		},
		"RFC 7523": {
			func(e *jwtclient.Endpoint) {
				e.Issuer, e.Grant = issuer, jwtclient.JWTBearer{Signer: signer, Subject: "alice", Private: map[string]any{"scope": "x"}}
			},
			url.Values{"grant_type": {bearer}}, true,
		},
		"RFC 7523 without a client": {
			func(e *jwtclient.Endpoint) {
				e.ClientID, e.Secret, e.Grant = "", "", jwtclient.JWTBearer{Signer: signer, Issuer: "billing", Audience: issuer}
			},
			url.Values{"grant_type": {bearer}}, false,
		},
		"RFC 8693": {
			func(e *jwtclient.Endpoint) {
				e.Grant = jwtclient.Exchange{
					Subject: token("user-token"), SubjectType: jwtclient.IDTokenType,
					Actor: token("service-token"), RequestedType: jwtclient.JWTType,
				}
			},
			url.Values{
				"grant_type": {exchange}, "subject_token": {"user-token"}, "subject_token_type": {jwtclient.IDTokenType},
				"actor_token": {"service-token"}, "actor_token_type": {jwtclient.AccessTokenType},
				"requested_token_type": {jwtclient.JWTType},
			}, true,
		},
		"a public client": {
			func(e *jwtclient.Endpoint) {
				e.Secret, e.Grant = "", jwtclient.Exchange{Subject: token("user-token")}
			},
			url.Values{
				"grant_type": {exchange}, "client_id": {"billing"},
				"subject_token": {"user-token"}, "subject_token_type": {jwtclient.AccessTokenType},
			}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := new(server)
			source := endpointOf(hosts{issuer: s.ServeHTTP})
			tt.change(&source)
			got, _, err := newTransport(t, nil, source).Token(t.Context())
			require.NoError(t, err)
			require.Equal(t, "token-1", got)
			form, basic := s.forms[0], ""
			if assertion := form.Get("client_assertion"); assertion != "" {
				claims := requireSigned(t, signer, assertion, issuer, "client-authentication+jwt")
				require.Equal(t, "billing", claims.Subject)
				require.Equal(t, time.Minute, claims.ExpiresAt.Sub(claims.IssuedAt))
				require.Empty(t, claims.Private)
			}
			if assertion := form.Get("assertion"); assertion != "" {
				claims := requireSigned(t, signer, assertion, issuer, "JWT")
				if name == "RFC 7523" {
					require.Equal(t, "alice", claims.Subject)
					require.Equal(t, map[string]any{"scope": "x"}, claims.Private)
				} else {
					require.Equal(t, "billing", claims.Subject)
				}
			}
			form.Del("assertion")
			form.Del("client_assertion")
			require.Equal(t, tt.form, form)
			if tt.basic {
				basic = "Basic " + base64.StdEncoding.EncodeToString([]byte("billing:"+url.QueryEscape(password)))
			}
			require.Equal(t, basic, s.basic[0])
		})
	}
}

// Each call has an assertion of its own: servers refuse one that they have seen.
func TestAssertionOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		signer := newSigner(t)
		source := endpointOf(hosts{issuer: s.ServeHTTP})
		source.Secret, source.Key, source.Issuer = "", signer, issuer
		transport := newTransport(t, nil, source)
		ids := make(map[string]bool)
		for range 3 {
			_, _, err := transport.Token(t.Context())
			require.NoError(t, err)
			ids[requireSigned(t, signer, s.forms[len(s.forms)-1].Get("client_assertion"), issuer).ID] = true
			time.Sleep(time.Hour)
		}
		require.Len(t, ids, 3)
	})
}

// Credentials are not sent where a redirect leads.
func TestEndpointRedirects(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		network := hosts{
			issuer: func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://evil.example/token", status)
			},
			"https://evil.example": func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") },
		}
		_, _, err := newTransport(t, network, endpointOf(network)).Token(t.Context())
		refused, ok := errors.AsType[*jwtclient.Error](err)
		require.True(t, ok)
		require.Equal(t, status, refused.StatusCode)
	}
}

// A server that does not answer, or never comes to the end.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		network := roundTripper(func(r *http.Request) (*http.Response, error) {
			if time.Since(begin) > time.Minute {
				return &http.Response{StatusCode: 200, Body: io.NopCloser(&endless{r.Context()}), Header: make(http.Header)}, nil
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		transport := newTransport(t, network, endpointOf(network))
		for range 2 {
			start := time.Now()
			_, _, err := transport.Token(t.Context())
			require.ErrorIs(t, err, context.DeadlineExceeded)
			_, ok := errors.AsType[*jwtclient.Error](err)
			require.True(t, ok)
			require.Equal(t, 10*time.Second, time.Since(start))
			requireNoSecret(t, err.Error())
			time.Sleep(time.Minute)
		}
	})
}

// endless is a body that has a byte each second.
type endless struct{ ctx context.Context }

func (b *endless) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		return copy(p, " "), nil
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	}
}

// The URL of an endpoint may have a query, which errors leave out.
func TestQueryIsKept(t *testing.T) {
	var asked string
	network := hosts{issuer: func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RawQuery
		w.WriteHeader(http.StatusBadGateway)
	}}
	source := endpointOf(network)
	source.URL += "?key=not-for-logs"
	_, _, err := newTransport(t, network, source).Token(t.Context())
	require.EqualError(t, err, "jwtclient: no token: "+endpoint+" answered 502")
	require.Equal(t, "key=not-for-logs", asked)
	source.Transport = hosts{}
	_, _, err = newTransport(t, network, source).Token(t.Context())
	require.EqualError(t, err, "jwtclient: no token: "+endpoint+": no host auth.example.com")
}

// A real server, over TLS that this program does not trust.
func TestUntrustedServer(t *testing.T) {
	needsSockets(t)
	auth := httptest.NewUnstartedServer(new(server))
	auth.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail
	auth.StartTLS()
	defer auth.Close()
	source := jwtclient.Endpoint{URL: auth.URL, ClientID: "billing", Secret: password}
	_, _, err := newTransport(t, nil, source).Token(t.Context())
	require.ErrorContains(t, err, "certificate")
	source.Transport = auth.Client().Transport
	token, _, err := newTransport(t, nil, source).Token(t.Context())
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(token, "token-"))
}

var _ jwt.Signer = (*nilSigner)(nil)
