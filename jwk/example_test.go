package jwk_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

// A set from an issuer that has begun to publish ML-DSA keys beside those that this
// service can use. The tokens of the others go on being verified.
func ExampleParseSet() {
	data := []byte(`{"keys":[
		{"kty":"AKP","alg":"ML-DSA-44","kid":"2027","pub":"…"},
		{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
	]}`)
	keys, skipped, err := jwk.ParseSet(data, jwt.EdDSA)
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range keys.Keys() {
		fmt.Println(key.Algorithm(), key.KeyID())
	}
	for _, s := range skipped {
		fmt.Printf("key %d, kid %q, is skipped: %v\n", s.Index, s.KeyID, s.Err)
	}
	// keys is a jwt.Verifier: jwt.Parse[Session](ctx, token, keys, validator)

	// Output:
	// EdDSA 2026
	// key 0, kid "2027", is skipped: kty or crv is not supported
}

// A public key from a file, for a service that verifies the tokens of one issuer. The alg of
// the caller must be the key's own, if it names one.
func ExampleParseKey() {
	data := []byte(`{"kty":"OKP","crv":"Ed25519","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)
	key, err := jwk.ParseKey(data, jwt.EdDSA)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key.Algorithm(), key.KeyID())

	_, err = jwk.ParseKey([]byte(`{"kty":"RSA","alg":"RSA-OAEP","n":"…","e":"AQAB"}`), jwt.RS256)
	fmt.Println(err)
	fmt.Println(errors.Is(err, jwk.ErrUse))

	// Output:
	// EdDSA 2026
	// jwk: alg is for encryption
	// true
}

// A service publishes the public half of the key that it signs with.
func ExampleMarshal() {
	private := ed25519.NewKeyFromSeed(make([]byte, 32)) // only here; make yours with ed25519.GenerateKey
	signer, err := jwt.NewSigner(jwt.EdDSA, "2026-11", private)
	if err != nil {
		log.Fatal(err)
	}
	data, err := jwk.Marshal(signer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", data)

	// Output:
	// {"crv":"Ed25519","kty":"OKP","x":"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik","kid":"2026-11","alg":"EdDSA","use":"sig"}
}

// While keys are rotated, the set has both.
func ExampleMarshalSet() {
	current, err := jwt.NewVerifier(jwt.EdDSA, "2026-11", publicKey(1))
	if err != nil {
		log.Fatal(err)
	}
	previous, err := jwt.NewVerifier(jwt.EdDSA, "2026-10", publicKey(2))
	if err != nil {
		log.Fatal(err)
	}
	data, skipped, err := jwk.MarshalSet(current, previous)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range skipped {
		log.Printf("key %d, kid %q, is not published: %v", s.Index, s.KeyID, s.Err)
	}
	fmt.Printf("%s\n", data)

	// Output:
	// {"keys":[{"crv":"Ed25519","kty":"OKP","x":"TLWr9q15-_WrvMr8wmnYXNJlHtS4hbWGnyQa7fCluik","kid":"2026-11","alg":"EdDSA","use":"sig"},{"crv":"Ed25519","kty":"OKP","x":"dCK5iHWYBo4yxESKlJrbKQ0PTjW54BsO5fGh5gD-JnQ","kid":"2026-10","alg":"EdDSA","use":"sig"}]}
}

// A mldsaKey is a key of a family that this package does not know.
type mldsaKey struct {
	jwt.KeyVerifier
	public []byte
}

func (k *mldsaKey) Algorithm() jwt.Algorithm    { return "ML-DSA-44" }
func (k *mldsaKey) KeyID() string               { return "2027" }
func (k *mldsaKey) PublicKey() crypto.PublicKey { return k.public }

func (k *mldsaKey) MarshalJWK() ([]byte, error) {
	return json.Marshal(map[string]string{
		"kty": "AKP", "alg": "ML-DSA-44", "kid": "2027", "use": "sig",
		"pub": base64.RawURLEncoding.EncodeToString(k.public),
	})
}

// A key of another family writes its public half itself.
func ExampleMarshaler() {
	key := &mldsaKey{public: []byte{1, 2, 3}}
	data, err := jwk.Marshal(key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", data)

	// Output:
	// {"alg":"ML-DSA-44","kid":"2027","kty":"AKP","pub":"AQID","use":"sig"}
}

func publicKey(seed byte) ed25519.PublicKey {
	private := ed25519.NewKeyFromSeed(append(make([]byte, 31), seed))
	return private.Public().(ed25519.PublicKey)
}

// The thumbprint of a new key is its kid.
func ExampleThumbprint() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	kid, err := jwk.Thumbprint(&private.PublicKey)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewSigner(jwt.ES256, kid, private)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signer.KeyID() == kid, len(kid))

	// Output:
	// true 43
}

// The kid of a key in PEM is its thumbprint. The private key and its public half have the
// same.
func ExampleThumbprintPEM() {
	pemBytes := []byte(`-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----`)

	kid, err := jwk.ThumbprintPEM(pemBytes)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.ParsePrivateKey(jwt.EdDSA, kid, pemBytes)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signer.KeyID())

	// Output:
	// 3YZxBJ12jO3n_mXt_q-j_Z-TFP1vt-NiI3OCf-fEnHQ
}

// A private key is kept in a file as a JWK, from which the Signer is made at start-up.
func ExampleMarshalPrivate() {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	data, err := jwk.MarshalPrivate(jwt.ES256, "2026-11", private)
	if err != nil {
		log.Fatal(err)
	}
	// os.WriteFile("key.json", data, 0o600), and later:
	signer, err := jwk.ParseSigner(data, jwt.ES256)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signer)

	// Output:
	// ES256(2026-11)
}

// A JWK becomes PEM for a tool that knows nothing else, and PEM a JWK.
func ExampleToPEM() {
	data := []byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)
	text, err := jwk.ToPEM(data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", text)
	data, err = jwk.FromPEM(jwt.EdDSA, "2026-11", text)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", data)

	// Output:
	// -----BEGIN PUBLIC KEY-----
	// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
	// -----END PUBLIC KEY-----
	// {"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"2026-11","alg":"EdDSA","use":"sig"}
}
