package e2e

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// snapshots writes two pictures to disk, as a phone's camera would: a brake disc and a warning on the dashboard.
func snapshots(t *testing.T) []string {
	t.Helper()
	var asJPEG, asPNG bytes.Buffer
	require.NoError(t, jpeg.Encode(&asJPEG, drawn(brakeDisc), nil))
	require.NoError(t, png.Encode(&asPNG, drawn(dashboard)))
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "brake-disc.jpg"), filepath.Join(dir, "dashboard.png")}
	require.NoError(t, os.WriteFile(paths[0], asJPEG.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(paths[1], asPNG.Bytes(), 0o600))
	return paths
}

// drawn draws a picture from each point's colour, given its distance from the centre and its angle.
func drawn(at func(radius, angle float64) color.RGBA) image.Image {
	picture := image.NewRGBA(image.Rect(0, 0, 480, 320))
	for x := range 480 {
		for y := range 320 {
			dx, dy := float64(x-240), float64(y-160)
			picture.Set(x, y, at(math.Hypot(dx, dy), math.Atan2(dy, dx)))
		}
	}
	return picture
}

func gray(light float64) color.RGBA {
	return color.RGBA{uint8(light), uint8(light), uint8(light * 1.02), 255}
}

func brakeDisc(radius, angle float64) color.RGBA {
	hole := math.Hypot(math.Mod(radius+6, 26)-13, radius*(math.Mod(angle+7+radius/90, math.Pi/8)-math.Pi/16)) < 5
	bolt := math.Hypot(radius-38, radius*(math.Mod(angle+7, math.Pi*2/5)-math.Pi/5)) < 6
	switch {
	case radius > 150:
		return gray(52 - radius/20)
	case radius > 72 && hole, bolt, radius < 18:
		return gray(30)
	case radius > 72 && math.Abs(radius-112) < 7:
		return color.RGBA{150, 96, 58, 255} // rust, where it scrapes
	case radius > 72:
		return gray(165 + 25*math.Sin(angle*2) + 8*math.Sin(radius*1.7))
	}
	return gray(110 + 15*math.Sin(angle*2))
}

func dashboard(radius, angle float64) color.RGBA {
	degrees := math.Mod(angle*180/math.Pi+360, 360)
	dial := degrees < 40 || degrees > 140
	switch {
	case radius < 26 && radius > 20, radius < 4, radius < 15 && math.Abs(degrees-270) < 18:
		return color.RGBA{255, 59, 48, 255} // the warning
	case dial && radius > 118 && radius < 140 && math.Mod(degrees, 20) < 1.6:
		return gray(235)
	case radius > 40 && radius < 122 && math.Abs(degrees-215) < 1.4:
		return color.RGBA{255, 120, 60, 255}
	case radius > 146 && radius < 150:
		return gray(120)
	}
	return gray(24 + math.Max(0, 20-radius/10))
}
