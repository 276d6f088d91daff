package jwt_test

import (
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cda17858/jwt"
)

const (
	maxRefusalAllocs = 24.0
	// The runtime rounds large blocks up to pages.
	refusalSlack = 8 << 10
)

// TestRefusalCost checks that whoever holds no key cannot make Parse work or
// remember: whatever the token, the number of allocations is constant, and none is
// larger than the token.
func TestRefusalCost(t *testing.T) {
	tokens := expensiveTokens()
	for _, maxBytes := range []int{0, 4 << 20} {
		for _, verifier := range []string{"one key", "IssuerKeys"} {
			for name, token := range tokens {
				t.Run(fmt.Sprintf("%s/%s/MaxBytes %d", name, verifier, maxBytes), func(t *testing.T) {
					v, err := corpusKey(t, "hs256-1")
					require.NoError(t, err)
					if verifier == "IssuerKeys" {
						v = jwt.IssuerKeys{"https://issuer.example": v}
					}
					p := corpusPolicy(t, "hs256")
					p.MaxBytes = maxBytes
					val, err := jwt.NewValidator(p)
					require.NoError(t, err)
					checkRefusalCost(t, token, v, val, int64(len(token)+refusalSlack))
				})
			}
		}
	}
}

func checkRefusalCost(t *testing.T, token string, v jwt.Verifier, val *jwt.Validator, bytes int64) {
	t.Helper()
	parse := func() {
		if c, err := jwt.Parse[struct{}](t.Context(), token, v, val); c != nil || err == nil {
			t.Fatal("accepted")
		}
	}
	if !raceEnabled {
		require.LessOrEqual(t, testing.AllocsPerRun(10, parse), maxRefusalAllocs, "allocations")
	}
	// Counting all bytes is quick, and as a rule says enough.
	if allocatedBytes(parse) > bytes {
		require.LessOrEqual(t, largestAllocation(parse), bytes, "bytes in one allocation")
	}
}

// expensiveTokens returns tokens that cost an unwary parser much.
func expensiveTokens() map[string]string {
	const mib = 1 << 20
	b64 := base64.RawURLEncoding.EncodeToString
	header := b64([]byte(`{"alg":"HS256","kid":"hs256-1"}`))
	signature := strings.Repeat("A", 43)
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"%d":0`, i)
		}
		return b.String()
	}
	withHeader := func(text string) string { return b64([]byte(text)) + ".e30." + signature }
	withPayload := func(text string) string { return header + "." + b64([]byte(text)) + "." + signature }
	return map[string]string{
		"dots":                  strings.Repeat(".", mib),
		"one part":              strings.Repeat("A", mib),
		"garbage":               strings.Repeat("!", mib),
		"garbage header":        strings.Repeat("!", mib) + "..",
		"garbage payload":       header + "." + strings.Repeat("!", mib) + "." + signature,
		"garbage signature":     header + ".e30." + strings.Repeat("!", mib),
		"long signature":        header + ".e30." + strings.Repeat("A", mib),
		"long header":           withHeader(`{"alg":"HS256","x":"` + strings.Repeat("x", mib) + `"}`),
		"header of few members": withHeader(`{"alg":"HS256"` + strings.ReplaceAll(members(60), `"`, `"`+strings.Repeat("n", 60)) + `}`),
		"header of members":     withHeader(`{"alg":"HS256"` + members(1400) + `}`),
		"header of brackets":    withHeader(`{"x":` + strings.Repeat("[", 100_000)),
		"header, deep":          withHeader(`{"x":` + strings.Repeat("[", 10_000)),
		"payload of brackets":   withPayload(`{"x":` + strings.Repeat("[", 100_000)),
		"payload of objects":    withPayload(strings.Repeat(`{"iss":`, 100_000)),
		"payload of members":    withPayload(`{"iss":"https://issuer.example"` + members(100_000) + `}`),
		"payload of one name":   withPayload(`{"iss":"x"` + strings.Repeat(`,"iss":"x"`, 100_000) + `}`),
		"payload, wide":         withPayload(`{"x":[0` + strings.Repeat(",0", mib/2) + `],"iss":"https://issuer.example"}`),
		"payload, long name":    withPayload(`{"` + strings.Repeat(`\u0061`, 100_000) + `":1}`),
		"payload, long issuer":  withPayload(`{"iss":"` + strings.Repeat(`\u0061`, 100_000) + `"}`),
	}
}

func allocatedBytes(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// largestAllocation returns the size of the largest block that Parse allocates while
// f runs.
func largestAllocation(f func()) int64 {
	rate := runtime.MemProfileRate
	defer func() { runtime.MemProfileRate = rate }()
	runtime.MemProfileRate = 1
	before := parseAllocations()
	f()
	var largest int64
	for size, n := range parseAllocations() {
		if n > before[size] {
			largest = max(largest, size)
		}
	}
	return largest
}

// parseAllocations returns how many blocks of each size Parse has allocated.
func parseAllocations() map[int64]int64 {
	runtime.GC() // what was allocated is published by the second collection
	runtime.GC()
	var records []runtime.MemProfileRecord
	for n, ok := runtime.MemProfile(nil, true); !ok; {
		records = make([]runtime.MemProfileRecord, n+64)
		n, ok = runtime.MemProfile(records, true)
		records = records[:min(n, len(records))]
	}
	sizes := map[int64]int64{}
	for _, r := range records {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if strings.HasPrefix(frame.Function, "github.com/cda17858/jwt.Parse[") {
				sizes[r.AllocBytes/r.AllocObjects] += r.AllocObjects
				break
			}
		}
	}
	return sizes
}
