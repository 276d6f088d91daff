package load

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// findings are what users have found. All of them may report at once.
type findings struct {
	mu      sync.Mutex
	faults  []string // wrong answers, and users who were logged out
	lost    map[string]int
	example string // of what was lost
	times   map[string][]time.Duration
}

func newFindings() *findings {
	return &findings{lost: map[string]int{}, times: map[string][]time.Duration{}}
}

func (f *findings) wrong(format string, args ...any)  { f.fault("wrong answer: "+format, args...) }
func (f *findings) logout(format string, args ...any) { f.fault("false logout: "+format, args...) }

func (f *findings) fault(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

// lose counts a request that was not answered.
func (f *findings) lose(kind string, status int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost[kind]++
	f.example = fmt.Sprintf("%s: %d, %v", kind, status, err)
}

func (f *findings) answered(kind string, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times[kind] = append(f.times[kind], took)
}

// report logs a table for a page of docs.
func (f *findings) report(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "\n| request | answered | lost | p50 | p95 | p99 |\n|---|---|---|---|---|---|\n")
	for _, kind := range []string{openOrders, orders, refresh} {
		times := slices.Sorted(slices.Values(f.times[kind]))
		quantile := func(q float64) time.Duration {
			if len(times) == 0 {
				return 0
			}
			return times[int(q*float64(len(times)-1))].Round(10 * time.Microsecond)
		}
		fmt.Fprintf(&table, "| %s | %d | %d | %v | %v | %v |\n",
			kind, len(times), f.lost[kind], quantile(.5), quantile(.95), quantile(.99))
	}
	t.Log(table.String())
}
