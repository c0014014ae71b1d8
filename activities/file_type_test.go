package activities

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

func TestTypeOf(t *testing.T) {
	t.Parallel()
	ftyp := func(brand string) string { return "\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x00\x00" }
	for _, test := range []struct {
		name, head, want, extension string
		kind                        wechat.MediaKind
	}{
		{"jpeg", "\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", ".jpg", wechat.MediaImage},
		{"png", "\x89PNG\r\n\x1a\n", "image/png", ".png", wechat.MediaImage},
		{"gif", "GIF89a", "image/gif", ".gif", wechat.MediaImage},
		{"webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", ".webp", ""},
		{"picture of a telephone", ftyp("heic"), "image/heic", ".heic", ""},
		{"avif", ftyp("avif"), "image/avif", ".avif", ""},
		{"amr", "#!AMR\n\x3c", "audio/amr", ".amr", wechat.MediaVoice},
		{"mp3 with tags", "ID3\x04", "audio/mpeg", ".mp3", wechat.MediaVoice},
		{"mp3", "\xff\xfb\x90\x64", "audio/mpeg", ".mp3", wechat.MediaVoice},
		{"no mp3: no bit rate", "\xff\xfb\x00\x64", unknownType, ".bin", ""},
		{"speex", "OggS\x00\x02xxxxSpeex   1.2", "audio/speex", ".speex", ""},
		{"silk", "\x02#!SILK_V3", "audio/silk", ".silk", ""},
		{"mp4", ftyp("isom"), "video/mp4", ".mp4", wechat.MediaVideo},
		{"mp4 of a browser", ftyp("mp42"), "video/mp4", ".mp4", wechat.MediaVideo},
		{"sound in mp4", ftyp("M4A "), "audio/mp4", ".m4a", ""},
		{"quicktime", ftyp("qt  "), "video/quicktime", ".mov", ""},
		{"unknown brand", ftyp("abcd"), unknownType, ".bin", ""},
		{"pdf", "%PDF-1.7", "application/pdf", ".pdf", ""},
		{"zip", "PK\x03\x04", "application/zip", ".zip", ""},
		{"page", "<html><body>", "text/html", ".html", ""},
		{"text", "hello", "text/plain", ".txt", ""},
		{"nothing", "", unknownType, ".bin", ""},
		{"noise", "\x01\x02\x03", unknownType, ".bin", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			content, got, err := peekType(strings.NewReader(test.head))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			require.Equal(t, test.extension, extension(got))
			kind, limit := messageFor(got)
			require.Equal(t, test.kind, kind)
			require.Equal(t, kind != "", limit > 0)
			all, err := io.ReadAll(content)
			require.NoError(t, err)
			require.Equal(t, test.head, string(all), "nothing of the file is lost")
		})
	}
}

func TestPeekTypeOfABrokenFile(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, _, err := peekType(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

func FuzzTypeOf(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x18ftypisom"))
	f.Add([]byte("\xff\xfb\x90\x64"))
	f.Add([]byte("OggS"))
	f.Fuzz(func(t *testing.T, head []byte) {
		got := typeOf(head)
		require.NotContains(t, got, ";")
		require.Contains(t, got, "/")
		require.Equal(t, got, typeOf(bytes.Clone(head)))
	})
}
