package base64url_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt/internal/base64url"
)

func encode(s string) string { return string(base64url.AppendEncode(nil, []byte(s))) }

// TestNewlinesAnywhere: Go's decoder skips them, wherever they are and however many.
func TestNewlinesAnywhere(t *testing.T) {
	for length := range 13 {
		whole := strings.Repeat("A", length)
		for at := range length + 1 {
			for n := range 6 {
				for _, c := range []string{"\n", "\r"} {
					s := whole[:at] + strings.Repeat(c, n) + whole[at:]
					_, ok := base64url.AppendDecode(nil, []byte(s))
					require.Equal(t, n == 0 && length%4 != 1, ok, "%q", s)
				}
			}
		}
	}
}

// TestUnusedBits: of the spellings of one or two last bytes, one is taken.
func TestUnusedBits(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, before := range []string{"", "AAAA"} {
		for i := range alphabet {
			for j := range alphabet {
				two := before + alphabet[i:i+1] + alphabet[j:j+1]
				_, ok := base64url.AppendDecode(nil, []byte(two))
				require.Equal(t, j%16 == 0, ok, two)
				three := before + "Z" + alphabet[i:i+1] + alphabet[j:j+1]
				_, ok = base64url.AppendDecode(nil, []byte(three))
				require.Equal(t, j%4 == 0, ok, three)
			}
		}
	}
}

// TestEachByte tries every byte in a part: 64 are taken.
func TestEachByte(t *testing.T) {
	taken := 0
	for c := range 256 {
		out, ok := base64url.AppendDecode(nil, []byte{'A', byte(c), 'A', 'A'})
		valid := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", byte(c)) >= 0 && c != 0
		require.Equal(t, valid, ok, "%q", c)
		if ok {
			taken++
			require.Equal(t, string([]byte{'A', byte(c), 'A', 'A'}), base64.RawURLEncoding.EncodeToString(out))
		}
	}
	require.Equal(t, 64, taken)
}

func TestAppendDecode(t *testing.T) {
	out, ok := base64url.AppendDecode([]byte("before"), []byte(encode("payload")))
	require.True(t, ok)
	require.Equal(t, "beforepayload", string(out))
	buf := make([]byte, 2, 100)
	out, ok = base64url.AppendDecode(buf, []byte(encode("payload")))
	require.True(t, ok)
	require.Equal(t, unsafe.SliceData(buf), unsafe.SliceData(out), "there was room")
	out, ok = base64url.AppendDecode(nil, nil)
	require.True(t, ok)
	require.Empty(t, out)
	out, ok = base64url.AppendDecode([]byte("before"), []byte("AAAA!"))
	require.False(t, ok)
	require.Equal(t, "before", string(out[:6]))
}
