package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
)

// jwkFlags are the flags of jwk.
type jwkFlags struct {
	alg, kid, encoding, out        string
	public, pem, thumbprint, force bool
}

func newJWK(a *app) *cobra.Command {
	j := &jwkFlags{}
	cmd := &cobra.Command{
		Use:   "jwk [-|FILE|env:NAME]",
		Short: "Convert a key: PEM, DER, OpenSSH, a certificate, a secret, JWK",
		Long: `Convert a key to a JWK, or with --pem to PEM. The key is PEM of any kind (PKCS #8,
PKCS #1, SEC 1, SPKI, a certificate), DER, an OpenSSH key or a JWK; anything else is
a secret.

Without --public, a private key is written with its private half. It is not written
to a terminal; --out writes it to a file with mode 0600.

Exit code: 0, or 2 if the key cannot be read or converted.`,
		Example: "  jwt jwk --public key.pem\n  jwt jwk --pem key.jwk\n  jwt jwk --thumbprint ~/.ssh/id_ed25519.pub",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.convert(j, args) },
	}
	f := cmd.Flags()
	f.BoolVar(&j.public, "public", false, "write only the public half of a private key")
	f.BoolVar(&j.pem, "pem", false, "write PEM: PKCS #8, or SPKI for a public key")
	f.BoolVar(&j.thumbprint, "thumbprint", false, "write the thumbprint (RFC 7638, SHA-256)")
	f.StringVar(&j.alg, "alg", "", "`ALGORITHM` of the JWK (default: that of the key, or the usual one for its type)")
	f.StringVar(&j.kid, "kid", "", "`KID` of the JWK (default: that of the key, or its thumbprint)")
	f.StringVar(&j.encoding, "secret-encoding", "", "decode the secret from `hex`, base64 or base64url")
	f.StringVarP(&j.out, "out", "o", "-", "write to `FILE`, with mode 0600")
	f.BoolVar(&j.force, "force", false, "overwrite FILE")
	cmd.RegisterFlagCompletionFunc("alg", completeAlgorithms)
	cmd.MarkFlagsMutuallyExclusive("pem", "thumbprint")
	return cmd
}

func (a *app) convert(j *jwkFlags, args []string) error {
	source := "-"
	if len(args) > 0 {
		source = args[0]
	}
	file, err := a.readKey(source, j.encoding)
	if err != nil {
		return err
	}
	file.AllowShort(true) // it is only written in another form
	key, err := file.Key(jwt.Algorithm(j.alg), j.kid)
	if err != nil {
		return err
	}
	text, err := j.write(key)
	if err != nil {
		return err
	}
	if a.json && (j.pem || j.thumbprint) {
		if text, err = json.Marshal(map[string]string{j.form(): string(bytes.TrimSpace(text))}); err != nil {
			return err
		}
	}
	if text = append(bytes.TrimSpace(text), '\n'); j.out == "-" && (j.public || j.thumbprint || !key.Private()) {
		_, err := a.out.Write(text)
		return err
	}
	return a.writeSecret(j.out, text, j.force)
}

// form is the name of what is written.
func (j *jwkFlags) form() string {
	if j.thumbprint {
		return "thumbprint"
	}
	return "pem"
}

func (j *jwkFlags) write(k *keyfile.Key) ([]byte, error) {
	switch {
	case j.thumbprint:
		print, err := k.Thumbprint()
		return fmt.Appendln(nil, print), err
	case j.pem && j.public:
		return k.PublicPEM()
	case j.pem:
		return k.PEM()
	case j.public:
		return k.PublicJWK()
	}
	return k.JWK()
}
