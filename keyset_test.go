package jwt_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

// answers returns a Verifier that counts its calls and returns err.
func answers(calls *int, err error) jwt.Verifier {
	return verifierFunc(func(context.Context, jwt.Header, []byte, []byte) error {
		*calls++
		return err
	})
}

// foreign is a Verifier around another.
type foreign struct{ jwt.Verifier }

func TestKeySetKeyIDs(t *testing.T) {
	one, two := hmacPair(1, "one"), hmacPair(2, "two")
	anonymous := hmacPair(3, "")
	sameKid := hmacPair(4, "one")
	for _, tt := range []struct {
		name   string
		signer jwt.Signer
		set    jwt.KeySet
		reason error
		field  string
	}{
		{"first", one.signer, jwt.KeySet{one.verifier, two.verifier}, nil, ""},
		{"second", two.signer, jwt.KeySet{one.verifier, two.verifier}, nil, ""},
		{"absent", one.signer, jwt.KeySet{two.verifier}, jwt.ErrUnknownKey, "kid"},
		{"other algorithm", one.signer, jwt.KeySet{testKeys(t)[jwt.HS512].verifier}, jwt.ErrUnknownKey, "kid"},
		{"token without kid", hmacPair(2, "").signer, jwt.KeySet{one.verifier, two.verifier}, nil, ""},
		{"token without kid, no key", hmacPair(9, "").signer, jwt.KeySet{one.verifier, two.verifier}, jwt.ErrSignature, "signature"},
		{"key without kid", hmacPair(3, "three").signer, jwt.KeySet{one.verifier, anonymous.verifier}, nil, ""},
		{"neither", anonymous.signer, jwt.KeySet{one.verifier, anonymous.verifier}, nil, ""},
		{"one kid for two keys, first", one.signer, jwt.KeySet{one.verifier, sameKid.verifier}, nil, ""},
		{"one kid for two keys, second", sameKid.signer, jwt.KeySet{one.verifier, sameKid.verifier}, nil, ""},
		{"kid of another key", hmacPair(2, "one").signer, jwt.KeySet{one.verifier, two.verifier}, jwt.ErrSignature, "signature"},
		{"same key twice", one.signer, jwt.KeySet{one.verifier, one.verifier}, nil, ""},
		{"many unknown first", one.signer, append(repeat(100, two.verifier), one.verifier), nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := parseToken(t, signToken(t, tt.signer), tt.set)
			if tt.reason == nil {
				require.NoError(t, err)
			} else {
				requireRefused(t, err, tt.field, tt.reason)
			}
		})
	}
}

func repeat(n int, v jwt.Verifier) (set jwt.KeySet) {
	for range n {
		set = append(set, v)
	}
	return set
}

// All sequences of up to four answers: the first of the best kind wins.
func TestKeySetPrecedence(t *testing.T) {
	errDown := errors.New("down")
	kinds := []error{nil, errDown, jwt.ErrSignature, jwt.ErrUnknownKey} // the best first
	token := signToken(t, testKeys(t)[jwt.ES256].signer)
	for n := 4; n < 4*4*4*4*4; n++ { // in base 4, a leading 1 and then the kinds
		var set jwt.KeySet
		best, first := 3, -1
		var calls int
		digits := strconv.FormatInt(int64(n), 4)
		if digits[0] != '1' {
			continue
		}
		var errs []error
		for i, d := range digits[1:] {
			kind := int(d - '0')
			if first < 0 || kind < best {
				best, first = kind, i
			}
			err := kinds[kind]
			if err != nil {
				err = fmt.Errorf("member %d: %w", i, err)
			}
			errs = append(errs, err)
			set = append(set, answers(&calls, err))
		}
		err := set.Verify(t.Context(), jwt.Header{}, nil, nil)
		parseErr := parseToken(t, token, set)
		switch best {
		case 0:
			require.NoError(t, err, digits)
			require.NoError(t, parseErr, digits)
			require.Equal(t, 2*(first+1), calls, "asked after the answer")
			continue
		case 1:
			require.Equal(t, errs[first], err, digits)
			requirePlainError(t, parseErr, "jwt: could not check the signature: "+err.Error())
			require.ErrorIs(t, parseErr, errDown)
		case 2:
			require.Equal(t, errs[first], err, digits)
			requireRefused(t, parseErr, "signature", jwt.ErrSignature)
		case 3:
			require.ErrorIs(t, err, jwt.ErrUnknownKey)
			requireRefused(t, parseErr, "kid", jwt.ErrUnknownKey)
		}
		require.Equal(t, 2*len(set), calls, "not all were asked")
	}
}

func TestKeySetNilMembers(t *testing.T) {
	k := testKeys(t)[jwt.ES256]
	token, forged := signToken(t, k.signer), signToken(t, otherKeys(t)[jwt.ES256].signer)
	const text = "jwt: could not check the signature: nil Verifier in a KeySet"
	for _, none := range []jwt.Verifier{nil, (*pointerVerifier)(nil), (*jwt.KeySet)(nil)} {
		require.NoError(t, parseToken(t, token, jwt.KeySet{none, k.verifier}))
		require.NoError(t, parseToken(t, token, jwt.KeySet{k.verifier, none}))
		requirePlainError(t, parseToken(t, token, jwt.KeySet{none}), text)
		requirePlainError(t, parseToken(t, forged, jwt.KeySet{k.verifier, none}), text)
		requirePlainError(t, parseToken(t, forged, jwt.KeySet{none, k.verifier}), text)
		require.Empty(t, jwt.KeySet{none}.Keys())
	}
	var err error
	require.NotPanics(t, func() { err = parseToken(t, token, jwt.KeySet{verifierFunc(nil)}) })
	requirePlainError(t, err, text)
	for _, set := range []jwt.Verifier{jwt.KeySet{}, jwt.KeySet(nil), jwt.KeySet{jwt.KeySet{}}, jwt.KeySet{foreign{jwt.KeySet{}}}, &jwt.KeySet{}} {
		requirePlainError(t, parseToken(t, token, set), "jwt: could not check the signature: empty KeySet")
	}
}

// At most 16 signatures are checked for one token, however the keys are nested.
func TestKeySetBound(t *testing.T) {
	token := signToken(t, hmacPair(0, "").signer)
	good := hmacPair(0, "").verifier
	for name, nest := range map[string]func(keys jwt.KeySet) jwt.Verifier{
		"flat":       func(keys jwt.KeySet) jwt.Verifier { return keys },
		"pointer":    func(keys jwt.KeySet) jwt.Verifier { return &keys },
		"set in set": func(keys jwt.KeySet) jwt.Verifier { return jwt.KeySet{keys} },
		"each in a set": func(keys jwt.KeySet) jwt.Verifier {
			return inSetsOf(keys, 1, func(ks jwt.KeySet) jwt.Verifier { return ks })
		},
		"in sets of 3": func(keys jwt.KeySet) jwt.Verifier {
			return inSetsOf(keys, 3, func(ks jwt.KeySet) jwt.Verifier { return ks })
		},
		"in foreign sets": func(keys jwt.KeySet) jwt.Verifier {
			return inSetsOf(keys, 5, func(ks jwt.KeySet) jwt.Verifier { return foreign{ks} })
		},
		"in pointers": func(keys jwt.KeySet) jwt.Verifier {
			return inSetsOf(keys, 4, func(ks jwt.KeySet) jwt.Verifier { return &ks })
		},
		"foreign":          func(keys jwt.KeySet) jwt.Verifier { return foreign{jwt.KeySet{foreign{keys}}} },
		"issuers in a set": func(keys jwt.KeySet) jwt.Verifier { return jwt.KeySet{jwt.IssuerKeys{"https://a.example": keys}} },
		"set in issuers":   func(keys jwt.KeySet) jwt.Verifier { return jwt.IssuerKeys{"https://a.example": jwt.KeySet{keys, keys}} },
		"issuers in sets of 3": func(keys jwt.KeySet) jwt.Verifier {
			return inSetsOf(keys, 3, func(ks jwt.KeySet) jwt.Verifier { return jwt.IssuerKeys{"https://a.example": ks} })
		},
		"deep": func(keys jwt.KeySet) jwt.Verifier {
			set := keys
			for i := len(keys) - 1; i >= 0; i-- { // the first key, and a set of the others
				if set = (jwt.KeySet{keys[i], set}); i == len(keys)-1 {
					set = set[:1]
				}
			}
			return set
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, place := range []int{0, 1, 14, 15, 16, 17, 40} {
				var calls int
				keys := repeat(50, answers(&calls, jwt.ErrSignature))
				keys[place] = good
				err := parseToken(t, token, nest(keys))
				if place < 16 {
					require.NoError(t, err, "%d", place)
					require.Equal(t, place, calls)
				} else {
					requireRefused(t, err, "signature", jwt.ErrSignature)
					require.Equal(t, 16, calls)
				}
			}
			// Those that have no key for the token cost nothing.
			var calls int
			keys := append(repeat(50, answers(&calls, jwt.ErrUnknownKey)), good)
			require.NoError(t, parseToken(t, token, nest(keys)))
			require.Equal(t, 50, calls)
		})
	}
}

// inSetsOf cuts keys into sets of n and wraps each.
func inSetsOf(keys jwt.KeySet, n int, wrap func(jwt.KeySet) jwt.Verifier) (set jwt.KeySet) {
	for len(keys) > 0 {
		n = min(n, len(keys))
		set = append(set, wrap(keys[:n]))
		keys = keys[n:]
	}
	return set
}

// An answer that came before must not hide that the checks have run out.
func TestKeySetBoundAndFailure(t *testing.T) {
	var calls int
	bad := repeat(15, answers(&calls, jwt.ErrSignature))
	down := answers(&calls, errors.New("down"))
	token := signToken(t, hmacPair(0, "").signer)
	requirePlainError(t, parseToken(t, token, append(append(jwt.KeySet{down}, bad...), hmacPair(0, "").verifier)),
		"jwt: could not check the signature: down")
	requireRefused(t, parseToken(t, token, append(append(jwt.KeySet{bad[0]}, bad...), down)), "signature", jwt.ErrSignature)
}

func TestKeySetKeys(t *testing.T) {
	one, two, three := hmacPair(1, "one").verifier, hmacPair(2, "two").verifier, hmacPair(3, "").verifier
	var calls int
	set := jwt.KeySet{one, nil, jwt.KeySet{two, jwt.KeySet{three}, jwt.KeySet{}}, answers(&calls, nil), jwt.IssuerKeys{"a": one}, one}
	require.Equal(t, []jwt.KeyVerifier{one, two, three, one}, set.Keys())
	require.Equal(t, []jwt.KeyVerifier{two}, jwt.KeySet{&jwt.KeySet{two}}.Keys())
	require.Empty(t, jwt.KeySet(nil).Keys())
	require.Zero(t, calls)
}

// Whoever calls Verify by himself may pass anything.
func TestVerifyGarbage(t *testing.T) {
	long := strings.Repeat("A", 1<<16)
	inputs := []string{"", ".", "..", "a", "a.", ".a", "a.b", "a.e30", ".e30", ".bnVsbA", ".eyJpc3MiOiJhIn0", ".eyJpc3MiOiJhIn0.", ".eyJpc3M",
		"\x00.\xff", long, "." + long, strings.Repeat(".", 1<<16), ".e30=", ".e30\n"}
	for n := range 500 {
		inputs = append(inputs, "."+base64.RawURLEncoding.EncodeToString(append([]byte(`{"iss":"a"}`[:n%12]), pseudorandom(n)[:n%9]...)))
	}
	verifiers := []jwt.Verifier{jwt.IssuerKeys{"a": hmacPair(1, "").verifier}, jwt.KeySet{jwt.IssuerKeys{"a": hmacPair(1, "").verifier}}}
	for _, k := range allKeys(t) {
		verifiers = append(verifiers, k.verifier)
	}
	for _, v := range verifiers {
		for _, input := range inputs {
			for _, sig := range [][]byte{nil, {}, {0}, make([]byte, 64)} {
				for _, h := range []jwt.Header{{}, {Algorithm: jwt.HS256}, {Algorithm: "none"}} {
					require.Error(t, v.Verify(t.Context(), h, []byte(input), sig))
				}
			}
			if k, ok := v.(jwt.Key); ok {
				h := jwt.Header{Algorithm: k.Algorithm()}
				require.ErrorIs(t, v.Verify(t.Context(), h, []byte(input), []byte(input)), jwt.ErrSignature)
			}
		}
		require.Error(t, v.Verify(t.Context(), jwt.Header{}, nil, nil))
	}
}

// rotator is a Signer whose current key changes all the time, and at the latest
// between any two calls of its methods.
type rotator struct {
	keys    []keyPair
	current atomic.Int64
	careful bool // it signs with the key that the header names
}

func (r *rotator) rotate() keyPair {
	return r.keys[int(r.current.Add(1))%len(r.keys)]
}

func (r *rotator) Algorithm() jwt.Algorithm { return r.rotate().alg }

func (r *rotator) KeyID() string { return r.rotate().signer.KeyID() }

func (r *rotator) Sign(ctx context.Context, h jwt.Header, input []byte) ([]byte, error) {
	k := r.rotate()
	if r.careful {
		n, err := strconv.Atoi(h.KeyID)
		if err != nil {
			return nil, err
		}
		k = r.keys[n]
	}
	return k.signer.Sign(ctx, h, input)
}

func TestSignBesideRotation(t *testing.T) {
	r := &rotator{careful: true}
	for i := range 50 {
		r.keys = append(r.keys, hmacPair(i, strconv.Itoa(i)))
	}
	stop := make(chan struct{})
	var background, signers sync.WaitGroup
	background.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				r.rotate()
				runtime.Gosched() // js/wasm has one thread and preempts nothing
			}
		}
	})
	tokens := 100_000
	if testing.Short() {
		tokens = 1000
	}
	val := must(jwt.NewValidator(keyPolicy()))
	claims := keyClaims()
	var kids [50]atomic.Int64
	for range 4 {
		signers.Go(func() {
			for range tokens / 4 {
				token, err := jwt.Sign(t.Context(), r, claims)
				if err != nil {
					t.Error(err)
					return
				}
				named := verifierFunc(func(ctx context.Context, h jwt.Header, input, sig []byte) error {
					n, err := strconv.Atoi(h.KeyID)
					if err != nil {
						return err
					}
					kids[n].Add(1)
					return r.keys[n].verifier.Verify(ctx, jwt.Header{Algorithm: jwt.HS256}, input, sig)
				})
				if _, err := jwt.Parse[struct{}](t.Context(), token, named, val); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	signers.Wait()
	close(stop)
	background.Wait()
	var sum int64
	for n := range kids {
		sum += kids[n].Load()
		require.NotZero(t, kids[n].Load(), "key %d was never used", n)
	}
	require.EqualValues(t, tokens, sum)
}

// A Signer that signs with what is current then makes no token, if its keys are ours.
func TestSignWithAnotherKeyThanNamed(t *testing.T) {
	r := &rotator{keys: []keyPair{hmacPair(0, "0"), hmacPair(1, "1"), hmacPair(2, "2")}}
	for range 10 {
		token, err := jwt.Sign(t.Context(), r, keyClaims())
		require.Empty(t, token)
		require.ErrorContains(t, err, "jwt: could not sign: HS256(")
		_, refused := errors.AsType[*jwt.TokenError](err)
		require.False(t, refused)
	}
}

// A context that is nil is the caller's fault, and no panic.
func TestKeySetNilContext(t *testing.T) {
	//lint:ignore SA1012 the point
	err := jwt.KeySet{testKeys(t)[jwt.HS256].verifier}.Verify(nil, jwt.Header{Algorithm: jwt.HS256}, nil, nil)
	require.EqualError(t, err, "nil context")
}
