// Package after has the names that the lines with a plus in docs/migrating.md, and the
// samples of docs/agents.md, use.
package after

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	golangjwt "github.com/golang-jwt/jwt/v5"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
	"github.com/cda17858/jwt/jwks"
	"github.com/cda17858/jwt/jws"
	"github.com/cda17858/jwt/jwthttp"
	"github.com/cda17858/jwt/jwttest"
	"github.com/cda17858/jwt/keyring"
)

type Claims struct {
	Role string `json:"role"`
}

type OldClaims struct {
	Role string `json:"role"`
	golangjwt.RegisteredClaims
}

type database interface {
	SecretOf(ctx context.Context, user string) ([]byte, error)
}

var (
	ctx        context.Context
	raw        string // a token
	now        time.Time
	user       struct{ ID, Role string }
	thumbprint string

	secret, shortSecret, privatePEM, publicPEM []byte

	data []byte // a key set

	publicKey  *ecdsa.PublicKey
	privateKey *ecdsa.PrivateKey
	ed25519Key ed25519.PrivateKey
	publicKeys map[string]*ecdsa.PublicKey // by kid

	signer       jwt.Signer
	keys         jwt.Verifier
	keysA, keysB jwt.Verifier
	policy       jwt.Policy
	parser       *jwt.Parser[Claims]
	claims       jwt.Claims[Claims]
	db           database
	mux          *http.ServeMux
	r            *http.Request
	w            http.ResponseWriter
	t            *testing.T
	logger       *slog.Logger
	newHandler   func(ctx context.Context, issuer string) (http.Handler, error)
)
