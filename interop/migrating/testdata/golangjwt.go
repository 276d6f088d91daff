// Package before has the names that the lines with a minus use which are about golang-jwt.
package before

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"
)

type Claims struct {
	Role string `json:"role"`
	jwt.RegisteredClaims
}

type database interface {
	SecretOf(ctx context.Context, user string) ([]byte, error)
}

var (
	raw        string // a token
	now        time.Time
	user       struct{ ID, Role string }
	thumbprint string

	secret, privatePEM, publicPEM []byte

	privateKey *ecdsa.PrivateKey
	ed25519Key ed25519.PrivateKey
	publicKeys map[string]*ecdsa.PublicKey // by kid

	keyfunc jwt.Keyfunc
	token   *jwt.Token
	claims  Claims
	db      database
	r       *http.Request
	w       http.ResponseWriter
)
