package inspect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cda17858/jwt/cmd/jwt/internal/inspect"
)

// A token of 1 MiB, with one claim, with 34,000, or with deep ones.
func BenchmarkDecode(b *testing.B) {
	var many, nested strings.Builder
	for i := range 34_000 {
		fmt.Fprintf(&many, `"c%d":"value %d",`, i, i)
	}
	for i := range 21_000 {
		fmt.Fprintf(&nested, `{"b":%d,"c":{"d":[1,2,3]}},`, i)
	}
	for _, c := range []struct{ name, payload string }{
		{"claims=1", `{"x":"` + strings.Repeat("y", 780_000) + `"}`},
		{"claims=34000", `{` + many.String() + `"x":1}`},
		{"nested", `{"a":[` + nested.String() + `0]}`},
	} {
		token := raw(plainHeader, c.payload)
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(token)))
			for b.Loop() {
				inspect.Decode(token, now)
			}
		})
	}
}
