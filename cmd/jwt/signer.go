package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/cmd/jwt/internal/keyfile"
)

// signerFlags are the flags that say what a token is signed with.
type signerFlags struct {
	key, encoding, alg, kid string
	short                   bool
}

// addSigner gives cmd the flags of signerFlags.
func (a *app) addSigner(cmd *cobra.Command) *signerFlags {
	s := &signerFlags{}
	f := cmd.Flags()
	a.addKey(cmd, &s.key, &s.encoding)
	f.StringVar(&s.alg, "alg", "", "`ALGORITHM` to sign with (default: that of the JWK, or the usual one for the type of key)")
	f.StringVar(&s.kid, "kid", "", "`KID` of the key (default: that of the JWK, or none)")
	f.BoolVar(&s.short, "insecure-short-secret", false, "allow a secret that is shorter than the hash")
	cmd.MarkFlagRequired("key")
	cmd.RegisterFlagCompletionFunc("alg", completeAlgorithms)
	return s
}

// signer returns the Signer that the flags name.
func (a *app) signer(s *signerFlags) (jwt.KeySigner, error) {
	f, err := a.readSigningKey(s)
	if err != nil {
		return nil, err
	}
	return a.signerOf(f, s)
}

func (a *app) readSigningKey(s *signerFlags) (*keyfile.File, error) {
	f, err := a.readKey(s.key, s.encoding)
	if err != nil {
		return nil, prefix("--key", err)
	}
	f.AllowShort(s.short)
	return f, nil
}

func (a *app) signerOf(f *keyfile.File, s *signerFlags) (jwt.KeySigner, error) {
	k, err := f.Signer(jwt.Algorithm(s.alg), s.kid)
	if err != nil && !s.short && f.IsSecret() {
		f.AllowShort(true)
		if _, e := f.Signer(jwt.Algorithm(s.alg), s.kid); e == nil {
			err = fmt.Errorf("%w; --insecure-short-secret allows it", err)
		}
	}
	return k, prefix("--key", err)
}

func completeAlgorithms(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, alg := range keyfile.Algorithms() {
		names = append(names, string(alg))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
