package wechatsim

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
)

// samplePicture draws a follower's "photo", a car in front of a sky whose colour depends on seed.
func samplePicture(seed uint64) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 240, 180))
	tint := uint8(seed % 40)
	for y := range 180 {
		for x := range 240 {
			shade := uint8(y / 3)
			img.Set(x, y, color.RGBA{R: 0x78 + tint + shade, G: 0xa0 + shade, B: 0xd0 + shade/2, A: 0xff})
			if y > 150 {
				img.Set(x, y, color.RGBA{R: 0x6a, G: 0x6c, B: 0x70, A: 0xff})
			}
		}
	}
	body, glass := color.RGBA{R: 0xc8, G: 0x36, B: 0x32, A: 0xff}, color.RGBA{R: 0x2a, G: 0x36, B: 0x44, A: 0xff}
	fill(img, image.Rect(45, 110, 198, 150), body)
	fill(img, image.Rect(78, 80, 160, 112), body)
	fill(img, image.Rect(86, 87, 115, 110), glass)
	fill(img, image.Rect(122, 87, 152, 110), glass)
	for _, middle := range []int{80, 163} {
		disc(img, middle, 150, 18, color.RGBA{R: 0x20, G: 0x20, B: 0x22, A: 0xff})
		disc(img, middle, 150, 8, color.RGBA{R: 0xc4, G: 0xc6, B: 0xca, A: 0xff})
	}
	return encodeJPEG(img)
}

func fill(img *image.RGBA, area image.Rectangle, c color.RGBA) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			img.Set(x, y, c)
		}
	}
}

func disc(img *image.RGBA, cx, cy, radius int, c color.RGBA) {
	for y := cy - radius; y <= cy+radius; y++ {
		for x := cx - radius; x <= cx+radius; x++ {
			if (x-cx)*(x-cx)+(y-cy)*(y-cy) <= radius*radius {
				img.Set(x, y, c)
			}
		}
	}
}

// encodeJPEG cannot fail for an image in memory.
func encodeJPEG(img image.Image) []byte {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: 85}); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// sampleVoice is an AMR header with silent frames, sampleVideo an empty MP4: enough for a reader that checks the first
// bytes and passes on the rest.
func sampleVoice() []byte {
	frame := append([]byte{0x3c}, make([]byte, 31)...)
	return append([]byte("#!AMR\n"), bytes.Repeat(frame, 50)...)
}

func sampleVideo() []byte {
	ftyp := []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
	return append(ftyp, append([]byte("\x00\x00\x04\x08mdat"), make([]byte, 1024)...)...)
}

func sampleHDVoice() []byte { return append([]byte("Speex   1.2"), make([]byte, 512)...) }
