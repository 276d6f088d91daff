package jwt_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/cda17858/jwt"
)

// fakeKey is a crypto.Signer that does what it is told.
type fakeKey struct {
	public crypto.PublicKey
	sign   func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (k fakeKey) Public() crypto.PublicKey { return k.public }

func (k fakeKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.sign(digest, opts)
}

// messageKey wants to hash by itself.
type messageKey struct {
	crypto.Signer
	messages *[]string
}

func (k messageKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("Sign called instead of SignMessage")
}

func (k messageKey) SignMessage(r io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	*k.messages = append(*k.messages, string(message))
	return crypto.SignMessage(k.Signer, r, message, opts)
}

// privateKey returns the key of raw for an asymmetric algorithm.
func (raw rawKeys) privateKey(alg jwt.Algorithm) crypto.Signer {
	switch {
	case isEdDSA(alg):
		return raw.ed25519
	case alg[0] == 'E':
		return raw.ecdsa[alg]
	}
	return raw.rsa
}

// derSignature encodes r and s, whatever they are.
func derSignature(r, s *big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(r)
		b.AddASN1BigInt(s)
	})
	return b.BytesOrPanic()
}

func TestOpaqueKeys(t *testing.T) {
	for _, alg := range allAlgorithms[3:] {
		key, verifier := firstRaw().privateKey(alg), testKeys(t)[alg].verifier

		s, err := jwt.NewSigner(alg, "k1", opaque{key})
		require.NoError(t, err)
		require.NoError(t, parseToken(t, signToken(t, s), verifier))
		require.Equal(t, key.Public(), s.(jwt.Key).PublicKey())

		var messages []string
		s, err = jwt.NewSigner(alg, "k1", messageKey{key, &messages})
		require.NoError(t, err)
		token := signToken(t, s)
		require.NoError(t, parseToken(t, token, verifier))
		require.Equal(t, []string{token[:bytes.LastIndexByte([]byte(token), '.')]}, messages)
	}
}

// Every signature of a key that is not the standard library's is verified.
func TestOpaqueKeyThatSignsBadly(t *testing.T) {
	const noSignature = "the key returned a signature that its public half does not verify"
	const noDER = "the key returned neither r||s of the right length nor an ECDSA signature in DER"
	big1 := big.NewInt(1)
	type faults map[string]func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error)
	answer := func(sig []byte) func(crypto.Signer, []byte, crypto.SignerOpts) ([]byte, error) {
		return func(crypto.Signer, []byte, crypto.SignerOpts) ([]byte, error) { return sig, nil }
	}
	common := faults{
		"nothing": answer(nil),
		"empty":   answer([]byte{}),
		"garbage": answer(bytes.Repeat([]byte{0x55}, 64)),
		"zeros":   answer(make([]byte, 256)),
		"long":    answer(make([]byte, 1<<16)),
		"truncated": func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			sig, err := key.Sign(rand.Reader, digest, opts)
			return sig[:len(sig)-1], err
		},
		"trailing byte": func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			sig, err := key.Sign(rand.Reader, digest, opts)
			return append(sig, 0), err
		},
	}
	ofFamily := map[string]faults{
		"R": {"PSS": func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			return key.Sign(rand.Reader, digest, &rsa.PSSOptions{SaltLength: opts.HashFunc().Size(), Hash: opts.HashFunc()})
		}},
		"P": {
			"salt of 20 bytes": func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
				return key.Sign(rand.Reader, digest, &rsa.PSSOptions{SaltLength: 20, Hash: opts.HashFunc()})
			},
			"PKCS #1 v1.5": func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
				return key.Sign(rand.Reader, digest, opts.HashFunc())
			},
		},
		"E": {
			"r zero":      answer(derSignature(new(big.Int), big1)),
			"r negative":  answer(derSignature(big.NewInt(-1), big1)),
			"r huge":      answer(derSignature(new(big.Int).Lsh(big1, 1024), big1)),
			"only r":      answer([]byte{0x30, 3, 2, 1, 1}),
			"long length": answer([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1}),
			"r||s": func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
				private := key.(*ecdsa.PrivateKey)
				size := (private.Params().BitSize + 7) / 8
				var r, s big.Int
				var inner cryptobyte.String
				der := cryptobyte.String(must(ecdsa.SignASN1(rand.Reader, private, digest)))
				if !der.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) {
					return nil, errors.New("not DER")
				}
				return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
			},
		},
	}
	for _, alg := range allAlgorithms[3:] {
		key := firstRaw().privateKey(alg)
		check := func(name string, sign func(crypto.Signer, []byte, crypto.SignerOpts) ([]byte, error)) {
			s, err := jwt.NewSigner(alg, "k1", fakeKey{key.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
				return sign(key, digest, opts)
			}})
			require.NoError(t, err)
			token, err := jwt.Sign(t.Context(), s, keyClaims())
			require.Empty(t, token)
			prefix := "jwt: could not sign: " + string(alg) + "(k1): "
			require.Contains(t, []string{prefix + noSignature, prefix + noDER}, err.Error(), "%s %s", alg, name)
		}
		for name, sign := range common {
			check(name, sign)
		}
		if !isEdDSA(alg) {
			for name, sign := range ofFamily[string(alg[:1])] {
				check(name, sign)
			}
		}
		check("another key", func(_ crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			return secondRaw().privateKey(alg).Sign(rand.Reader, digest, opts)
		})
		check("another digest", func(key crypto.Signer, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			digest = bytes.Clone(digest)
			digest[0] ^= 1
			return key.Sign(rand.Reader, digest, opts)
		})
	}
}

func TestOpaqueKeyThatFails(t *testing.T) {
	errDown := errors.New("HSM is down")
	for _, alg := range allAlgorithms[3:] {
		key := fakeKey{firstRaw().privateKey(alg).Public(), func([]byte, crypto.SignerOpts) ([]byte, error) {
			return []byte("half a signature"), errDown
		}}
		token, err := jwt.Sign(t.Context(), must(jwt.NewSigner(alg, "k1", key)), keyClaims())
		require.Empty(t, token)
		require.ErrorIs(t, err, errDown)
		requirePlainError(t, err, "jwt: could not sign: "+string(alg)+"(k1): HSM is down")
	}
}

func TestOpaqueKeyWithoutPublicKey(t *testing.T) {
	const noPublic = "its Public method returns nil"
	raw := firstRaw()
	for _, tt := range []struct {
		alg  jwt.Algorithm
		key  crypto.Signer
		text string
	}{
		{jwt.RS256, fakeKey{}, noPublic},
		{jwt.ES256, fakeKey{}, noPublic},
		{jwt.EdDSA, fakeKey{}, noPublic},
		{jwt.RS256, fakeKey{public: (*rsa.PublicKey)(nil)}, noPublic},
		{jwt.ES256, fakeKey{public: (*ecdsa.PublicKey)(nil)}, noPublic},
		{jwt.EdDSA, fakeKey{public: (*ed25519.PublicKey)(nil)}, noPublic},
		{jwt.EdDSA, fakeKey{public: ed25519.PublicKey(nil)}, "public key of 0 bytes; it has 32"},
		{jwt.RS256, fakeKey{public: raw.rsa.PublicKey}, "rsa.PublicKey by value; pass a pointer to it"},
		{jwt.RS256, fakeKey{public: "key"}, "string is not a parsed key; ParsePublicKey reads PEM, and NewHMACVerifier takes a secret"},
	} {
		require.EqualError(t, errOf(jwt.NewSigner(tt.alg, "k1", tt.key)), "jwt: "+string(tt.alg)+" key: "+tt.text)
	}
}

func TestOpaqueKeyOfAnotherFamily(t *testing.T) {
	raw := firstRaw()
	const rsaKey, ecdsaKey, edKey = "an RSA key; RS256, RS384, RS512, PS256, PS384 and PS512 are", "an ECDSA key; ES256, ES384 and ES512 are", "an Ed25519 key; EdDSA and Ed25519 are"
	for _, tt := range []struct {
		alg  jwt.Algorithm
		key  crypto.Signer
		text string
	}{
		{jwt.RS256, opaque{raw.ecdsa[jwt.ES256]}, ecdsaKey},
		{jwt.RS256, raw.ed25519, edKey},
		{jwt.ES256, raw.rsa, rsaKey},
		{jwt.ES256, opaque{raw.ed25519}, edKey},
		{jwt.EdDSA, opaque{raw.rsa}, rsaKey},
		{jwt.Ed25519, raw.ecdsa[jwt.ES512], ecdsaKey},
		{jwt.HS256, raw.rsa, rsaKey},
	} {
		require.EqualError(t, errOf(jwt.NewSigner(tt.alg, "k1", tt.key)), `jwt: "`+string(tt.alg)+`" is not for `+tt.text)
	}
}

func TestNilPrivateKey(t *testing.T) {
	for _, alg := range allAlgorithms[3:] {
		for _, key := range []crypto.Signer{nil, (*rsa.PrivateKey)(nil), (*ecdsa.PrivateKey)(nil), (*ed25519.PrivateKey)(nil), (*opaque)(nil)} {
			var err error
			require.NotPanics(t, func() { err = errOf(jwt.NewSigner(alg, "k1", key)) })
			require.EqualError(t, err, "jwt: "+string(alg)+" key: nil private key")
		}
	}
	require.EqualError(t, errOf(jwt.NewSigner(jwt.EdDSA, "k", ed25519.PrivateKey(nil))),
		"jwt: EdDSA key: nil private key")
	require.EqualError(t, errOf(jwt.NewSigner(jwt.PS512, "k", new(rsa.PrivateKey))), "jwt: PS512 key: nil public key")
	require.EqualError(t, errOf(jwt.NewSigner(jwt.ES512, "k", new(ecdsa.PrivateKey))), "jwt: ES512 key: nil public key")
}

func TestRemoteSigner(t *testing.T) {
	type contextKey struct{}
	ctx := context.WithValue(t.Context(), contextKey{}, "value")
	for _, k := range allKeys(t) {
		h := jwt.Header{Algorithm: k.alg, KeyID: "k1"}
		forms := map[string]func(input []byte) ([]byte, error){
			"JWS": func(input []byte) ([]byte, error) { return k.signer.Sign(ctx, h, input) },
		}
		if k.alg[0] == 'E' && !isEdDSA(k.alg) {
			key := firstRaw().ecdsa[k.alg]
			forms["DER"] = func(input []byte) ([]byte, error) {
				return crypto.SignMessage(key, rand.Reader, input, hashOf(k.alg))
			}
		}
		for form, sign := range forms {
			s, err := jwt.NewRemoteSigner(k.verifier, func(ctx context.Context, input []byte) ([]byte, error) {
				require.Equal(t, "value", ctx.Value(contextKey{}))
				return sign(input)
			})
			require.NoError(t, err)
			token, err := jwt.Sign(ctx, s, keyClaims())
			require.NoError(t, err, "%s %s", k.alg, form)
			require.NoError(t, parseToken(t, token, k.verifier))
			require.Equal(t, k.alg, s.Algorithm())
			require.Equal(t, "k1", s.KeyID())
			require.Equal(t, k.verifier.(jwt.Key).PublicKey(), s.(jwt.Key).PublicKey())
		}
	}
}

func hashOf(alg jwt.Algorithm) crypto.Hash {
	return map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[string(alg[2:])]
}

func TestRemoteSignerThatSignsBadly(t *testing.T) {
	for _, k := range allKeys(t) {
		h := jwt.Header{Algorithm: k.alg, KeyID: "k1"}
		for name, sign := range map[string]func(input []byte) ([]byte, error){
			"nothing":     func([]byte) ([]byte, error) { return nil, nil },
			"empty":       func([]byte) ([]byte, error) { return []byte{}, nil },
			"garbage":     func([]byte) ([]byte, error) { return bytes.Repeat([]byte{0x30}, 132), nil },
			"zeros":       func([]byte) ([]byte, error) { return make([]byte, 64), nil },
			"another key": func(input []byte) ([]byte, error) { return otherKeys(t)[k.alg].signer.Sign(t.Context(), h, input) },
			"another text": func(input []byte) ([]byte, error) {
				return k.signer.Sign(t.Context(), h, append(input, ' '))
			},
			"trailing byte": func(input []byte) ([]byte, error) {
				sig, err := k.signer.Sign(t.Context(), h, input)
				return append(sig, 0), err
			},
		} {
			s := must(jwt.NewRemoteSigner(k.verifier, func(_ context.Context, input []byte) ([]byte, error) { return sign(input) }))
			token, err := jwt.Sign(t.Context(), s, keyClaims())
			require.Empty(t, token)
			require.ErrorContains(t, err, "jwt: could not sign: "+string(k.alg)+"(k1): the key returned ", name)
			_, refused := errors.AsType[*jwt.TokenError](err)
			require.False(t, refused)
		}
	}
}

func TestRemoteSignerError(t *testing.T) {
	errDenied := errors.New("permission denied")
	key := testKeys(t)[jwt.ES256].verifier
	s := must(jwt.NewRemoteSigner(key, func(context.Context, []byte) ([]byte, error) { return nil, errDenied }))
	token, err := jwt.Sign(t.Context(), s, keyClaims())
	require.Empty(t, token)
	require.ErrorIs(t, err, errDenied)
	requirePlainError(t, err, "jwt: could not sign: ES256(k1): permission denied")

	// That the token by which we identify ourselves to the KMS has expired is no
	// fault of the token that we make.
	s = must(jwt.NewRemoteSigner(key, func(context.Context, []byte) ([]byte, error) {
		return nil, &jwt.TokenError{Field: "exp", Err: jwt.ErrExpired}
	}))
	_, err = jwt.Sign(t.Context(), s, keyClaims())
	requirePlainError(t, err, "jwt: could not sign: ES256(k1): jwt: exp: token expired")
}

func TestRemoteSignerCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := must(jwt.NewRemoteSigner(testKeys(t)[jwt.ES256].verifier, func(ctx context.Context, _ []byte) ([]byte, error) {
		cancel()
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}))
	token, err := jwt.Sign(ctx, s, keyClaims())
	require.Empty(t, token)
	require.ErrorIs(t, err, context.Canceled)
}

// The function may keep and even change what it is given.
func TestRemoteSignerInputIsACopy(t *testing.T) {
	k := testKeys(t)[jwt.HS256]
	var kept [][]byte
	s := must(jwt.NewRemoteSigner(k.verifier, func(ctx context.Context, input []byte) ([]byte, error) {
		sig, err := k.signer.Sign(ctx, jwt.Header{Algorithm: jwt.HS256}, input)
		kept = append(kept, input)
		for i := range input {
			input[i] = 'x'
		}
		return sig, err
	}))
	for range 3 {
		require.NoError(t, parseToken(t, signToken(t, s), k.verifier))
	}
	for _, input := range kept {
		require.Equal(t, bytes.Repeat([]byte{'x'}, len(input)), input)
	}
}

func TestNewRemoteSignerRefuses(t *testing.T) {
	sign := func(context.Context, []byte) ([]byte, error) { return nil, nil }
	key := testKeys(t)[jwt.ES256].verifier
	anyKey := verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error { return nil })
	for _, tt := range []struct {
		key  jwt.KeyVerifier
		sign func(context.Context, []byte) ([]byte, error)
		text string
	}{
		{nil, sign, "nil key"},
		{(*pointerKey)(nil), sign, "nil key"},
		{nil, nil, "nil key"},
		{key, nil, "nil sign function"},
	} {
		require.EqualError(t, errOf(jwt.NewRemoteSigner(tt.key, tt.sign)), "jwt: NewRemoteSigner: "+tt.text)
	}
	require.EqualError(t, errOf(jwt.NewRemoteSigner(namedKey{anyKey, "None", ""}, sign)),
		`jwt: NewRemoteSigner: jwt_test.namedKey: "none" is not a signature algorithm`)
	require.EqualError(t, errOf(jwt.NewRemoteSigner(namedKey{anyKey, "X", "\xff"}, sign)), "jwt: NewRemoteSigner: jwt_test.namedKey: kid is not UTF-8")
}

type pointerKey struct{ jwt.KeyVerifier }

// namedKey is a Key of some algorithm.
type namedKey struct {
	jwt.Verifier
	alg jwt.Algorithm
	kid string
}

func (k namedKey) Algorithm() jwt.Algorithm  { return k.alg }
func (k namedKey) KeyID() string             { return k.kid }
func (namedKey) PublicKey() crypto.PublicKey { return nil }

// pointerVerifier accepts everything; a nil one panics.
type pointerVerifier struct{ calls int }

func (v *pointerVerifier) Verify(context.Context, jwt.Header, []byte, []byte) error {
	v.calls++
	return nil
}

// foreignSigner is a Signer of somebody else's making that is a Key.
func TestVerifierOfSigner(t *testing.T) {
	for _, k := range allKeys(t) {
		signers := []jwt.KeySigner{k.signer, must(jwt.NewRemoteSigner(k.verifier, func(ctx context.Context, input []byte) ([]byte, error) {
			return k.signer.Sign(ctx, jwt.Header{Algorithm: k.alg}, input)
		}))}
		if k.signer.PublicKey() != nil {
			signers = append(signers, must(jwt.NewSigner(k.alg, "k1", opaque{firstRaw().privateKey(k.alg)})))
		}
		for _, s := range signers {
			v := s.Verifier()
			require.NoError(t, parseToken(t, signToken(t, s), v))
			require.Equal(t, k.alg, v.Algorithm())
			require.Equal(t, "k1", v.KeyID())
			require.Equal(t, s.PublicKey(), v.PublicKey())
			requireRefused(t, parseToken(t, signToken(t, otherKeys(t)[k.alg].signer), v), "signature", jwt.ErrSignature)
		}
	}
}
