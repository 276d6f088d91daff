package jwt

// An Algorithm is the name of a signature algorithm, as in the header parameter
// alg (RFC 7518 section 3.1). It is an open type: a [Signer] and a [Verifier] of
// your own may bring another algorithm. The name "none", in any case, is never
// accepted.
type Algorithm string

// The algorithms that this package implements.
const (
	HS256 Algorithm = "HS256" // HMAC with SHA-2, RFC 7518 section 3.2
	HS384 Algorithm = "HS384"
	HS512 Algorithm = "HS512"

	RS256 Algorithm = "RS256" // RSASSA-PKCS1-v1_5 with SHA-2, RFC 7518 section 3.3
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"

	PS256 Algorithm = "PS256" // RSASSA-PSS with SHA-2, RFC 7518 section 3.5
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"

	ES256 Algorithm = "ES256" // ECDSA on P-256 with SHA-256, RFC 7518 section 3.4
	ES384 Algorithm = "ES384" // ECDSA on P-384 with SHA-384
	ES512 Algorithm = "ES512" // ECDSA on P-521 with SHA-512

	EdDSA   Algorithm = "EdDSA"   // Ed25519 under its older name, RFC 8037 section 3.1
	Ed25519 Algorithm = "Ed25519" // Ed25519 under its own name, RFC 9864 section 2.2
)

// A Header is what a token says about its own signature (RFC 7515 section 4). Until the
// signature has been verified, anyone can have written it.
type Header struct {
	Algorithm Algorithm // alg
	KeyID     string    // kid; empty if absent
	Type      string    // typ; empty if absent
}
