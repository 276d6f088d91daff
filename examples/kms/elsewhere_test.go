package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
)

const (
	jwksURL  = "KMS_TEST_JWKS"
	jwtToken = "KMS_TEST_TOKEN"
)

var policy = jwt.Policy{
	Algorithms: []jwt.Algorithm{jwt.ES256, jwt.RS256, jwt.PS256},
	Issuers:    []string{"https://auth.example.com"},
	Audiences:  []string{"orders"},
}

// TestMain is, in the process that verifyElsewhere starts, a service that gets a token
// and knows nothing of its issuer but a URL.
func TestMain(m *testing.M) {
	if os.Getenv(jwksURL) == "" {
		os.Exit(m.Run())
	}
	claims, err := fetchAndParse(os.Getenv(jwksURL), os.Getenv(jwtToken))
	if err != nil {
		fmt.Println("refused:", err)
		return
	}
	fmt.Println("subject:", claims.Subject)
}

func fetchAndParse(url, token string) (*jwt.Claims[struct{}], error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	keys, err := jwks.New(ctx, jwks.Config{URL: url, Algorithms: policy.Algorithms})
	if err != nil {
		return nil, err
	}
	defer keys.Close()
	parser, err := jwt.NewParser[struct{}](keys, policy)
	if err != nil {
		return nil, err
	}
	return parser.Parse(ctx, token)
}

// verifyElsewhere publishes the key of signer, and returns what another process says
// that fetches it and parses token.
func verifyElsewhere(t *testing.T, signer jwt.KeySigner, token string) string {
	handler, err := jwks.NewHandler(jwks.HandlerConfig{Source: jwt.KeySet{signer.Verifier()}})
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	defer server.Close()

	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), jwksURL+"="+server.URL, jwtToken+"="+token,
		"GORACE=atexit_sleep_ms=0") // else the race detector makes it last a second longer
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimSpace(string(out))
}

// requireVerifiedElsewhere fails unless another process takes a token of signer, and
// refuses it with the signature of another. The kid must be the thumbprint of the key.
func requireVerifiedElsewhere(t *testing.T, signer jwt.KeySigner) {
	kid, err := jwk.Thumbprint(signer.PublicKey())
	require.NoError(t, err)
	require.Equal(t, kid, signer.KeyID())

	token := sign(t, signer, "alice")
	require.Equal(t, "subject: alice", verifyElsewhere(t, signer, token))

	other := sign(t, signer, "mallory")
	forged := token[:strings.LastIndexByte(token, '.')] + other[strings.LastIndexByte(other, '.'):]
	require.Equal(t, "refused: jwt: signature: signature does not verify", verifyElsewhere(t, signer, forged))
}

func claimsOf(subject string) jwt.Claims[struct{}] {
	now := time.Now()
	return jwt.Claims[struct{}]{
		Issuer:    "https://auth.example.com",
		Subject:   subject,
		Audience:  []string{"orders"},
		IssuedAt:  now,
		ExpiresAt: now.Add(15 * time.Minute),
	}
}

func sign(t *testing.T, signer jwt.Signer, subject string) string {
	token, err := jwt.Sign(t.Context(), signer, claimsOf(subject))
	require.NoError(t, err)
	return token
}
