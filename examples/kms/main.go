// Kms signs a token with a key that it never sees. It prints the token and the JWK Set
// with which others verify it:
//
//	go run . -module /usr/lib/softhsm/libsofthsm2.so -token jwt -pin-file pin -key es256
//	go run . -vault https://vault.example.com:8200/v1/transit -key orders -version 1
//
// README.md says how to make the keys. hsm.go and vault.go are there to be copied.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jwk"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		log.Fatal("kms: ", err)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("kms", flag.ContinueOnError)
	flags.SetOutput(out)
	alg := flags.String("alg", "ES256", "`algorithm` of the key")
	key := flags.String("key", "", "`label` of the key in the HSM, or its name in Vault")
	module := flags.String("module", "", "PKCS#11 `library` of the HSM")
	token := flags.String("token", "", "`label` of the HSM's token")
	pinFile := flags.String("pin-file", "", "`file` with the PIN of the HSM's token")
	vaultURL := flags.String("vault", "", "`URL` of Vault's transit engine; $VAULT_TOKEN is the token for it")
	version := flags.Int("version", 1, "`version` of the key in Vault")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}

	var signer jwt.KeySigner
	switch {
	case (*vaultURL == "") == (*module == ""):
		return errors.New("give either -module or -vault")
	case *key == "":
		return errors.New("give -key")
	case *module != "" && *pinFile == "":
		return errors.New("give -pin-file")
	case *vaultURL != "":
		var err error
		signer, err = newVault(*vaultURL, os.Getenv("VAULT_TOKEN")).signer(ctx, jwt.Algorithm(*alg), *key, *version)
		if err != nil {
			return err
		}
	default:
		pin, err := os.ReadFile(*pinFile)
		if err != nil {
			return err
		}
		hsm, err := openHSM(*module, *token, strings.TrimSpace(string(pin)))
		if err != nil {
			return err
		}
		defer hsm.Close()
		if signer, err = hsm.signer(jwt.Algorithm(*alg), *key); err != nil {
			return err
		}
	}

	set, _, err := jwk.MarshalSet(signer) // jwks.NewHandler serves it
	if err != nil {
		return err
	}
	now := time.Now()
	signed, err := jwt.Sign(ctx, signer, jwt.Claims[struct{}]{
		Issuer:    "https://auth.example.com",
		Subject:   "alice",
		Audience:  []string{"orders"},
		IssuedAt:  now,
		ExpiresAt: now.Add(15 * time.Minute),
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "token  %s\njwks   %s\n", signed, set)
	return nil
}
