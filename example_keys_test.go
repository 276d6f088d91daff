package jwt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/cda17858/jwt"
)

// exampleToken returns a token of the issuer, signed by signer.
func exampleToken(signer jwt.Signer, issuer string) string {
	token, err := jwt.Sign(context.Background(), signer, jwt.Claims[struct{}]{
		Issuer:    issuer,
		Subject:   "alice",
		Audience:  []string{"orders"},
		ExpiresAt: time.Now().Add(15 * time.Minute),
	})
	if err != nil {
		log.Fatal(err)
	}
	return token
}

// A service that parses what it signs, and nobody else, needs one secret, such as
// "openssl rand -hex 32" prints.
func ExampleNewHMACSigner() {
	const setting = "9b2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809" // os.Getenv("JWT_SECRET")
	secret, err := hex.DecodeString(setting)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewHMACSigner(jwt.HS256, "2026-11", secret)
	if err != nil {
		log.Fatal(err)
	}
	parser, err := jwt.NewParser[struct{}](signer.Verifier(), jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256},
		Issuers:    []string{"orders"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}

	claims, err := parser.Parse(context.Background(), exampleToken(signer, "orders"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Subject, signer)

	// What is unset, or too short for the algorithm, is refused at start-up.
	_, err = jwt.NewHMACSigner(jwt.HS256, "2026-11", nil)
	fmt.Println(err)
	// Output:
	// alice HS256(2026-11)
	// jwt: HS256 key: secret of 0 bytes; is an environment variable unset?
}

// A fleet leaves a short secret behind: all verifiers get both secrets before the first
// signer gets the new one, and lose the old one when its last token has expired.
func ExampleNewInsecureHMACVerifier() {
	before := []byte("s3cr3t-of-the-fleet")
	after, err := hex.DecodeString("9b2a3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809")
	if err != nil {
		log.Fatal(err)
	}
	oldSigner, err := jwt.NewInsecureHMACSigner(jwt.HS256, "", before) // a service that is not changed yet
	if err != nil {
		log.Fatal(err)
	}
	newSigner, err := jwt.NewHMACSigner(jwt.HS256, "2026-11", after)
	if err != nil {
		log.Fatal(err)
	}
	oldVerifier, err := jwt.NewInsecureHMACVerifier(jwt.HS256, "", before)
	if err != nil {
		log.Fatal(err)
	}
	keys := jwt.KeySet{newSigner.Verifier(), oldVerifier}
	parser, err := jwt.NewParser[struct{}](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256},
		Issuers:    []string{"orders"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}

	for _, signer := range []jwt.Signer{oldSigner, newSigner} {
		claims, err := parser.Parse(context.Background(), exampleToken(signer, "orders"))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(claims.Subject, signer)
	}
	// Output:
	// alice HS256()
	// alice HS256(2026-11)
}

// A private key in PEM, as "openssl genpkey -algorithm EC -pkeyopt
// ec_paramgen_curve:P-256" writes it, becomes a Signer.
func ExampleParsePrivateKey() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		log.Fatal(err)
	}
	data := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})

	signer, err := jwt.ParsePrivateKey(jwt.ES256, "2026-11", data)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signer)

	// A key is bound to one algorithm, and refused if it is not made for it.
	_, err = jwt.ParsePrivateKey(jwt.ES384, "2026-11", data)
	fmt.Println(err)
	// Output:
	// ES256(2026-11)
	// jwt: ES384 key: curve P-256; ES384 wants P-384
}

// During a rotation, tokens of the previous key are accepted until they have
// expired. The kid tells which key a token was signed with.
func ExampleKeySet() {
	oldSigner, oldKey := exampleKey("2026-10")
	newSigner, newKey := exampleKey("2026-11")
	tokens := []string{
		exampleToken(oldSigner, "https://auth.example.com"),
		exampleToken(newSigner, "https://auth.example.com"),
	}
	for _, keys := range []jwt.KeySet{{newKey, oldKey}, {newKey}} {
		parser, err := jwt.NewParser[struct{}](keys, jwt.Policy{
			Algorithms: []jwt.Algorithm{jwt.ES256},
			Issuers:    []string{"https://auth.example.com"},
			Audiences:  []string{"orders"},
		})
		if err != nil {
			log.Fatal(err)
		}
		for _, token := range tokens {
			claims, err := parser.Parse(context.Background(), token)
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Println("signed with", claims.KeyID)
		}
	}
	// Output:
	// signed with 2026-10
	// signed with 2026-11
	// jwt: kid: no key for this token
	// signed with 2026-11
}

// Each of two issuers has keys of its own, and cannot speak for the other.
func ExampleIssuerKeys() {
	staffSigner, staffKey := exampleKey("1")
	shopSigner, shopKey := exampleKey("1")
	keys := jwt.IssuerKeys{
		"https://staff.example.com": staffKey,
		"https://shop.example.com":  shopKey,
	}
	parser, err := jwt.NewParser[struct{}](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://staff.example.com", "https://shop.example.com"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range []string{
		exampleToken(staffSigner, "https://staff.example.com"),
		exampleToken(shopSigner, "https://shop.example.com"),
		exampleToken(shopSigner, "https://staff.example.com"),
	} {
		claims, err := parser.Parse(context.Background(), token)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(claims.Issuer)
	}
	// Output:
	// https://staff.example.com
	// https://shop.example.com
	// jwt: signature: signature does not verify
}

// An exampleKMS keeps a key and signs digests with it.
type exampleKMS struct {
	key     *ecdsa.PrivateKey
	request chan struct{} // if not nil, it gets a value at each request, and no answer comes
}

func (k *exampleKMS) Sign(ctx context.Context, digest []byte) ([]byte, error) {
	if k.request != nil {
		k.request <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return ecdsa.SignASN1(rand.Reader, k.key, digest)
}

// The context that Sign is given reaches the KMS, so that a request that is cancelled
// does not wait for it.
func ExampleNewRemoteSigner() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	kms := &exampleKMS{key: key}

	public, err := jwt.NewVerifier(jwt.ES256, "kms-1", &key.PublicKey)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := jwt.NewRemoteSigner(public, func(ctx context.Context, input []byte) ([]byte, error) {
		digest := sha256.Sum256(input)
		return kms.Sign(ctx, digest[:]) // in DER, as most KMSs answer, or as r||s
	})
	if err != nil {
		log.Fatal(err)
	}

	claims := jwt.Claims[struct{}]{Subject: "alice", ExpiresAt: time.Now().Add(15 * time.Minute)}
	_, err = jwt.Sign(context.Background(), signer, claims)
	fmt.Println(err)

	// Now the KMS does not answer, and the client hangs up.
	kms.request = make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-kms.request
		cancel()
	}()
	_, err = jwt.Sign(ctx, signer, claims)
	fmt.Println(errors.Is(err, context.Canceled))
	// Output:
	// <nil>
	// true
}

// Entra signs the tokens of all tenants with one set of keys, and names the tenant in iss. The
// service accepts the tenants that it has a contract with. All keys of the set are
// Microsoft's own: the JWK member "issuer", by which Entra says whose tokens a key signs, is
// not in any RFC and is not read here.
func ExamplePolicy_entra() {
	signer, keys := exampleKey("entra-1") // in a service: jwks.New(ctx, jwks.Config{URL: "https://login.microsoftonline.com/common/discovery/v2.0/keys", …})

	customers := map[string]bool{"https://login.microsoftonline.com/11111111-aaaa/v2.0": true}
	parser, err := jwt.NewParser[struct{}](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		IssuerFunc: func(iss string) bool { return customers[iss] },
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, tenant := range []string{"11111111-aaaa", "22222222-bbbb"} {
		claims, err := parser.Parse(context.Background(), exampleToken(signer, "https://login.microsoftonline.com/"+tenant+"/v2.0"))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(claims.Issuer)
	}
	// Output:
	// https://login.microsoftonline.com/11111111-aaaa/v2.0
	// jwt: iss: does not match the policy: Policy.IssuerFunc refuses "https://login.microsoftonline.com/22222222-bbbb/v2.0"
}

// Each user has a secret of their own, which a password change replaces, so that the tokens
// from before are refused. sub chooses the key. It is read as Parse reads it: there is no
// spelling of it by which one user's token passes as another's.
func ExampleKeyFunc() {
	secrets := map[string][]byte{"alice": []byte("alice's random secret of 32 bytes"), "bob": []byte("bob's random secret of some bytes")}
	keys := jwt.KeyFunc[struct{}](func(ctx context.Context, t jwt.Unverified[struct{}]) (jwt.Verifier, error) {
		secret, ok := secrets[t.Claims.Subject] // in a service: a query, whose error is returned
		if !ok {
			return nil, jwt.ErrUnknownKey
		}
		return jwt.NewHMACVerifier(jwt.HS256, "", secret)
	})
	parser, err := jwt.NewParser[struct{}](keys, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.HS256},
		Issuers:    []string{"orders"},
		Audiences:  []string{"orders"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"alice", "bob"} {
		signer, err := jwt.NewHMACSigner(jwt.HS256, "", secrets[user])
		if err != nil {
			log.Fatal(err)
		}
		claims, err := parser.Parse(context.Background(), exampleToken(signer, "orders")) // its sub is alice
		if err != nil {
			fmt.Println(user, err)
			continue
		}
		fmt.Println(user, "signed for", claims.Subject)
	}
	// Output:
	// alice signed for alice
	// bob jwt: signature: signature does not verify
}

// Two identity providers, each with its own keys, audiences and types.
func ExampleJoinParsers() {
	staffSigner, staffKey := exampleKey("1")
	shopSigner, shopKey := exampleKey("1")
	staff, err := jwt.NewParser[struct{}](staffKey, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://staff.example.com"},
		Audiences:  []string{"orders"},
		MaxAge:     time.Hour,
	})
	if err != nil {
		log.Fatal(err)
	}
	shop, err := jwt.NewParser[struct{}](shopKey, jwt.Policy{
		Algorithms: []jwt.Algorithm{jwt.ES256},
		Issuers:    []string{"https://shop.example.com"},
		Audiences:  []string{"orders", "cart"},
	})
	if err != nil {
		log.Fatal(err)
	}
	parser, err := jwt.JoinParsers(staff, shop)
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range []string{
		exampleToken(shopSigner, "https://shop.example.com"),
		exampleToken(staffSigner, "https://staff.example.com"), // it has no iat, which MaxAge requires
		exampleToken(shopSigner, "https://other.example.com"),
	} {
		claims, err := parser.Parse(context.Background(), token)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(claims.Issuer)
	}
	// Output:
	// https://shop.example.com
	// jwt: iat: required, but missing
	// jwt: iss: no key for this token
}
