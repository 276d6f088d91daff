package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// A vault is a client of the transit secrets engine of HashiCorp Vault, or of OpenBao. It
// makes two requests: one for a public key and one for a signature.
type vault struct {
	url    string // of the engine, such as https://vault.example.com:8200/v1/transit
	token  string // of a policy that may read keys/NAME and update sign/NAME/*
	client http.Client
}

func newVault(url, token string) *vault {
	return &vault{strings.TrimSuffix(url, "/"), token, http.Client{
		Timeout: 5 * time.Second, // for a context without a deadline
		// net/http would take X-Vault-Token along to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Format keeps the token out of what is printed with %v.
func (v *vault) Format(f fmt.State, _ rune) { io.WriteString(f, "vault "+v.url) }

// signer returns a Signer for one version of a key, RSA or ECDSA. The version is fixed:
// when the key is rotated in Vault, its newest version has another public key, which
// verifiers must have seen before anything is signed with it. The kid is the thumbprint
// of the public key, so that no two keys or versions share one.
func (v *vault) signer(ctx context.Context, alg jwt.Algorithm, name string, version int) (jwt.KeySigner, error) {
	var answer struct {
		Keys map[string]struct {
			PublicKey string `json:"public_key"`
		} `json:"keys"`
	}
	if err := v.do(ctx, http.MethodGet, "/keys/"+url.PathEscape(name), nil, &answer); err != nil {
		return nil, err
	}
	pem := answer.Keys[strconv.Itoa(version)].PublicKey
	if pem == "" {
		return nil, fmt.Errorf("vault: key %q has no public key of version %d", name, version)
	}
	kid, err := jwk.ThumbprintPEM([]byte(pem))
	if err != nil {
		return nil, err
	}
	key, err := jwt.ParsePublicKey(alg, kid, []byte(pem))
	if err != nil {
		return nil, err
	}
	return jwt.NewRemoteSigner(key, func(ctx context.Context, input []byte) ([]byte, error) {
		return v.sign(ctx, alg, name, version, input)
	})
}

// sign returns the signature of input in JWS form.
func (v *vault) sign(ctx context.Context, alg jwt.Algorithm, name string, version int, input []byte) ([]byte, error) {
	params := map[string]any{
		"input":                input, // encoding/json writes it in base64
		"key_version":          version,
		"marshaling_algorithm": "jws", // r||s for ECDSA, and base64url
	}
	switch alg[:2] {
	case "RS":
		params["signature_algorithm"] = "pkcs1v15" // Vault's default is PSS
	case "PS":
		params["signature_algorithm"] = "pss"
		params["salt_length"] = "hash" // Vault's default is the longest that fits
	}
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Signature string `json:"signature"`
	}
	path := "/sign/" + url.PathEscape(name) + "/sha2-" + string(alg[2:])
	if err := v.do(ctx, http.MethodPost, path, body, &answer); err != nil {
		return nil, err
	}
	encoded, ok := strings.CutPrefix(answer.Signature, fmt.Sprintf("vault:v%d:", version))
	if !ok {
		return nil, fmt.Errorf("vault: the answer is not a signature by version %d of key %q", version, name)
	}
	return base64.RawURLEncoding.DecodeString(encoded)
}

// maxAnswer is the most bytes of an answer that are read.
const maxAnswer = 1 << 20

// do makes a request and decodes what the answer has as data.
func (v *vault) do(ctx context.Context, method, path string, body []byte, data any) error {
	req, err := http.NewRequestWithContext(ctx, method, v.url+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	req.Header.Set("X-Vault-Token", v.token)
	res, err := v.client.Do(req)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		// The body stays out of the error: a proxy may echo the request in it.
		return fmt.Errorf("vault: %s %s: %d %s", method, path, res.StatusCode, http.StatusText(res.StatusCode))
	}
	answer, err := io.ReadAll(http.MaxBytesReader(nil, res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("vault: %s %s: %w", method, path, err)
	}
	if err := json.Unmarshal(answer, &struct{ Data any }{data}); err != nil {
		return fmt.Errorf("vault: %s %s: %w", method, path, err)
	}
	return nil
}
