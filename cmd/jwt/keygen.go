package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
)

func newKeygen(a *app) *cobra.Command {
	var o keyfile.Spec
	var alg, format string
	var force bool
	cmd := &cobra.Command{
		Use:   "keygen FILE",
		Short: "Generate a key",
		Long: `Generate a key and write it to FILE with mode 0600. FILE may be - for standard output,
if that is not a terminal. The public key is printed.

A key is written as PEM and a secret as text; both as a JWK if FILE ends in .jwk or
.json, or with --format jwk. The kid of a JWK is its thumbprint (RFC 7638).

Exit code: 0, or 2 if no key was written.`,
		Example: "  jwt keygen --alg ES256 key.pem\n  jwt keygen --alg RS256 --bits 3072 key.jwk\n  jwt keygen --alg HS256 secret.txt",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Algorithm = jwt.Algorithm(alg)
			asJWK, err := isJWK(format, args[0])
			if err != nil {
				return err
			}
			k, err := o.Make(asJWK)
			if err != nil {
				return err
			}
			return a.writeNewKey(args[0], k, force)
		},
	}
	f := cmd.Flags()
	f.StringVar(&alg, "alg", "ES256", "`ALGORITHM` that the key is for")
	f.IntVar(&o.Bits, "bits", 2048, "size of an RSA key")
	f.StringVar(&o.KeyID, "kid", "", "`KID` of a JWK (default: its thumbprint)")
	f.StringVar(&format, "format", "", "pem or jwk (default: by the extension of FILE)")
	f.BoolVar(&force, "force", false, "overwrite FILE")
	cmd.RegisterFlagCompletionFunc("alg", completeAlgorithms)
	return cmd
}

// isJWK reports whether a key is written as a JWK: by --format, or by the name of the file.
func isJWK(format, file string) (bool, error) {
	switch format {
	case "":
		ext := strings.ToLower(filepath.Ext(file))
		return ext == ".jwk" || ext == ".json", nil
	case "jwk", "pem":
		return format == "jwk", nil
	}
	return false, errors.New("--format: use pem or jwk")
}

// writeNewKey writes a key to file, and its public half to standard output, for
// jwt keygen key.pem >public.pem.
func (a *app) writeNewKey(file string, k *keyfile.Made, force bool) error {
	if err := a.writeSecret(file, k.Private, force); err != nil || file == "-" {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"file": file, "alg": k.Algorithm, "kid": k.KeyID, "public": k.PublicJWK})
	}
	if k.Public == nil {
		_, err := fmt.Fprintf(a.err, "%s: a secret for %s. Anyone who can verify with it can also sign.\n", file, k.Algorithm)
		return err
	}
	fmt.Fprintf(a.err, "%s: a private key for %s, kid %s. Public key:\n", file, k.Algorithm, k.KeyID)
	_, err := a.out.Write(k.Public)
	return err
}

// writeSecret writes a key to a file with mode 0600, or to standard output if that is not
// a terminal.
func (a *app) writeSecret(file string, data []byte, force bool) error {
	if file == "-" {
		if a.terminalOut {
			return errors.New("a private key is not written to a terminal; name a file")
		}
		_, err := a.out.Write(data)
		return err
	}
	info, err := os.Lstat(file)
	if err == nil && !info.Mode().IsRegular() { // such as /dev/stdout, which root could remove
		return fmt.Errorf("%s is not a regular file; use another name, or - for standard output", file)
	}
	if err == nil && force {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists; use --force to overwrite it", file)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
