// Mint prints a token with any header and any payload, signed with a key of
// testdata/keys. It knows nothing of what a token should be, and uses nothing of
// the package under test.
//
//	go run ./internal/mint -key es256-1 -header '{"alg":"ES256","crit":["x"],"x":1}' -payload '{"iss":"a"}'
//
// A header or payload of the form @FILE is read from the file. The raw flags put in a
// part verbatim, encoded or not; the signature covers the parts as they are printed.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/big"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("mint: ")
	keys := flag.String("keys", "testdata/keys", "directory of the keys")
	name := flag.String("key", "", "name of the key to sign with")
	alg := flag.String("alg", "", "algorithm to sign with, whatever the header says; the key's if empty")
	header := flag.String("header", "", "text of the header")
	payload := flag.String("payload", "", "text of the payload")
	rawHeader := verbatim("raw-header", "first part, instead of -header")
	rawPayload := verbatim("raw-payload", "second part, instead of -payload")
	rawSignature := verbatim("raw-signature", "third part, instead of signing")
	der := flag.Bool("der", false, "leave an ECDSA signature in DER")
	salt := flag.Int("salt", rsa.PSSSaltLengthEqualsHash, "bytes of salt in a PSS signature; -1: as many as the hash has")
	flag.Parse()

	input := part(*rawHeader, *header) + "." + part(*rawPayload, *payload)
	if *rawSignature != nil {
		fmt.Println(input + "." + **rawSignature)
		return
	}
	k, err := readKey(filepath.Join(*keys, *name+".txt"))
	if err != nil {
		log.Fatal(err)
	}
	if *alg != "" {
		k.alg = *alg
	}
	sig, err := k.sign([]byte(input), *der, *salt)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(input + "." + base64.RawURLEncoding.EncodeToString(sig))
}

// verbatim defines a flag that is told apart from one that is not given.
func verbatim(name, usage string) **string {
	value := new(*string)
	flag.Func(name, usage, func(s string) error {
		*value = &s
		return nil
	})
	return value
}

func part(raw *string, text string) string {
	if raw != nil {
		return *raw
	}
	if file, ok := strings.CutPrefix(text, "@"); ok {
		data, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		text = string(data)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

type key struct {
	alg     string
	secret  []byte
	private crypto.Signer
}

// readKey reads a key as README.md describes it.
func readKey(file string) (k key, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return k, err
	}
	head, body, _ := strings.Cut(string(data), "\n\n")
	form := ""
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "alg":
			k.alg = value
		case "form":
			form = value
		}
	}
	switch form {
	case "text":
		k.secret = []byte(strings.TrimSuffix(body, "\n"))
	case "hex":
		k.secret, err = hex.DecodeString(strings.TrimSpace(body))
	case "pem":
		block, _ := pem.Decode([]byte(body))
		if block == nil || block.Type != "PRIVATE KEY" {
			return k, fmt.Errorf("%s: no private key", file)
		}
		var private any
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		k.private, _ = private.(crypto.Signer)
	default:
		err = fmt.Errorf("%s: form %q", file, form)
	}
	return k, err
}

func (k key) sign(input []byte, der bool, salt int) ([]byte, error) {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[k.alg[max(0, len(k.alg)-3):]]
	if k.private == nil {
		if hash == 0 {
			return nil, fmt.Errorf("%s is no HMAC algorithm", k.alg)
		}
		mac := hmac.New(hash.New, k.secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}
	digest := input
	if hash != 0 {
		h := hash.New()
		h.Write(input)
		digest = h.Sum(nil)
	}
	switch private := k.private.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(private, input), nil
	case *rsa.PrivateKey:
		if strings.HasPrefix(k.alg, "PS") {
			return rsa.SignPSS(rand.Reader, private, hash, digest, &rsa.PSSOptions{SaltLength: salt})
		}
		return rsa.SignPKCS1v15(nil, private, hash, digest)
	case *ecdsa.PrivateKey:
		sig, err := ecdsa.SignASN1(rand.Reader, private, digest)
		if err != nil || der {
			return sig, err
		}
		var rs struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(sig, &rs); err != nil {
			return nil, err
		}
		raw := make([]byte, 2*((private.Params().BitSize+7)/8))
		rs.R.FillBytes(raw[:len(raw)/2])
		rs.S.FillBytes(raw[len(raw)/2:])
		return raw, nil
	}
	return nil, errors.New("no such kind of key")
}
