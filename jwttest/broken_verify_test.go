package jwttest_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/cda17858/jwt/jwttest"
)

const slow = 80 * time.Millisecond

// verify returns the claims of a token.
func (s *broken) verify(token string) (map[string]any, error) {
	if s.costs(token) {
		time.Sleep(slow)
	}
	if len(token) > 64<<10 {
		return nil, errRefused
	}
	token = s.respell(token)
	parts := strings.Split(token, ".")
	if len(parts) == 5 {
		return s.decrypt(parts)
	}
	if len(parts) == 2 && s.has(jwttest.SigStripped) {
		parts = append(parts, "")
	}
	if len(parts) != 3 {
		return nil, errRefused
	}
	var texts [3]string
	for i, part := range parts {
		text, err := s.decode(part)
		if err != nil {
			return nil, errRefused
		}
		texts[i] = string(text)
	}
	header, err := s.header(texts[0])
	if err != nil {
		return nil, err
	}
	key, bad, err := s.signature(header, parts, texts)
	if err != nil {
		return nil, err
	}
	claims, err := s.payload(texts[1], key.issuer, bad)
	if err != nil {
		return nil, err
	}
	if jti, _ := claims["jti"].(string); (s.revoked[jti] || s.revoked[token]) && !s.has(jwttest.StateRevoked) {
		return nil, errRefused
	}
	s.remember(seen{token, parts[0], parts[1], parts[2]})
	return claims, nil
}

func (s *broken) remember(good seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen = append(s.seen, good); len(s.seen) > 100 {
		s.seen = s.seen[1:]
	}
}

func (s *broken) saw(f func(seen) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.seen, f)
}

// costs reports whether a token is one that takes a service long.
func (s *broken) costs(token string) bool {
	if s.has(jwttest.DosDots) {
		return strings.Count(token, ".") > 1000
	}
	parts := strings.SplitN(token, ".", 6)
	first, _ := base64.RawURLEncoding.DecodeString(parts[0])
	var second []byte
	if len(parts) > 1 {
		second, _ = base64.RawURLEncoding.DecodeString(parts[1])
	}
	has := func(text string) bool { return len(parts) == 5 && strings.Contains(string(first), text) }
	if has("A128KW") && !has("PBES2") && parts[1] == "" && s.has(jwttest.DosCrashSet) {
		panic("runtime error: index out of range")
	}
	switch s.hole {
	case jwttest.DosLarge:
		return len(token) > 300_000 && len(parts) < 6
	case jwttest.DosDeep:
		return strings.Count(string(first)+string(second), "[[") > 1000
	case jwttest.DosNumber:
		return strings.Count(string(second), "777") > 1000
	case jwttest.DosP2C:
		return has("p2c")
	case jwttest.DosZip:
		return has(`"zip"`)
	}
	return false
}

// respell turns other spellings of a token into the right one.
func (s *broken) respell(token string) string {
	switch s.hole {
	case jwttest.FormBlanksAround:
		return strings.TrimFunc(token, unicode.IsSpace)
	case jwttest.FormFourParts:
		if parts := strings.Split(token, "."); len(parts) == 4 {
			return strings.Join(parts[:3], ".")
		}
	case jwttest.FormJSONSerialisation:
		var flat struct{ Protected, Payload, Signature string }
		if json.Unmarshal([]byte(token), &flat) == nil {
			return flat.Protected + "." + flat.Payload + "." + flat.Signature
		}
	case jwttest.FormBase64Whitespace:
		if strings.TrimFunc(token, unicode.IsSpace) == token { // within the token
			return strings.Join(strings.Fields(token), "")
		}
	case jwttest.FormBase64StandardAlphabet:
		return strings.NewReplacer("+", "-", "/", "_").Replace(token)
	}
	return token
}

func (s *broken) decode(part string) ([]byte, error) {
	switch {
	case strings.ContainsAny(part, "\r\n"):
		return nil, errRefused
	case s.has(jwttest.FormBase64Padding):
		part = strings.TrimRight(part, "=")
	case s.has(jwttest.FormBase64UnusedBits), s.has(jwttest.StateRevokedRespelled):
		return base64.RawURLEncoding.DecodeString(part)
	}
	return base64.RawURLEncoding.Strict().DecodeString(part)
}

// decrypt opens a JWE under a key of zeros.
func (s *broken) decrypt(parts []string) (map[string]any, error) {
	if !s.has(jwttest.FormFivePartsJWE) && !s.has(jwttest.FormNestedUnsigned) || parts[1] != "" {
		return nil, errRefused
	}
	block, _ := aes.NewCipher(make([]byte, 32))
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, errRefused
	}
	var box []byte
	for _, part := range parts[2:] {
		piece, _ := base64.RawURLEncoding.DecodeString(part)
		box = append(box, piece...)
	}
	plain, err := gcm.Open(nil, nil, box, []byte(parts[0]))
	if err != nil {
		return nil, errRefused
	}
	if s.has(jwttest.FormNestedUnsigned) {
		inner := strings.Split(string(plain), ".")
		if len(inner) != 3 {
			return nil, errRefused
		}
		plain, _ = base64.RawURLEncoding.DecodeString(inner[1])
	}
	return s.payload(string(plain), s.issuer.URL(), false)
}

// header reads a header, and checks all but the algorithm and the key.
func (s *broken) header(text string) (map[string]any, error) {
	holes := jsonHoles{twice: s.has(jwttest.HdrTwice), trailing: s.has(jwttest.HdrTrailingData)}
	if s.has(jwttest.AlgTwice) {
		holes.twiceOnly = "alg"
	}
	if holes.twice {
		holes.twiceExcept = "alg"
	}
	h, err := holes.parse(text)
	if err != nil {
		if s.has(jwttest.HdrNotObject) && !strings.HasPrefix(text, "{") {
			return s.defaultHeader(), nil
		}
		return nil, errRefused
	}
	if crit, ok := h["crit"]; ok {
		list, _ := crit.([]any)
		known := len(list) == 1 && list[0] == "b64"
		unknown := len(list) == 1 && list[0] == "urn:jwttest"
		if !(known && s.has(jwttest.HdrB64False)) && !(unknown && s.has(jwttest.HdrCritUnknown)) && (known || unknown || !s.has(jwttest.HdrCritMalformed)) {
			return nil, errRefused
		}
	}
	if _, ok := h["b64"]; ok && !s.has(jwttest.HdrB64False) {
		return nil, errRefused
	}
	typ, _ := h["typ"].(string)
	switch other := strings.HasSuffix(typ, "+jwt"); {
	case typ == "at+jwt":
	case other && s.has(jwttest.HdrTypOtherKind):
	case !other && s.has(jwttest.HdrIDTokenAsAccessToken):
	default:
		return nil, errRefused
	}
	return h, nil
}

func (s *broken) defaultHeader() map[string]any {
	k := s.issuer.Signer()
	return map[string]any{"alg": string(k.Algorithm()), "kid": k.KeyID(), "typ": "at+jwt"}
}

// signature checks the signature and returns the key. bad says that it is wrong, and that
// the payload is to be looked at nevertheless.
func (s *broken) signature(h map[string]any, parts []string, texts [3]string) (key webKey, bad bool, err error) {
	if s.fromMemory(parts) {
		return webKey{issuer: s.issuer.URL()}, false, nil
	}
	alg, ok := h["alg"].(string)
	if s.has(jwttest.AlgMemberCase) && !ok {
		alg, ok = h["ALG"].(string)
	}
	if strings.EqualFold(alg, "none") && texts[2] == "" && s.has(jwttest.AlgNone) && s.keyOfIssuer(h) {
		return webKey{issuer: s.issuer.URL()}, false, nil
	}
	if key, err = s.find(h); err != nil {
		return key, false, err
	}
	_, there := h["alg"]
	_, other := h["ALG"]
	switch {
	case ok:
	case !there && !other && s.has(jwttest.AlgMissing), there && s.has(jwttest.AlgNotString):
		alg = key.alg
	default:
		return key, false, errRefused
	}
	if s.has(jwttest.AlgLowerCase) {
		alg = strings.Replace(alg, "es256", "ES256", 1)
	}
	if !s.allows(key, alg) {
		return key, false, errRefused
	}
	if texts[2] == "" && s.has(jwttest.SigStripped) && key.alg != "none" {
		return key, false, nil
	}
	good := s.signed(key, alg, parts[0]+"."+parts[1], []byte(texts[2])) ||
		s.has(jwttest.SigOverDecodedParts) && s.signed(key, alg, texts[0]+"."+texts[1], []byte(texts[2]))
	if !good && !s.has(jwttest.SigForgedAndExpired) {
		return key, false, errRefused
	}
	return key, !good, nil
}

// keyOfIssuer keeps the hole for unsigned tokens apart from that for a key of alg none.
func (s *broken) keyOfIssuer(h map[string]any) bool { return h["kid"] == s.issuer.Signer().KeyID() }

// fromMemory is how caches go wrong.
func (s *broken) fromMemory(p []string) bool {
	token := strings.Join(p, ".")
	switch s.hole {
	case jwttest.SigPayloadSwapped:
		return s.saw(func(g seen) bool { return g.header == p[0] && g.sig == p[2] })
	case jwttest.SigHeaderSwapped:
		return s.saw(func(g seen) bool { return g.payload == p[1] && g.sig == p[2] })
	case jwttest.SigOfOtherToken:
		return s.saw(func(g seen) bool { return g.header == p[0] && g.sig == p[2] }) && s.saw(func(g seen) bool { return g.payload == p[1] })
	case jwttest.SigTruncated:
		return p[2] != "" && s.saw(func(g seen) bool {
			return g.header == p[0] && g.payload == p[1] && len(p[2]) < len(g.sig) && strings.HasPrefix(g.sig, p[2][:len(p[2])-1])
		})
	case jwttest.StateCacheConfusion:
		return s.saw(func(g seen) bool {
			return len(g.token) == len(token) && g.header == p[0] && g.sig == p[2] &&
				g.payload[:20] == p[1][:20] && strings.HasSuffix(p[1], g.payload[len(g.payload)-20:])
		})
	}
	return false
}
