// Package before has the names that the lines with a minus use which are about go-jose.
package before

import (
	"crypto/ecdsa"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type Claims struct {
	Role string `json:"role"`
}

var (
	raw        string // a token
	now        time.Time
	user       struct{ ID, Role string }
	publicKey  *ecdsa.PublicKey
	privateKey *ecdsa.PrivateKey
)
