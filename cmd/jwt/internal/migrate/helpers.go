package migrate

import (
	"go/ast"
	"strings"
)

// helperTexts are the functions that the rewritten code calls, by their names. They make the
// key for each token, as golang-jwt does.
var helperTexts = map[string]string{
	"signHMAC": `
// signHMAC signs claims with a secret. Like golang-jwt it takes the secret for each token:
// make a Signer with jwt.NewHMACSigner instead, once, when the program starts.
func signHMAC[P any](ctx context.Context, alg jwt.Algorithm, kid string, secret []byte, claims jwt.Claims[P]) (string, error) {
	signer, err := jwt.NewHMACSigner(alg, kid, secret)
	if err != nil {
		return "", err
	}
	return jwt.Sign(ctx, signer, claims)
}
`,
	"signKey": `
// signKey signs claims with a private key. Like golang-jwt it takes the key for each token:
// make a Signer with jwt.NewSigner instead, once, when the program starts.
func signKey[P any](ctx context.Context, alg jwt.Algorithm, kid string, key crypto.Signer, claims jwt.Claims[P]) (string, error) {
	signer, err := jwt.NewSigner(alg, kid, key)
	if err != nil {
		return "", err
	}
	return jwt.Sign(ctx, signer, claims)
}
`,
	"parseHMAC": `
// parseHMAC parses a token that is signed with a secret. Like golang-jwt it takes the secret
// and the policy for each token: call jwt.NewParser instead, once, when the program starts.
func parseHMAC[P any](ctx context.Context, token string, secret []byte, policy jwt.Policy) (*jwt.Claims[P], error) {
	key, err := jwt.NewHMACVerifier(policy.Algorithms[0], "", secret)
	if err != nil {
		return nil, err
	}
	parser, err := jwt.NewParser[P](key, policy)
	if err != nil {
		return nil, err
	}
	return parser.Parse(ctx, token)
}
`,
	"parseKey": `
// parseKey parses a token that is signed with a private key. Like golang-jwt it takes the key
// and the policy for each token: call jwt.NewParser instead, once, when the program starts.
func parseKey[P any](ctx context.Context, token string, key crypto.PublicKey, policy jwt.Policy) (*jwt.Claims[P], error) {
	verifier, err := jwt.NewVerifier(policy.Algorithms[0], "", key)
	if err != nil {
		return nil, err
	}
	parser, err := jwt.NewParser[P](verifier, policy)
	if err != nil {
		return nil, err
	}
	return parser.Parse(ctx, token)
}
`,
}

// helpers returns the functions that are added to each file: each to the first file that
// calls it, and to one of tests only if no other does.
func (p *plan) helpers() map[*ast.File]string {
	texts := make(map[*ast.File]string)
	for _, name := range []string{"signHMAC", "signKey", "parseHMAC", "parseKey"} {
		if file := p.helperFile(name); file != nil {
			texts[file] += helperTexts[name]
		}
	}
	return texts
}

func (p *plan) helperFile(name string) *ast.File {
	var found *ast.File
	for _, f := range p.s.pass.Files {
		isTest := strings.HasSuffix(p.s.pass.Fset.File(f.FileStart).Name(), "_test.go")
		for _, t := range p.rewritten() {
			if t.helper != name || !within(f, t.node) {
				continue
			}
			if !isTest {
				return f
			}
			if found == nil {
				found = f
			}
		}
	}
	return found
}
