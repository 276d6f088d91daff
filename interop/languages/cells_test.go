package languages

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

type private struct {
	Role  string            `json:"role"`
	Text  string            `json:"text"`
	Limit int64             `json:"limit"`
	Tags  map[string][]bool `json:"tags"`
}

var (
	ctx = context.Background()
	now = time.Now().UTC().Truncate(time.Second)
	all = func() (list []jwt.Algorithm) {
		for _, name := range algorithms {
			list = append(list, jwt.Algorithm(name))
		}
		return list
	}()
)

const (
	issuer   = "https://auth.example.com"
	audience = "orders"
)

// claims are those of every token. Those that we sign have several audiences.
func claims(audiences ...string) jwt.Claims[private] {
	return jwt.Claims[private]{
		Issuer: issuer, Subject: "alice", Audience: audiences, ID: "1", Type: "JWT",
		IssuedAt: now.Add(-time.Minute), NotBefore: now.Add(-time.Minute), ExpiresAt: now.Add(time.Hour),
		// 2^53-1 is the largest integer that JavaScript keeps.
		Private: private{"admin", "é 𝄞 <&> \u2028 \"\\", 1<<53 - 1, map[string][]bool{"a": {true, false}}},
	}
}

// document is what a token of these claims holds, as JSON.
func document(c jwt.Claims[private]) map[string]any {
	doc := map[string]any{
		"iss": c.Issuer, "sub": c.Subject, "aud": c.Audience, "jti": c.ID,
		"iat": c.IssuedAt.Unix(), "nbf": c.NotBefore.Unix(), "exp": c.ExpiresAt.Unix(),
		"role": c.Private.Role, "text": c.Private.Text, "limit": c.Private.Limit, "tags": c.Private.Tags,
	}
	if len(c.Audience) == 1 {
		doc["aud"] = c.Audience[0]
	}
	return doc
}

// tampered returns token with one bit of its signature changed, and with another payload.
func tampered(token string) [2]struct{ what, token string } {
	parts := strings.Split(token, ".")
	sig, payload := must(base64.RawURLEncoding.DecodeString(parts[2])), must(base64.RawURLEncoding.DecodeString(parts[1]))
	sig[len(sig)-1] ^= 1
	other := bytes.Replace(payload, []byte("alice"), []byte("admin"), 1)
	return [2]struct{ what, token string }{
		{"signature", parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(sig)},
		{"payload", parts[0] + "." + base64.RawURLEncoding.EncodeToString(other) + "." + parts[2]},
	}
}

// peerSigns has the peer sign with key, and v verify.
func peerSigns(p *peer, alg jwt.Algorithm, kid string, key any, v jwt.Verifier) error {
	want := claims(audience)
	a, err := p.ask(request{Op: "sign", Alg: alg, KeyID: kid, Key: key, Claims: must(json.Marshal(document(want)))})
	if err != nil {
		return err
	}
	val := must(jwt.NewValidator(jwt.Policy{
		Algorithms: []jwt.Algorithm{alg}, Issuers: []string{issuer}, Audiences: []string{audience},
		Required: []string{"sub", "nbf", "jti", "role"}, MaxAge: time.Hour,
	}))
	got, err := jwt.Parse[private](ctx, a.Token, v, val)
	if err != nil {
		return fmt.Errorf("its token: %w", err)
	}
	want.Algorithm, want.KeyID = alg, kid
	if !reflect.DeepEqual(*got, want) {
		return fmt.Errorf("its token: claims %v, want %v", *got, want)
	}
	for _, bad := range tampered(a.Token) {
		if _, err := jwt.Parse[private](ctx, bad.token, v, val); !errors.Is(err, jwt.ErrSignature) {
			return fmt.Errorf("its token with another %s: got %v, want %v", bad.what, err, jwt.ErrSignature)
		}
	}
	return nil
}

// peerVerifies has s sign, and the peer verify with key.
func peerVerifies(p *peer, alg jwt.Algorithm, s jwt.Signer, key any) error {
	want := claims("billing", audience)
	token := must(jwt.Sign(ctx, s, want))
	r := request{Op: "verify", Alg: alg, Key: key, Token: token, Issuer: issuer, Audience: audience}
	a, err := p.ask(r)
	if err != nil {
		return err
	}
	var got, doc any
	if err := errors.Join(json.Unmarshal(a.Claims, &got), json.Unmarshal(must(json.Marshal(document(want))), &doc)); err != nil {
		return err
	}
	if !reflect.DeepEqual(got, doc) {
		return fmt.Errorf("our token: claims %v, want %v", got, doc)
	}
	for _, bad := range tampered(token) {
		r.Token = bad.token
		if _, err := p.ask(r); err == nil || !strings.Contains(err.Error(), p.refusal) {
			return fmt.Errorf("our token with another %s: got %v, want %s", bad.what, err, p.refusal)
		}
	}
	return nil
}

func signs(p *peer, alg jwt.Algorithm) error {
	k := ourKeys()[alg]
	if p.jwkOnly {
		return peerSigns(p, alg, k.signer.KeyID(), k.privateJWK, k.verifier)
	}
	return peerSigns(p, alg, k.signer.KeyID(), k.private, k.verifier)
}

func verifies(p *peer, alg jwt.Algorithm) error {
	k := ourKeys()[alg]
	if p.jwkOnly {
		return peerVerifies(p, alg, k.signer, k.publicJWK)
	}
	return peerVerifies(p, alg, k.signer, k.public)
}

func readsJWK(p *peer, alg jwt.Algorithm) error {
	k := ourKeys()[alg]
	if err := peerSigns(p, alg, k.signer.KeyID(), k.privateJWK, k.verifier); err != nil {
		return err
	}
	return peerVerifies(p, alg, k.signer, k.publicJWK)
}

func readsJWKS(p *peer, alg jwt.Algorithm) error {
	return peerVerifies(p, alg, ourKeys()[alg].signer, ourSet())
}

// written is a key as the peer has written it.
type written struct {
	kid             string
	private, public json.RawMessage
	err             error
}

func (p *peer) write(alg jwt.Algorithm) *written {
	if p.written == nil {
		p.written = make(map[jwt.Algorithm]*written)
	}
	if p.written[alg] == nil {
		w := &written{kid: "theirs-" + string(alg)}
		w.private, w.public, w.err = p.export(alg, w.kid)
		p.written[alg] = w
	}
	return p.written[alg]
}

func writesJWK(p *peer, alg jwt.Algorithm) error {
	w := p.write(alg)
	if w.err != nil {
		return w.err
	}
	// Few peers write alg, so that we name it.
	s, err := jwk.ParseSigner(w.private, alg)
	if err != nil {
		return fmt.Errorf("its private key: %w", err)
	}
	var v jwt.Verifier
	if strings.HasPrefix(string(alg), "HS") {
		v, err = jwk.ParseSecretVerifier(w.public, alg)
	} else {
		v, err = jwk.ParseKey(w.public, alg)
	}
	if err != nil {
		return fmt.Errorf("its public key: %w", err)
	}
	if err := peerSigns(p, alg, w.kid, w.private, v); err != nil {
		return err
	}
	return peerVerifies(p, alg, s, w.public)
}

// writesJWKS makes one set of all public keys that the peer has written, and finds in it the key
// for a token. Most peers have no function for a set.
func writesJWKS(p *peer, alg jwt.Algorithm) error {
	w := p.write(alg)
	if w.err != nil {
		return w.err
	}
	if strings.HasPrefix(string(alg), "HS") {
		return fmt.Errorf("%w: a secret is not for a set", errNotOffered)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	for _, alg := range all {
		if w := p.write(alg); w.err == nil && !strings.HasPrefix(string(alg), "HS") {
			set.Keys = append(set.Keys, w.public)
		}
	}
	keys, skipped, err := jwk.ParseSet(must(json.Marshal(set)), all...)
	if err != nil || len(skipped) > 0 {
		return fmt.Errorf("its set: %v, skipped %v", err, skipped)
	}
	return peerSigns(p, alg, w.kid, w.private, keys)
}

func thumbprint(p *peer, alg jwt.Algorithm) error {
	k := ourKeys()[alg]
	if k.bare == nil {
		return fmt.Errorf("%w: HMAC has no public key", errNotOffered)
	}
	a, err := p.ask(request{Op: "thumbprint", Alg: alg, Key: k.publicJWK})
	if err != nil {
		return err
	}
	if want := must(jwk.Thumbprint(k.bare)); a.Thumbprint != want {
		return fmt.Errorf("its thumbprint is %q, ours %q", a.Thumbprint, want)
	}
	return nil
}
