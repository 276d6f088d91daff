package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cda17858/jwt/internal/base64url"
)

// The form of a refresh token: the prefix, by which scanners for secrets know it, and in
// base64url the number of the key 1, the session 16, its user 16, the generation 4, the
// secret 16, and a tag 16.
const (
	tokenPrefix = "jrt1_"
	bodyBytes   = 1 + 16 + 16 + 4 + 16
	tagBytes    = 16
	tokenBytes  = bodyBytes + tagBytes
)

var (
	tokenLen  = len(tokenPrefix) + base64.RawURLEncoding.EncodedLen(tokenBytes)
	macDomain = []byte("jwt session refresh v1")
)

// A refreshToken is what a refresh token says. The successor of a token differs from it
// in gen only.
type refreshToken struct {
	session sessionID
	subject subjectID
	gen     uint32
	secret  [16]byte
}

// A tokenKey makes and checks the tags of refresh tokens.
type tokenKey struct {
	number byte // in tokens, so that few keys have to be tried
	secret [32]byte
}

type tokenKeys []tokenKey

// newTokenKeys checks and copies keys.
func newTokenKeys(keys [][]byte) (tokenKeys, error) {
	if len(keys) == 0 {
		return nil, errors.New("session: Config.Keys is empty; set it to one key of 32 random bytes, the same on all instances")
	}
	var ks tokenKeys
	for i, key := range keys {
		if len(key) != 32 {
			return nil, fmt.Errorf("session: Config.Keys: key %d has %d bytes; 32 random bytes are wanted; decode it if it is in hex or base64", i, len(key))
		}
		k := tokenKey{sha256.Sum256(key)[0], [32]byte(key)}
		if k.isConstant() {
			return nil, fmt.Errorf("session: Config.Keys: key %d is one byte 32 times; 32 random bytes are wanted", i)
		}
		for j, other := range ks {
			if hmac.Equal(other.secret[:], k.secret[:]) {
				return nil, fmt.Errorf("session: Config.Keys: keys %d and %d are equal; remove one of them", j, i)
			}
		}
		ks = append(ks, k)
	}
	return ks, nil
}

func (k *tokenKey) isConstant() bool {
	for _, b := range k.secret {
		if b != k.secret[0] {
			return false
		}
	}
	return true
}

func (k *tokenKey) tag(body []byte) []byte {
	h := hmac.New(sha256.New, k.secret[:])
	h.Write(macDomain)
	h.Write(body)
	var sum [sha256.Size]byte
	return h.Sum(sum[:0])[:tagBytes]
}

// encode returns the text of t, with a tag by the first key.
func (ks tokenKeys) encode(t refreshToken) string {
	k := &ks[0]
	b := make([]byte, 0, tokenBytes)
	b = append(b, k.number)
	b = append(b, t.session[:]...)
	b = append(b, t.subject[:]...)
	b = binary.BigEndian.AppendUint32(b, t.gen)
	b = append(b, t.secret[:]...)
	b = append(b, k.tag(b)...)
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

// decode returns what text says, if it is a refresh token with a tag by one of the keys.
func (ks tokenKeys) decode(text string) (t refreshToken, ok bool) {
	if len(text) != tokenLen || text[:len(tokenPrefix)] != tokenPrefix {
		return t, false
	}
	var buf [tokenBytes]byte
	b, ok := base64url.AppendDecode(buf[:0], []byte(text[len(tokenPrefix):]))
	if !ok || len(b) != tokenBytes {
		return t, false
	}
	body, tag := b[:bodyBytes], b[bodyBytes:]
	if !ks.check(body, tag) {
		return t, false
	}
	b = body[1:]
	t.session, b = sessionID(b[:16]), b[16:]
	t.subject, b = subjectID(b[:16]), b[16:]
	t.gen, b = binary.BigEndian.Uint32(b), b[4:]
	t.secret = [16]byte(b)
	return t, t.gen > 0
}

func (ks tokenKeys) check(body, tag []byte) bool {
	for i := range ks {
		if ks[i].number == body[0] && hmac.Equal(ks[i].tag(body), tag) {
			return true
		}
	}
	return false
}

// newRefreshToken returns the first refresh token of a new session.
func newRefreshToken(subject subjectID) refreshToken {
	t := refreshToken{subject: subject, gen: 1}
	rand.Read(t.session[:]) // never fails
	rand.Read(t.secret[:])
	return t
}

// digest returns what the store holds of the secret.
func (t *refreshToken) digest() digest { return sha256.Sum256(t.secret[:]) }
