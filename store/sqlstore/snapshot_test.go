package sqlstore

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSnapshotText(t *testing.T) {
	for _, text := range []string{"1:1:", "5:9:", "5:9:5", "5:9:5,6,8", "1:9223372036854775807:"} {
		var s snapshot
		require.NoError(t, s.UnmarshalText([]byte(text)), text)
		require.Equal(t, text, s.String())
	}
	for _, text := range []string{
		"", "5", "5:9", "::", "0:1:", "9:5:", "5:9:4", "5:9:9", "5:9:6,5", "5:9:5,5", "5:9:,", "5:9:5,", "x:9:", "5:x:", "5:9:x", "-1:9:", "+5:9:",
		"5:9223372036854775808:", " 5:9:", "5:9: 5", "5:9:5:6",
	} {
		s := snapshot{xmax: 7}
		require.Error(t, s.UnmarshalText([]byte(text)), text)
		require.Equal(t, snapshot{xmax: 7}, s)
	}
	require.Equal(t, "1:1:", snapshot{}.String())
}

func TestSnapshotBefore(t *testing.T) {
	s := snapshot{5, 9, []uint64{5, 6, 8}}
	for xmax, want := range map[uint64]string{
		0: "1:1:", 1: "1:1:", 4: "4:4:", 5: "5:5:", 6: "5:6:5", 7: "5:7:5,6", 8: "5:8:5,6", 9: "5:9:5,6,8", 10: "5:9:5,6,8",
	} {
		require.Equal(t, want, s.before(xmax).String(), xmax)
	}
}
