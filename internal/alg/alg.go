// Package alg is the table of the signature algorithms that this module implements
// (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2).
package alg

import (
	"crypto"
	"crypto/elliptic"
)

// A Family tells which kind of key an algorithm is for, and how it signs.
type Family int

const (
	HMAC  Family = iota + 1 // RFC 7518 section 3.2
	RSA                     // RSASSA-PKCS1-v1_5, RFC 7518 section 3.3
	PSS                     // RSASSA-PSS, its salt as long as the hash, RFC 7518 section 3.5
	ECDSA                   // RFC 7518 section 3.4
	EdDSA                   // Ed25519
)

// Params are what an algorithm fixes.
type Params struct {
	Name   string
	Family Family
	Hash   crypto.Hash    // 0 for EdDSA, which hashes by itself
	Curve  elliptic.Curve // nil except for ECDSA
	Size   int            // the length of a signature in bytes; 0 for RSA, where the key decides
}

// table is in the order in which algorithms are listed to people.
var table = []Params{
	{"HS256", HMAC, crypto.SHA256, nil, 32},
	{"HS384", HMAC, crypto.SHA384, nil, 48},
	{"HS512", HMAC, crypto.SHA512, nil, 64},
	{"RS256", RSA, crypto.SHA256, nil, 0},
	{"RS384", RSA, crypto.SHA384, nil, 0},
	{"RS512", RSA, crypto.SHA512, nil, 0},
	{"PS256", PSS, crypto.SHA256, nil, 0},
	{"PS384", PSS, crypto.SHA384, nil, 0},
	{"PS512", PSS, crypto.SHA512, nil, 0},
	{"ES256", ECDSA, crypto.SHA256, elliptic.P256(), 64},
	{"ES384", ECDSA, crypto.SHA384, elliptic.P384(), 96},
	{"ES512", ECDSA, crypto.SHA512, elliptic.P521(), 132},
	{"EdDSA", EdDSA, 0, nil, 64},
	{"Ed25519", EdDSA, 0, nil, 64},
}

// Lookup returns the parameters of the algorithm of that name, in exact case.
func Lookup[S ~string](name S) (Params, bool) {
	for i := range table {
		if table[i].Name == string(name) {
			return table[i], true
		}
	}
	return Params{}, false
}

// Intern returns name as a string, without allocating if the table has it.
func Intern(name []byte) (string, bool) {
	for i := range table {
		if table[i].Name == string(name) {
			return table[i].Name, true
		}
	}
	return "", false
}

// All returns the parameters of every algorithm.
func All() []Params { return append([]Params(nil), table...) }

// Names returns the names of the algorithms of the given families, or of all where none
// is given.
func Names[S ~string](families ...Family) []S {
	var names []S
	for _, p := range table {
		wanted := len(families) == 0
		for _, f := range families {
			wanted = wanted || p.Family == f
		}
		if wanted {
			names = append(names, S(p.Name))
		}
	}
	return names
}
