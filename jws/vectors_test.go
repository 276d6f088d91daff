package jws_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
	"github.com/cda17858/jwt/jws"
)

// TestVectors verifies the examples of the RFCs, and makes those signatures again
// that have no random part. Sign itself cannot make these tokens, since it always
// writes a typ.
func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			var key jwk
			require.NoError(t, json.Unmarshal([]byte(v.key), &key))
			signer, verifier := key.pair(t, v.alg)
			validator := newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{v.alg}, Types: []string{"JOSE", "JWT"}})

			m, err := jws.Verify(t.Context(), v.token(), verifier, validator)
			require.NoError(t, err)
			require.Equal(t, &jws.Message{Payload: []byte(v.payload), Type: v.typ, Algorithm: v.alg, KeyID: key.Kid}, m)

			input := v.token()[:strings.LastIndexByte(v.token(), '.')]
			sig, err := signer.Sign(t.Context(), jwt.Header{Algorithm: v.alg, KeyID: key.Kid}, []byte(input))
			require.NoError(t, err)
			if v.exact {
				require.Equal(t, v.signature, base64.RawURLEncoding.EncodeToString(sig))
			}
			_, err = jws.Verify(t.Context(), input+"."+base64.RawURLEncoding.EncodeToString(sig), verifier, validator)
			require.NoError(t, err)

			forged := v
			forged.payload += "."
			m, err = jws.Verify(t.Context(), forged.token(), verifier, validator)
			require.ErrorIs(t, err, jwt.ErrSignature)
			require.Nil(t, m)
		})
	}
}

// TestVectorIsNoJOSE: RFC 7515's first example says typ JWT, and so is not for this
// package unless the policy says so.
func TestVectorIsNoJOSE(t *testing.T) {
	var key jwk
	require.NoError(t, json.Unmarshal([]byte(vectors[0].key), &key))
	_, verifier := key.pair(t, jwt.HS256)
	_, err := jws.Verify(t.Context(), vectors[0].token(), verifier, newValidator(t, jws.Policy{Algorithms: []jwt.Algorithm{jwt.HS256}}))
	require.EqualError(t, err, "jwt: typ: does not match the policy")
}

// jwk is a key as the RFCs print it.
type jwk struct{ Kty, Kid, K, N, E, D, P, Q, X, Y string }

func (k jwk) pair(t *testing.T, alg jwt.Algorithm) (jwt.Signer, jwt.Verifier) {
	t.Helper()
	raw := func(s string) []byte {
		b, err := base64.RawURLEncoding.Strict().DecodeString(s)
		require.NoError(t, err)
		return b
	}
	number := func(s string) *big.Int { return new(big.Int).SetBytes(raw(s)) }
	var signer jwt.KeySigner
	var verifier jwt.KeyVerifier
	var err, err2 error
	switch k.Kty {
	case "oct":
		signer, err = jwt.NewHMACSigner(alg, k.Kid, raw(k.K))
		verifier, err2 = jwt.NewHMACVerifier(alg, k.Kid, raw(k.K))
	case "RSA":
		public := rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}
		signer, err = jwt.NewSigner(alg, k.Kid, &rsa.PrivateKey{
			PublicKey: public, D: number(k.D), Primes: []*big.Int{number(k.P), number(k.Q)},
		})
		verifier, err2 = jwt.NewVerifier(alg, k.Kid, &public)
	case "EC":
		curve := map[jwt.Algorithm]elliptic.Curve{jwt.ES256: elliptic.P256(), jwt.ES512: elliptic.P521()}[alg]
		public, e := ecdsa.ParseUncompressedPublicKey(curve, append(append([]byte{4}, raw(k.X)...), raw(k.Y)...))
		require.NoError(t, e)
		private, e := ecdsa.ParseRawPrivateKey(curve, raw(k.D))
		require.NoError(t, e)
		signer, err = jwt.NewSigner(alg, k.Kid, private)
		verifier, err2 = jwt.NewVerifier(alg, k.Kid, public)
	case "OKP":
		signer, err = jwt.NewSigner(alg, k.Kid, ed25519.NewKeyFromSeed(raw(k.D)))
		verifier, err2 = jwt.NewVerifier(alg, k.Kid, ed25519.PublicKey(raw(k.X)))
	}
	require.NoError(t, err)
	require.NoError(t, err2)
	return signer, verifier
}

type vector struct {
	name      string
	alg       jwt.Algorithm
	typ       string
	key       string // JWK
	header    string // decoded
	payload   string // decoded
	signature string
	exact     bool // the same signature each time
}

func (v vector) token() string {
	b := base64.RawURLEncoding.EncodeToString
	return b([]byte(v.header)) + "." + b([]byte(v.payload)) + "." + v.signature
}

const (
	joe   = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
	frodo = "It’s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep " +
		"your feet, there’s no knowing where you might be swept off to."

	// RFC 7520 section 3.4
	bilboRSA = `{"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig",
		"n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw",
		"e":"AQAB",
		"d":"bWUC9B-EFRIo8kpGfh0ZuyGPvMNKvYWNtB_ikiH9k20eT-O1q_I78eiZkpXxXQ0UTEs2LsNRS-8uJbvQ-A1irkwMSMkK1J3XTGgdrhCku9gRldY7sNA_AKZGh-Q661_42rINLRCe8W-nZ34ui_qOfkLnK9QWDDqpaIsA-bMwWWSDFu2MUBYwkHTMEzLYGqOe04noqeq1hExBTHBOBdkMXiuFhUq1BU6l-DqEiWxqg82sXt2h-LMnT3046AOYJoRioz75tSUQfGCshWTBnP5uDjd18kKhyv07lhfSJdrPdM5Plyl21hsFf4L_mHCuoFau7gdsPfHPxxjVOcOpBrQzwQ",
		"p":"3Slxg_DwTXJcb6095RoXygQCAZ5RnAvZlno1yhHtnUex_fp7AZ_9nRaO7HX_-SFfGQeutao2TDjDAWU4Vupk8rw9JR0AzZ0N2fvuIAmr_WCsmGpeNqQnev1T7IyEsnh8UMt-n5CafhkikzhEsrmndH6LxOrvRJlsPp6Zv8bUq0k",
		"q":"uKE2dh-cTf6ERF4k4e_jy78GfPYUIaUyoSSJuBzp3Cubk3OCqs6grT8bR_cu0Dm1MZwWmtdqDyI95HrUeq3MP15vMMON8lHTeZu2lmKvwqW7anV5UzhM1iZ7z4yMkuUwFWoBvyY898EXvRD-hdqRxHlSqAZ192zB3pVFJ0s7pFc"}`
)

var vectors = []vector{
	{
		name: "RFC 7515 A.1", alg: jwt.HS256, typ: "JWT", exact: true,
		key:       `{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}`,
		header:    "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
		payload:   joe,
		signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	},
	{
		name: "RFC 7515 A.2", alg: jwt.RS256, exact: true,
		key: `{"kty":"RSA",
			"n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
			"e":"AQAB",
			"d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
			"p":"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
			"q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"}`,
		header:    `{"alg":"RS256"}`,
		payload:   joe,
		signature: "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
	},
	{
		name: "RFC 7515 A.3", alg: jwt.ES256,
		key: `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
			"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}`,
		header:    `{"alg":"ES256"}`,
		payload:   joe,
		signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
	},
	{
		name: "RFC 7515 A.4", alg: jwt.ES512,
		key: `{"kty":"EC","crv":"P-521",
			"x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
			"y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
			"d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"}`,
		header:    `{"alg":"ES512"}`,
		payload:   "Payload",
		signature: "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
	},
	{
		name: "RFC 7520 4.1", alg: jwt.RS256, exact: true,
		key:       bilboRSA,
		header:    `{"alg":"RS256","kid":"bilbo.baggins@hobbiton.example"}`,
		payload:   frodo,
		signature: "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
	},
	{
		name: "RFC 7520 4.2", alg: jwt.PS384,
		key:       bilboRSA,
		header:    `{"alg":"PS384","kid":"bilbo.baggins@hobbiton.example"}`,
		payload:   frodo,
		signature: "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
	},
	{
		name: "RFC 7520 4.3", alg: jwt.ES512,
		key: `{"kty":"EC","kid":"bilbo.baggins@hobbiton.example","use":"sig","crv":"P-521",
			"x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
			"y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
			"d":"AAhRON2r9cqXX1hg-RoI6R1tX5p2rUAYdmpHZoC1XNM56KtscrX6zbKipQrCW9CGZH3T4ubpnoTKLDYJ_fF3_rJt"}`,
		header:    `{"alg":"ES512","kid":"bilbo.baggins@hobbiton.example"}`,
		payload:   frodo,
		signature: "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
	},
	{
		name: "RFC 7520 4.4", alg: jwt.HS256, exact: true,
		key:       `{"kty":"oct","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037","use":"sig","alg":"HS256","k":"hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"}`,
		header:    `{"alg":"HS256","kid":"018c0ae5-4d9b-471b-bfd6-eef314bc7037"}`,
		payload:   frodo,
		signature: "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
	},
	{
		name: "RFC 8037 A.4", alg: jwt.EdDSA, exact: true,
		key:       `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		header:    `{"alg":"EdDSA"}`,
		payload:   "Example of Ed25519 signing",
		signature: "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
	},
}
