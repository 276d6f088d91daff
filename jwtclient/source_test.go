package jwtclient_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwtclient"
)

func TestSelfSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type private struct {
			Scope string `json:"scope"`
		}
		signer := newSigner(t)
		transport := newTransport(t, hosts{orders: echo}, jwtclient.SelfSigned[private]{
			Signer: signer,
			Claims: jwt.Claims[private]{
				Issuer: "billing", Subject: "billing", Audience: []string{orders}, Type: "at+jwt",
				Private: private{"orders:read"},
			},
			Lifetime: time.Minute,
		})
		token, expires, err := transport.Token(t.Context())
		require.NoError(t, err)
		first := requireSigned(t, signer, token, orders, "at+jwt")
		require.Equal(t, first.ExpiresAt, expires.UTC())
		require.Equal(t, time.Minute, expires.Sub(first.IssuedAt))
		require.Equal(t, map[string]any{"scope": "orders:read"}, first.Private)

		_, body := get(t, transport, orders)
		require.Equal(t, "Bearer "+token, body, "the token is kept")
		time.Sleep(55 * time.Second)
		token, _, err = transport.Token(t.Context())
		require.NoError(t, err)
		require.NotEqual(t, first.ID, requireSigned(t, signer, token, orders, "at+jwt").ID)
	})
}

// broken is a key that is far away, and does not answer.
type broken struct{ jwt.Signer }

var errKMS = errors.New("the KMS does not answer")

func (broken) Sign(context.Context, jwt.Header, []byte) ([]byte, error) { return nil, errKMS }

func TestSignerFails(t *testing.T) {
	for name, source := range map[string]jwtclient.Source{
		"SelfSigned": jwtclient.SelfSigned[struct{}]{Signer: broken{newSigner(t)}},
		"Key":        jwtclient.Endpoint{URL: endpoint, Issuer: issuer, ClientID: "billing", Key: broken{newSigner(t)}},
		"JWTBearer": jwtclient.Endpoint{URL: endpoint, Issuer: issuer, ClientID: "billing",
			Grant: jwtclient.JWTBearer{Signer: broken{newSigner(t)}}},
	} {
		transport := newTransport(t, hosts{}, source) // New does not sign
		token, _, err := transport.Token(t.Context())
		require.ErrorIs(t, err, errKMS, name)
		require.Empty(t, token)
		_, ok := errors.AsType[*jwtclient.Error](err)
		require.True(t, ok)
	}
}
