package timing

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// In a bubble, a row takes exactly as long as it sleeps.
func TestMeasure(t *testing.T) {
	sleep := func(d time.Duration) func(int) error {
		return func(int) error { time.Sleep(d); return nil }
	}
	rows := []Row{
		{"base", sleep(10 * time.Microsecond)},
		{"same", sleep(10 * time.Microsecond)},
		{"tenfold", sleep(100 * time.Microsecond)},
	}
	for _, parallel := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			figures, err := Measure(rows, Options{Rounds: 3, Slice: time.Millisecond, Parallel: parallel})
			require.NoError(t, err)
			for i, want := range []float64{1, 1, 10} {
				require.Equal(t, rows[i].Name, figures[i].Name)
				require.Equal(t, want, figures[i].Ratio)
				require.Equal(t, time.Duration(want)*10*time.Microsecond, figures[i].Time)
			}
		})
	}
}

// A round of which something else took the time changes nothing.
func TestMeasureTakesTheMedian(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		interrupted := Row{"interrupted", func(int) error {
			if calls++; calls%40 == 0 {
				time.Sleep(time.Second)
			}
			time.Sleep(time.Millisecond)
			return nil
		}}
		steady := Row{"steady", func(int) error { time.Sleep(time.Millisecond); return nil }}
		figures, err := Measure([]Row{steady, interrupted}, Options{Rounds: 21, Slice: 8 * time.Millisecond})
		require.NoError(t, err)
		require.Equal(t, 1.0, figures[1].Ratio)
	})
}

func TestMeasureCountsAllocations(t *testing.T) {
	var keep []*[64]byte
	row := Row{"three", func(i int) error {
		keep = append(keep[:0:0], new([64]byte), new([64]byte))
		return nil
	}}
	figures, err := Measure([]Row{row}, Options{Rounds: 1, Slice: time.Microsecond, Parallel: false})
	require.NoError(t, err)
	require.Equal(t, 3.0, figures[0].Allocs)
}

func TestMeasureReportsErrors(t *testing.T) {
	fault := errors.New("fault")
	for _, parallel := range []bool{false, true} {
		row := Row{"late", func(i int) error {
			if i == 3 {
				return fault
			}
			return nil
		}}
		_, err := Measure([]Row{row}, Options{Rounds: 1, Slice: time.Millisecond, Parallel: parallel})
		require.ErrorIs(t, err, fault)
		require.ErrorContains(t, err, "late")
	}
}

func TestMedian(t *testing.T) {
	require.Equal(t, 2.0, median([]float64{9, 1, 2}))
	require.Equal(t, 2.5, median([]float64{9, 1, 2, 3}))
}
