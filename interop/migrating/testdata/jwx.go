// Package before has the names that the lines with a minus use which are about jwx.
package before

import (
	"crypto/ecdsa"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

var (
	raw        string // a token
	data       []byte // a key set
	now        time.Time
	user       struct{ ID, Role string }
	publicKey  *ecdsa.PublicKey
	privateKey *ecdsa.PrivateKey
)
