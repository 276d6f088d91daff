package compact_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/compact"
)

func TestParseHeader(t *testing.T) {
	long := strings.Repeat("k", 300) // more than the scratch space for a value
	for header, want := range map[string]compact.Header{
		`{"alg":"HS256"}`:                                              {Algorithm: "HS256"},
		`{"alg":"HS256","kid":"k","typ":"JWT"}`:                        {Algorithm: "HS256", KeyID: "k", Type: "JWT"},
		`{"typ":"JWT","kid":"k","alg":"HS256"}`:                        {Algorithm: "HS256", KeyID: "k", Type: "JWT"},
		" \t\r\n{ \"alg\" : \"HS256\" } \n":                            {Algorithm: "HS256"},
		`{"\u0061lg":"\u0048S256","kid":"\ud83d\ude00","typ":"a\/b"}`:  {Algorithm: "HS256", KeyID: "😀", Type: "a/b"},
		`{"alg":"none"}`:                                               {Algorithm: "none"},
		`{"alg":"HS256","kid":"","typ":""}`:                            {Algorithm: "HS256"},
		`{"alg":"x","ALG":"y","Alg":null,"KID":1,"Typ":[],"CRIT":[]}`:  {Algorithm: "x", More: true},
		`{"alg":"x","nested":{"alg":"y","kid":"z","crit":[],"b64":0}}`: {Algorithm: "x", More: true},
		`{"alg":"x","jwk":{},"jku":1,"x5u":null,"x5c":[],"x5t":true}`:  {Algorithm: "x", More: true},
		`{"alg":"x","kid":"` + long + `"}`:                             {Algorithm: "x", KeyID: long},
		`{"alg":"x","kid":"\u006b` + long + `"}`:                       {Algorithm: "x", KeyID: "k" + long},
		`{"alg":"` + "é\u2028" + `","kid":"\u0000\"}"}`:                {Algorithm: "é\u2028", KeyID: "\x00\"}"},
	} {
		got, err := compact.ParseHeader([]byte(header))
		require.Nil(t, err, header)
		require.Equal(t, want, got, header)
	}
}

func TestParseHeaderRefuses(t *testing.T) {
	for _, tt := range []struct{ header, field, reason string }{
		{``, "header", "not one JSON object"},
		{` `, "header", "not one JSON object"},
		{`null`, "header", "not one JSON object"},
		{`[]`, "header", "not one JSON object"},
		{`"x"`, "header", "not one JSON object"},
		{`{"alg":"x"`, "header", "not one JSON object"},
		{`{"alg":"x"}}`, "header", "not one JSON object"},
		{`{"alg":"x"}{}`, "header", "not one JSON object"},
		{`{"alg":"x",}`, "header", "not one JSON object"},
		{`{"alg":"x","a":01}`, "header", "not one JSON object"},
		{`{"alg":"\ud800"}`, "header", "not one JSON object"},
		{"\ufeff{\"alg\":\"x\"}", "header", "not one JSON object"},
		{"{\"alg\":\"x\"}\x00", "header", "not one JSON object"},
		{"{\"alg\":\"\xff\"}", "header", "not UTF-8"},
		{"{\"alg\":\"x\",\"\xff\":1}", "header", "not UTF-8"},
		{`{"alg":"x","alg":"x"}`, "header", "duplicate member name"},
		{`{"alg":"x","a\u006cg":"y"}`, "header", "duplicate member name"},
		{`{"alg":"x","a":1,"a":1}`, "header", "duplicate member name"},
		{`{"alg":"x","a":[{"b":1,"b":1}]}`, "header", "duplicate member name"},
		{`{"alg":"x","a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, "header", "nested deeper than 32 levels"},
		{strings.Repeat(`{"a":`, 33), "header", "nested deeper than 32 levels"},
		{`{}`, "alg", "absent"},
		{`{"alg":""}`, "alg", "absent"},
		{`{"Alg":"x"}`, "alg", "absent"},
		{`{"kid":"k"}`, "alg", "absent"},
		{`{"alg":null}`, "alg", "not a string"},
		{`{"alg":1}`, "alg", "not a string"},
		{`{"alg":true}`, "alg", "not a string"},
		{`{"alg":["x"]}`, "alg", "not a string"},
		{`{"alg":{"x":1}}`, "alg", "not a string"},
		{`{"alg":"x","kid":null}`, "kid", "not a string"},
		{`{"alg":"x","kid":0}`, "kid", "not a string"},
		{`{"kid":[]}`, "kid", "not a string"},
		{`{"alg":"x","typ":false}`, "typ", "not a string"},
		{`{"typ":{}}`, "typ", "not a string"},
		{`{"alg":"x","crit":[]}`, "crit", "no extension is supported"},
		{`{"alg":"x","crit":null}`, "crit", "no extension is supported"},
		{`{"crit":["x"],"x":1,"alg":1}`, "crit", "no extension is supported"},
		{`{"alg":"x","\u0063rit":"x"}`, "crit", "no extension is supported"},
		{`{"alg":"x","b64":true}`, "header", "b64 is not for this kind of token"},
		{`{"b64":null}`, "header", "b64 is not for this kind of token"},
	} {
		got, err := compact.ParseHeader([]byte(tt.header))
		require.NotNil(t, err, tt.header)
		require.Equal(t, tt.field, err.Field, tt.header)
		require.EqualError(t, err.Err, "malformed token: "+tt.reason, tt.header)
		require.ErrorIs(t, err.Err, compact.ErrMalformed)
		require.Zero(t, got)
	}
}

func TestHeaderLimits(t *testing.T) {
	fill := func(n int) string {
		const around = `{"alg":"x","a":""}`
		return strings.Replace(around, `""`, `"`+strings.Repeat("x", n-len(around))+`"`, 1)
	}
	_, err := compact.ParseHeader([]byte(fill(compact.MaxHeader)))
	require.Nil(t, err)
	_, err = compact.ParseHeader([]byte(fill(compact.MaxHeader + 1)))
	require.EqualError(t, err.Err, "malformed token: header longer than the limit")
	_, err = compact.ParseHeader([]byte(strings.Repeat(" ", compact.MaxHeader-11) + `{"alg":"x"}`))
	require.Nil(t, err)
	_, err = compact.ParseHeader([]byte(strings.Repeat(" ", compact.MaxHeader-10) + `{"alg":"x"}`))
	require.EqualError(t, err.Err, "malformed token: header longer than the limit")

	// 64 strings, names included: two of alg and 62 others.
	names := func(n int) string {
		var b strings.Builder
		b.WriteString(`{"alg":"x"`)
		for i := range n {
			fmt.Fprintf(&b, `,"n%d":0`, i)
		}
		return b.String() + "}"
	}
	_, err = compact.ParseHeader([]byte(names(62)))
	require.Nil(t, err)
	_, err = compact.ParseHeader([]byte(names(63)))
	require.Equal(t, "header", err.Field)
	require.EqualError(t, err.Err, "malformed token: header has too many strings")
}

// TestParseHeaderAllocates: a constant number of times, whatever the header; the most
// for 64 names, each of which the JSON library may keep.
func TestParseHeaderAllocates(t *testing.T) {
	for name, header := range map[string]string{
		"names": `{"a":1` + strings.Repeat(`,"n":1`, 3000),
		"distinct": func() string {
			s := `{"alg":"x"`
			for i := range 62 {
				s += fmt.Sprintf(`,"%d%s":0`, i, strings.Repeat("n", 200))
			}
			return s + "}"
		}(),
		"depth":   strings.Repeat("[", 16000),
		"escapes": `{"alg":"` + strings.Repeat(`\u0061`, 2500) + `"}`,
		"long":    strings.Repeat("x", 1<<20),
		"numbers": `{"a":[` + strings.Repeat("1,", 8000),
	} {
		data := []byte(header)
		require.Less(t, testing.AllocsPerRun(5, func() { _, _ = compact.ParseHeader(data) }), 100.0, name)
	}
}

// FuzzParseHeader: whatever is taken, encoding/json reads the same from it.
func FuzzParseHeader(f *testing.F) {
	for _, s := range []string{
		`{"alg":"HS256","kid":"k","typ":"JWT"}`, `{"alg":"x","a":{"alg":"y"}}`, `{"\u0061lg":"\u0000"}`, `{"alg":"x","alg":"y"}`,
		`{"alg":"x","ALG":"y","aLg":1}`, `{"alg":"x","crit":[]}`, `{"alg":"x","b64":1}`, "{\"alg\":\"\xff\"}", `{"alg":"\ud800"}`,
		`{"alg":"x","kid":"\"}","typ":"😀"}`, `{}`, `null`, ``, `{"alg":"x"} `, `{"alg":"x"}x`, `{"alg":"x","kid":null}`,
	} {
		f.Add([]byte(s))
	}
	files, err := filepath.Glob("../../testdata/tokens/*.txt")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		_, token, _ := strings.Cut(string(text), "\n\n")
		part, _, _ := strings.Cut(token, ".")
		if header, err := base64.RawURLEncoding.DecodeString(part); err == nil && len(header) < 4096 {
			f.Add(header)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, e := compact.ParseHeader(data)
		if e != nil {
			require.NotEmpty(t, e.Field)
			require.ErrorIs(t, e.Err, compact.ErrMalformed)
			require.Zero(t, h)
			return
		}
		var std map[string]any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber() // no float64 holds 1e400
		require.NoError(t, dec.Decode(&std))
		for name, value := range map[string]string{"alg": h.Algorithm, "kid": h.KeyID, "typ": h.Type} {
			if v, ok := std[name]; ok {
				require.Equal(t, v, any(value))
			} else {
				require.Empty(t, value)
			}
		}
		require.NotEmpty(t, h.Algorithm)
		require.NotContains(t, std, "crit")
		require.NotContains(t, std, "b64")
	})
}

func sign(h compact.Header, extra, payload string, sig []byte, fail error) (string, error) {
	var e []byte
	if extra != "" {
		e = []byte(extra)
	}
	token, _, err := compact.AppendSigned([]byte("before"), nil, h, e, []byte(payload), func([]byte) ([]byte, error) { return sig, fail })
	return string(token), err
}

func TestAppendSigned(t *testing.T) {
	for _, tt := range []struct {
		h             compact.Header
		extra, header string
	}{
		{compact.Header{Algorithm: "X", Type: "JWT"}, "", `{"alg":"X","typ":"JWT"}`},
		{compact.Header{Algorithm: "X", Type: "JWT"}, "{}", `{"alg":"X","typ":"JWT"}`},
		{compact.Header{Algorithm: "X", Type: "JWT"}, " { } "[1:4], `{"alg":"X","typ":"JWT"}`},
		{compact.Header{Algorithm: "X", KeyID: "k", Type: "a/b"}, `{"c":[1,{"d":""}]}`, `{"alg":"X","kid":"k","typ":"a/b","c":[1,{"d":""}]}`},
		{compact.Header{Algorithm: "!~'", KeyID: "\"},\\\x00é\u2028", Type: "!#$&-^_.+"}, "", `{"alg":"!~'","kid":"\"},\\\u0000é` + "\u2028" + `","typ":"!#$&-^_.+"}`},
	} {
		token, err := sign(tt.h, tt.extra, "payload", []byte("sig"), nil)
		require.NoError(t, err)
		require.Equal(t, "before"+b64(tt.header)+"."+b64("payload")+"."+b64("sig"), token)
		h, e := compact.ParseHeader([]byte(tt.header))
		require.Nil(t, e)
		tt.h.More = strings.Contains(tt.extra, `"`)
		require.Equal(t, tt.h, h)
	}
}

// TestAppendSignedBuffers: dst and scratch are used, and what stood in dst is not
// part of the signing input, to which the signer cannot append.
func TestAppendSignedBuffers(t *testing.T) {
	dst, scratch := make([]byte, 3, 1000), make([]byte, 500)
	copy(dst, "dst")
	for range 2 {
		token, used, err := compact.AppendSigned(dst, scratch, compact.Header{Algorithm: "X", KeyID: "k", Type: "T"}, nil, []byte("p"), func(input []byte) ([]byte, error) {
			require.Equal(t, b64(`{"alg":"X","kid":"k","typ":"T"}`)+"."+b64("p"), string(input))
			require.Equal(t, len(input), cap(input))
			return []byte{1}, nil
		})
		require.NoError(t, err)
		require.Equal(t, "dst"+b64(`{"alg":"X","kid":"k","typ":"T"}`)+"."+b64("p")+".AQ", string(token))
		require.Same(t, &dst[0], &token[0])
		require.Same(t, &scratch[0], &used[0])
	}
}

func TestAppendSignedRefuses(t *testing.T) {
	bad := errors.New("KMS")
	good := compact.Header{Algorithm: "X", Type: "T"}
	for _, tt := range []struct {
		h     compact.Header
		extra string
		sig   []byte
		fail  error
		want  string
	}{
		{compact.Header{Type: "T"}, "", []byte{1}, nil, "alg: no algorithm"},
		{compact.Header{Algorithm: "None", Type: "T"}, "", []byte{1}, nil, `alg: "none" is not a signature algorithm`},
		{compact.Header{Algorithm: `x"`, Type: "T"}, "", []byte{1}, nil, "alg: algorithm has a character that no algorithm name has"},
		{compact.Header{Algorithm: "X"}, "", []byte{1}, nil, `typ: not a media type such as "at+jwt" or "application/at+jwt"`},
		{compact.Header{Algorithm: "X", Type: `T"`}, "", []byte{1}, nil, `typ: not a media type such as "at+jwt" or "application/at+jwt"`},
		{compact.Header{Algorithm: "X", KeyID: "\xff", Type: "T"}, "", []byte{1}, nil, "kid: not UTF-8"},
		{compact.Header{Algorithm: "X", KeyID: strings.Repeat("k", compact.MaxHeader), Type: "T"}, "", []byte{1}, nil, "header longer than 16384 bytes"},
		{good, `{"a":[` + strings.Repeat(`"",`, 60) + `""]}`, []byte{1}, nil, "header has more than 64 strings"},
		{good, "", nil, nil, "could not sign: the Signer returned 0 bytes, which is not the length of a signature by X"},
		{good, "", []byte{}, nil, "could not sign: the Signer returned 0 bytes, which is not the length of a signature by X"},
		{good, "", []byte{1}, bad, "could not sign: KMS"},
	} {
		_, err := sign(tt.h, tt.extra, "p", tt.sig, tt.fail)
		require.EqualError(t, err, tt.want)
		if tt.fail != nil {
			require.ErrorIs(t, err, tt.fail)
		}
	}
	_, err := sign(good, `{"a":[`+strings.Repeat(`"",`, 58)+`""]}`, "p", []byte{1}, nil)
	require.NoError(t, err)
}

// Mutants of the start of the header in appendHeader live: it is always 0.

// TestAppendSignedLimit: Sign makes no header that ParseHeader would refuse.
func TestAppendSignedLimit(t *testing.T) {
	const around = `{"alg":"X","kid":"","typ":"T"}`
	for _, n := range []int{compact.MaxHeader, compact.MaxHeader + 1} {
		kid := strings.Repeat("k", n-len(around))
		_, err := sign(compact.Header{Algorithm: "X", KeyID: kid, Type: "T"}, "", "", []byte{1}, nil)
		require.Equal(t, n == compact.MaxHeader, err == nil, n)
		_, e := compact.ParseHeader([]byte(strings.Replace(around, `""`, `"`+kid+`"`, 1)))
		require.Equal(t, n == compact.MaxHeader, e == nil, n)
	}
}

// TestSignatureLengths: for the algorithms of fixed length no other is taken.
func TestSignatureLengths(t *testing.T) {
	fixed := map[string]int{
		"HS256": 32, "HS384": 48, "HS512": 64, "ES256": 64, "ES384": 96, "ES512": 132, "EdDSA": 64, "Ed25519": 64,
		"RS256": 0, "RS384": 0, "RS512": 0, "PS256": 0, "PS384": 0, "PS512": 0, "ES256K": 0, "hs256": 0,
	}
	for alg, size := range fixed {
		for n := range 140 {
			_, err := sign(compact.Header{Algorithm: alg, Type: "T"}, "", "", make([]byte, n), nil)
			require.Equal(t, n > 0 && (size == 0 || n == size), err == nil, "%s: %d", alg, n)
		}
	}
}
