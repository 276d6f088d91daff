package jwt_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// Every kid that a key may have must fit into a header, escaped.
func TestKeyIDLength(t *testing.T) {
	secret := make([]byte, 32)
	signer, err := jwt.NewHMACSigner(jwt.HS256, strings.Repeat("\x00", 1024), secret)
	require.NoError(t, err)
	signToken(t, signer)
	_, err = jwt.NewHMACSigner(jwt.HS256, strings.Repeat("k", 1025), secret)
	require.EqualError(t, err, "jwt: HS256 key: kid longer than 1024 bytes")
	signer, err = jwt.NewHMACSigner(jwt.HS256, strings.Repeat(`"`, 64), secret)
	require.NoError(t, err)
	signToken(t, signer)
	_, err = jwt.NewHMACSigner(jwt.HS256, strings.Repeat(`"`, 65), secret)
	require.EqualError(t, err, "jwt: HS256 key: kid with more than 64 quotation marks")
}

// oneWay encodes itself and is decoded field by field, of which the first cannot be.
type oneWay struct {
	Done chan int `json:"done"`
	Any  any      `json:"any"`
}

func (oneWay) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// What cannot be decoded must not hide that what stands behind it holds numbers.
func TestNumberBehindChannel(t *testing.T) {
	type private struct {
		X oneWay `json:"x"`
	}
	claims, err := parsePayload[private](t, `{"x":{"any":12345678901234567890}}`)
	require.NoError(t, err)
	require.EqualValues(t, "12345678901234567890", claims.Private.X.Any)
}
