package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// film is the story as an animation, phone and desk side by side. It is made if pictures are requested.
type film struct {
	stage  context.Context // a tab that shows both side by side
	frames []image.Image
	delays []int
}

const filmWidth, filmHeight = 1120, 560

func newFilm(tab func(width, height int64) context.Context) *film {
	if os.Getenv(pictures) == "" {
		return nil
	}
	return &film{stage: tab(filmWidth, filmHeight)}
}

// shoot adds what phone and desk show, for some seconds.
func (f *film) shoot(t *testing.T, phone, desk context.Context, seconds float64) {
	t.Helper()
	if f == nil {
		return
	}
	left, err := chromedp.Run(phone, chromedp.Screenshot(chromedp.CSS("main.device")))
	require.NoError(t, err)
	right, err := chromedp.Run(desk, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	page := `<body style="margin:0;padding:12px;display:flex;gap:16px;align-items:center;background:#e9eef0">` +
		`<img style="height:536px" src="` + inline(left) + `"><img style="width:807px" src="` + inline(right) + `">`
	require.NoError(t, chromedp.Do(f.stage,
		chromedp.EmulateViewport(filmWidth, filmHeight, chromedp.EmulateScale(1)), chromedp.Navigate("about:blank")))
	_, err = chromedp.Run(f.stage, chromedp.Evaluate[string](fmt.Sprintf("document.documentElement.innerHTML = %q", page)))
	require.NoError(t, err)
	_, err = chromedp.Run(f.stage,
		chromedp.Poll[bool]("[...document.images].filter(i => i.complete && i.naturalWidth > 0).length == 2"))
	require.NoError(t, err)
	both, err := chromedp.Run(f.stage, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	frame, err := png.Decode(bytes.NewReader(both))
	require.NoError(t, err)
	f.frames, f.delays = append(f.frames, frame), append(f.delays, int(seconds*100))
}

func inline(png []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}

// save writes the animation.
func (f *film) save(t *testing.T, name string) {
	t.Helper()
	if f == nil {
		return
	}
	colours := f.palette()
	out := gif.GIF{Delay: f.delays}
	for _, frame := range f.frames {
		flat := image.NewPaletted(frame.Bounds(), colours)
		nearest := map[color.Color]uint8{}
		for y := range frame.Bounds().Dy() {
			for x := range frame.Bounds().Dx() {
				c := frame.At(x, y)
				i, ok := nearest[c]
				if !ok {
					i = uint8(colours.Index(c))
					nearest[c] = i
				}
				flat.SetColorIndex(x, y, i)
			}
		}
		out.Image = append(out.Image, flat)
	}
	file, err := os.Create(filepath.Join(os.Getenv(pictures), name))
	require.NoError(t, err)
	require.NoError(t, gif.EncodeAll(file, &out))
	require.NoError(t, file.Close())
}

// palette returns the most used colours.
func (f *film) palette() color.Palette {
	counts := map[color.Color]int{}
	for _, frame := range f.frames {
		for y := range frame.Bounds().Dy() {
			for x := range frame.Bounds().Dx() {
				counts[frame.At(x, y)]++
			}
		}
	}
	most := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return cmp.Compare(counts[b], counts[a]) })
	return color.Palette(most[:min(len(most), 256)])
}
