package debug_test

import (
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var pictures = flag.Bool("pictures", false, "write the pictures of docs/cli.md anew")

// With -pictures it writes those of docs/cli.md; else it looks whether they are there, and
// small enough.
func TestPictures(t *testing.T) {
	const docs = "../../../../docs"
	names := []string{"debug-light.png", "debug-dark.png"}
	if *pictures {
		now := time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)
		given := newFixture(t, now).given()
		given["url"] = servePage(t, "", func() time.Time { return now })
		given["pictures"] = t.TempDir()
		for _, r := range runScenarios(t, given) {
			require.Empty(t, r.Error)
		}
		for _, name := range names {
			shrink(t, filepath.Join(given["pictures"], name), filepath.Join(docs, name))
		}
	}
	text, err := os.ReadFile(docs + "/cli.md")
	require.NoError(t, err)
	for _, name := range names {
		info, err := os.Stat(filepath.Join(docs, name))
		require.NoError(t, err)
		require.Less(t, info.Size(), int64(150_000), name)
		require.Contains(t, string(text), "]("+name+")")
	}
}

// shrink writes a picture with 256 colours, of those that it has most of.
func shrink(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	full, err := png.Decode(in)
	require.NoError(t, err)

	count := map[color.RGBA]int{}
	b := full.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)]++
		}
	}
	common := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	near := map[color.RGBA]bool{} // half of the palette is of colours that look different
	for _, c := range common {
		cell := color.RGBA{c.R >> 5, c.G >> 5, c.B >> 5, 0}
		if len(palette) < 128 || len(palette) < 256 && !near[cell] {
			near[cell] = true
			palette = append(palette, c)
		}
	}
	small := image.NewPaletted(b, palette)
	draw.Draw(small, b, full, b.Min, draw.Src)

	out, err := os.Create(to)
	require.NoError(t, err)
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(out, small))
	require.NoError(t, out.Close())
}
