package compact_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/base64url"
	"github.com/cda17858/jwt/internal/compact"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// parts are a token and its parts decoded.
type parts struct {
	compact.Token
	Header, Payload, Signature []byte
}

// split decodes the parts of a token in their order in it.
func split(token string, limit int, buf *compact.Buffers) (p parts, err *compact.Error) {
	if p.Token, err = compact.Cut(token, limit, buf); err != nil {
		return parts{}, err
	}
	if p.Header, err = p.DecodeHeader(); err != nil {
		return parts{}, err
	}
	if p.Payload, err = p.DecodePayload(); err != nil {
		return parts{}, err
	}
	if p.Signature, err = p.DecodeSignature(); err != nil {
		return parts{}, err
	}
	return p, nil
}

func splitText(token string) (parts, *compact.Error) {
	return split(token, 1<<20, new(compact.Buffers))
}

func TestCut(t *testing.T) {
	for _, want := range [][3]string{
		{"h", "p", "s"}, {"", "", "s"}, {"header", "", "sig"}, {"\x00\xff", "\xfe\x01", "\x80"},
		{strings.Repeat("h", 1000), strings.Repeat("p", 1001), strings.Repeat("s", 1002)},
	} {
		token := b64(want[0]) + "." + b64(want[1]) + "." + b64(want[2])
		got, err := splitText(token)
		require.Nil(t, err)
		require.Equal(t, b64(want[0])+"."+b64(want[1]), string(got.Input))
		require.Equal(t, b64(want[0]), string(got.Token.Header))
		require.Equal(t, want, [3]string{string(got.Header), string(got.Payload), string(got.Signature)})
	}
}

const bearer = `not canonical base64url: it has a space; is "Bearer " still before the token?`

// TestCutRefuses: the first part that is wrong is reported.
func TestCutRefuses(t *testing.T) {
	for _, tt := range []struct{ token, field, reason string }{
		{"", "header", "empty token"},
		{"AA", "payload", "not three parts"},
		{strings.Repeat("A", 1000), "payload", "not three parts"},
		{".", "signature", "not three parts"},
		{"AA.AA", "signature", "not three parts"},
		{"=.=", "signature", "not three parts"},
		{"...", "signature", "more than three parts"},
		{"AA.AA.AA.", "signature", "more than three parts"},
		{"AA.AA.AA.AA.AA", "signature", "more than three parts"},
		{strings.Repeat(".", 1000), "signature", "more than three parts"},
		{"..", "signature", "empty"},
		{"AA.AA.", "signature", "empty"},
		{"AA==.AA==.AA==", "header", "not canonical base64url"},
		{"AA.AA=.AA=", "payload", "not canonical base64url"},
		{"AA.AA.AA==", "signature", "not canonical base64url"},
		{" AA.AA.AA", "header", bearer},
		{"Bearer AA.AA.AA", "header", bearer},
		{"AA.AA.AA ", "signature", "not canonical base64url"},
		{"AA.AA.AA\n", "signature", "not canonical base64url"},
		{"AA.A\x00.AA", "payload", "not canonical base64url"},
		{"ÄÄ.AA.AA", "header", "not canonical base64url"},
	} {
		got, err := splitText(tt.token)
		require.NotNil(t, err, tt.token)
		require.Equal(t, tt.field, err.Field, tt.token)
		require.EqualError(t, err.Err, "malformed token: "+tt.reason, tt.token)
		require.ErrorIs(t, err.Err, compact.ErrMalformed)
		require.Zero(t, got, "nothing of a bad token comes out")
	}
}

func TestCutLimit(t *testing.T) {
	const token = "AAAA.AAAA.AAAA"
	_, err := split(token, len(token), new(compact.Buffers))
	require.Nil(t, err)
	_, err = split(token, len(token)-1, new(compact.Buffers))
	require.Equal(t, "payload", err.Field)
	require.EqualError(t, err.Err, "malformed token: token longer than the limit")
	_, err = split("no token", 0, new(compact.Buffers))
	require.EqualError(t, err.Err, "malformed token: token longer than the limit")
	_, err = split("", 0, new(compact.Buffers))
	require.EqualError(t, err.Err, "malformed token: empty token")
}

// spellings of a part that are not the canonical one, or no base64url at all. Each is
// tried in each of the three places.
var spellings = []string{
	"A", "AAAAA", // 1 modulo 4
	"AA=", "AA==", "AAA=", "AAAA=", "AAAA====", "=", "==", "A=", "A==", "A===", "=AAA", "AA=A", "AA==AA==", // padding
	"AB", "AC", "Af", "A_", "AAAAAB", "AAB", "AAC", "AAD", "AAAAAAB", "__", "_9", "___", // unused bits
	"AA\n", "AA\r", "AA\r\n", "\nAA", "A\nA", "AAA\nA", "AAAA\n", "AAAA\r\n", "AAAA\r\nAAAA", "\n\n\n\nAAAA", "AAAAAAA\nA",
	"\n", "\r", "\r\n", "\n\n\n\n", "\n\n\n\n\n",
	// One character too many, which Go's decoder drops behind the newlines, so that as
	// many bytes come out as the length promises.
	"AAAA\n", "AAAAAAAA\r", "AA\n\n\n", "AAA\n\n", "AAA\n\r", "AAAA\n\n\n\n\n", "AAAAAA\n\n\n",
	"A+AA", "A/AA", "+w", "/w", "-+__", // the standard alphabet
	"AA\x00A", "\x00", "AAAA\x00", "AAA\x00", // NUL
	"A AA", " ", "AAAA ", "\tAAA", "A.AA"[:1] + ",AA", "AA!A", "AA~A", "AA%3D", "ÄA", "AA\x80\x80", "\xff\xff\xff\xff", "AA*A", "AA\vA", "AA\fA",
	"\u212aAAA", "AAA\u00a0", "ＡＡＡ",
}

func TestSpellings(t *testing.T) {
	const good = "AAAA"
	for _, s := range spellings {
		for place, field := range []string{"header", "payload", "signature"} {
			parts := []string{good, good, good}
			parts[place] = s
			got, err := splitText(strings.Join(parts, "."))
			require.NotNil(t, err, "%q as %s", s, field)
			require.Equal(t, field, err.Field, "%q", s)
			reason := "not canonical base64url"
			if place == 0 && strings.Contains(s, " ") {
				reason = bearer
			}
			require.EqualError(t, err.Err, "malformed token: "+reason, "%q", s)
			require.Zero(t, got)
		}
		_, ok := base64url.AppendDecode(nil, []byte(s))
		require.False(t, ok, "%q", s)
	}
}

// TestPartsAreApart: appending to a part overwrites no other, and the parts are those
// of the buffers, none of which is larger than the token.
func TestPartsAreApart(t *testing.T) {
	buf := new(compact.Buffers)
	token := b64("header") + "." + b64("payload") + "." + b64("signature")
	got, err := split(token, 1000, buf)
	require.Nil(t, err)
	for _, part := range [][]byte{got.Input, got.Token.Header, got.Header, got.Payload, got.Signature} {
		require.Equal(t, len(part), cap(part))
		_ = append(part, "XXXXXXXXXXXX"...)
	}
	require.Equal(t, []string{"header", "payload", "signature"}, []string{string(got.Header), string(got.Payload), string(got.Signature)})
	require.Equal(t, b64("header")+"."+b64("payload"), string(got.Input))
	require.Equal(t, token, string(buf.Token))
	require.Len(t, buf.Parts, len(token))
	within := func(part, buf []byte) bool {
		p, b := uintptr(unsafe.Pointer(unsafe.SliceData(part))), uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
		return b <= p && p+uintptr(len(part)) <= b+uintptr(len(buf))
	}
	require.True(t, within(got.Input, buf.Token))
	require.True(t, within(got.Token.Header, buf.Token))
	for _, part := range [][]byte{got.Header, got.Payload, got.Signature} {
		require.True(t, within(part, buf.Parts))
	}
}

// TestCutReusesBuffers: a second token in the same buffers is read like the first.
func TestCutReusesBuffers(t *testing.T) {
	buf := new(compact.Buffers)
	for _, payload := range []string{"first", "", strings.Repeat("long", 100), "x", "no"} {
		got, err := split(b64("h")+"."+b64(payload)+"."+b64("s"), 1000, buf)
		require.Nil(t, err)
		require.Equal(t, payload, string(got.Payload))
		_, err = split("AAAA.AA=A.AAAA", 1000, buf)
		require.Equal(t, "payload", err.Field)
	}
}

// TestCutAllocates: nothing where the buffers are large enough, whatever the token;
// nothing for a token that is not three parts; a few otherwise, none much larger than
// the token.
func TestCutAllocates(t *testing.T) {
	const size = 1 << 20
	good := b64("header") + "." + b64(strings.Repeat("p", size/2)) + "." + b64("signature")
	for name, token := range map[string]string{
		"good": good, "dots": strings.Repeat(".", size), "no dots": strings.Repeat("A", size), "header": strings.Repeat("!", size) + ".A.A",
		"newlines": "AA." + strings.Repeat("\n", size) + ".AA", "signature": good + "=", "long": strings.Repeat("A", size+1),
	} {
		buf := &compact.Buffers{Token: make([]byte, 0, size+1), Parts: make([]byte, 0, size+1)}
		require.Zero(t, testing.AllocsPerRun(3, func() { _, _ = split(token, size, buf) }), name)
		limit := 4.0 // without the race detector 2
		if name == "dots" || name == "no dots" || name == "long" {
			limit = 0
		}
		var none compact.Buffers
		require.LessOrEqual(t, testing.AllocsPerRun(3, func() {
			none = compact.Buffers{}
			_, _ = split(token, size, &none)
		}), limit, name)
		require.LessOrEqual(t, cap(none.Token)+cap(none.Parts), 2*len(token)+1<<16)
	}
}

func TestMalformed(t *testing.T) {
	reason := errors.New("why")
	err := compact.Malformed(reason)
	require.ErrorIs(t, err, compact.ErrMalformed)
	require.ErrorIs(t, err, reason)
	require.EqualError(t, err, "malformed token: why")
}

func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			buf := new(compact.Buffers)
			payload := strings.Repeat("x", i)
			for range 200 {
				got, err := split(b64(`{"alg":"a"}`)+"."+b64(payload)+".AAAA", 100, buf)
				if err != nil || string(got.Payload) != payload {
					t.Error(got, err)
				}
				if h, err := compact.ParseHeader(got.Header); err != nil || h.Algorithm != "a" {
					t.Error(h, err)
				}
			}
		})
	}
	wg.Wait()
}

// strictly is decoding by the alphabet first and by the standard library second.
func strictly(seg []byte) ([]byte, bool) {
	for _, c := range seg {
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return nil, false
		}
	}
	out, err := base64.RawURLEncoding.Strict().DecodeString(string(seg))
	return out, err == nil
}

// FuzzDecode compares the decoder with strictly, alone and within a token.
func FuzzDecode(f *testing.F) {
	for _, s := range spellings {
		f.Add([]byte(s))
	}
	f.Add([]byte(b64("some payload")))
	f.Fuzz(func(t *testing.T, seg []byte) {
		want, valid := strictly(seg)
		out, ok := base64url.AppendDecode(nil, seg)
		require.Equal(t, valid, ok)
		if ok {
			require.True(t, bytes.Equal(want, out))
		}
		token, err := splitText("AA." + string(seg) + ".AA")
		require.Equal(t, valid, err == nil)
		if err == nil {
			require.True(t, bytes.Equal(want, token.Payload))
			require.Equal(t, "AA."+string(seg), string(token.Input))
		}
	})
}
