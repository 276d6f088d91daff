// Package timing compares operations. The speed of a machine may change from second to
// second, so rows run in turn, many times, and are compared within a round.
package timing

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// A Row is an operation to measure. Run is called with 0, 1, 2 and so on, concurrently if
// Options.Parallel is set. An error ends the measurement.
type Row struct {
	Name string
	Run  func(i int) error
}

// Options configures Measure.
type Options struct {
	Rounds   int           // how often each row is timed
	Slice    time.Duration // about how long a row runs in one round
	Parallel bool          // on all cores
}

// A Figure is the result for a Row.
type Figure struct {
	Name   string
	Ratio  float64       // median over the rounds of its time over that of the first row
	Time   time.Duration // of one operation; median over the rounds
	Allocs float64       // of one operation
}

// Allocations are averaged over allocRuns operations, or fewer if they take allocTime.
const (
	allocRuns = 1000
	allocTime = 100 * time.Millisecond
)

// Measure returns one figure per row, in order, or the first error of a Run.
func Measure(rows []Row, o Options) ([]Figure, error) {
	counts := make([]int, len(rows))
	for i, r := range rows {
		n, err := calibrate(r, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		counts[i] = n
	}
	times := make([][]float64, len(rows)) // of one operation, in nanoseconds
	for round := range o.Rounds {
		for k := range rows {
			i := (k + round) % len(rows) // no row always follows the same one
			if err := warm(rows[i], counts[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", rows[i].Name, err)
			}
			var d time.Duration
			err := deeper(round%8, func() (err error) { d, err = run(rows[i], counts[i], o); return err })
			if err != nil {
				return nil, fmt.Errorf("%s: %w", rows[i].Name, err)
			}
			times[i] = append(times[i], float64(d)/float64(counts[i]))
		}
	}
	figures := make([]Figure, len(rows))
	for i, r := range rows {
		ratios := make([]float64, o.Rounds)
		for round := range ratios {
			ratios[round] = times[i][round] / times[0][round]
		}
		d := time.Duration(median(times[i]))
		figures[i] = Figure{r.Name, median(ratios), d, allocs(r, d)}
	}
	return figures, nil
}

// deeper calls f with n more frames on the stack. How fast assembly code is depends on
// where its variables lie in a cache line, and so on the frames of all callers: the same
// verification of P-256 differs by 6 percent. Rounds at different depths even that out.
//
//go:noinline
func deeper(n int, f func() error) error {
	if n == 0 {
		return f()
	}
	return deeper(n-1, f)
}

// calibrate returns how many operations take about a slice. It believes the fastest
// of a few runs: one that was interrupted would make every round too short.
func calibrate(r Row, o Options) (int, error) {
	for n := 1; ; n *= 2 {
		fastest := o.Slice
		for range 5 {
			d, err := run(r, n, o)
			if err != nil {
				return n, err
			}
			fastest = min(fastest, d)
		}
		if fastest > o.Slice/4 {
			return max(1, int(time.Duration(n)*o.Slice/fastest)), nil
		}
	}
}

// warm removes the garbage of the row before, and fills caches and pools again.
func warm(r Row, n int) error {
	runtime.GC()
	for i := range n/4 + 1 {
		if err := r.Run(i); err != nil {
			return err
		}
	}
	return nil
}

// run returns how long n operations take, or, in parallel, n on each core.
func run(r Row, n int, o Options) (time.Duration, error) {
	if !o.Parallel {
		start := time.Now()
		err := loop(r, n)
		return time.Since(start), err
	}
	errs := make([]error, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	start := time.Now()
	for k := range errs {
		wg.Go(func() { errs[k] = loop(r, n) })
	}
	wg.Wait()
	d := time.Since(start)
	for _, err := range errs {
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

func loop(r Row, n int) error {
	for i := range n {
		if err := r.Run(i); err != nil {
			return err
		}
	}
	return nil
}

func allocs(r Row, d time.Duration) float64 {
	i := 0
	runs := min(allocRuns, 10+int(allocTime/max(d, 1)))
	return testing.AllocsPerRun(runs, func() {
		if r.Run(i) != nil {
			panic("timing: " + r.Name + " failed after it had been timed")
		}
		i++
	})
}

func median(s []float64) float64 {
	s = slices.Sorted(slices.Values(s))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}
