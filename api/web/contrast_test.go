package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// colour is red, green, blue and opacity, each from 0 to 1.
type colour [4]float64

var colourForm = regexp.MustCompile(`--([a-z-]+):(?:#([0-9a-f]{3,6})|rgba\((\d+),(\d+),(\d+),([\d.]+)\))`)

func number(t *testing.T, s string, base int) float64 {
	t.Helper()
	if base == 16 {
		n, err := strconv.ParseUint(s, 16, 16)
		require.NoError(t, err)
		return float64(n) / 255
	}
	n, err := strconv.ParseFloat(s, 64)
	require.NoError(t, err)
	return n
}

// coloursOf reads the variables of a block of the stylesheet.
func coloursOf(t *testing.T, block string) map[string]colour {
	t.Helper()
	found := map[string]colour{}
	for _, m := range colourForm.FindAllStringSubmatch(block, -1) {
		c := colour{3: 1}
		switch hex := m[2]; len(hex) {
		case 0:
			c = colour{number(t, m[3], 10) / 255, number(t, m[4], 10) / 255, number(t, m[5], 10) / 255, number(t, m[6], 10)}
		case 3:
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
			fallthrough
		case 6:
			for i := range 3 {
				c[i] = number(t, hex[2*i:2*i+2], 16)
			}
		}
		found[m[1]] = c
	}
	return found
}

// contrast is that of a text on a ground, from 1 to 21.
// Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
func contrast(text, ground colour) float64 {
	light := func(c colour) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			v := text[3]*c[i] + (1-text[3])*ground[i]
			if c == ground {
				v = c[i]
			}
			if v <= 0.03928 {
				v /= 12.92
			} else {
				v = math.Pow((v+0.055)/1.055, 2.4)
			}
			sum += weight * v
		}
		return sum
	}
	a, b := light(text), light(ground)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func TestColoursCanBeRead(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 21, contrast(colour{0, 0, 0, 1}, colour{1, 1, 1, 1}), 0.01)
	css, err := assetFiles.ReadFile("assets/page.css")
	require.NoError(t, err)
	day, night, ok := strings.Cut(string(css), "@media (prefers-color-scheme:dark)")
	require.True(t, ok)
	for name, block := range map[string]string{"day": day, "night": night} {
		colours := coloursOf(t, block)
		require.Greater(t, len(colours), 12, name)
		for _, pair := range [][2]string{
			{"text", "bg"}, {"text", "cell"}, {"text", "ok"}, {"text", "warn"}, {"soft", "bg"}, {"soft", "cell"}, {"link", "bg"},
			{"link", "cell"},
			{"link", "press"}, {"bad", "bg"}, {"bad", "cell"}, {"go", "cell"}, {"go", "bg"}, {"own-text", "own"},
			{"on", "green"},
		} {
			require.GreaterOrEqual(t, contrast(colours[pair[0]], colours[pair[1]]), 4.5, "%s on %s by %s", pair[0], pair[1],
				name)
		}
		for _, ground := range []string{"bg", "cell"} { // the ring around what has the focus
			require.GreaterOrEqual(t, contrast(colours["green"], colours[ground]), 3.0, "green on %s by %s", ground, name)
		}
	}
}
