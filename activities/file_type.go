package activities

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
)

// sniffed is how many bytes identify a file's type.
const sniffed = 512

// peekType detects a file's type from its first bytes, which remain in the reader. Names and labels may be wrong.
func peekType(r io.Reader) (*bufio.Reader, string, error) {
	content := bufio.NewReaderSize(r, 4<<10)
	head, err := content.Peek(sniffed)
	if err != nil && err != io.EOF {
		return content, "", err
	}
	return content, typeOf(head), nil
}

// unknownType is the type of an unrecognised file.
const unknownType = "application/octet-stream"

// typeOf recognises the files that followers and agents send by their first bytes. For other files it detects what
// browsers detect.
func typeOf(head []byte) string {
	switch {
	case len(head) == 0:
		return unknownType
	case bytes.HasPrefix(head, []byte("#!AMR")):
		return "audio/amr"
	case bytes.HasPrefix(head, []byte("#!SILK")), bytes.HasPrefix(head, []byte("\x02#!SILK")):
		return "audio/silk"
	case bytes.HasPrefix(head, []byte("Speex ")), bytes.HasPrefix(head, []byte("OggS")) &&
		bytes.Contains(head, []byte("Speex ")):
		return "audio/speex"
	case len(head) > 11 && string(head[4:8]) == "ftyp":
		return brandType(string(head[8:12]))
	case bytes.HasPrefix(head, []byte("ID3")) || isMP3(head):
		return "audio/mpeg"
	}
	found, _, _ := strings.Cut(http.DetectContentType(head), ";")
	return found
}

// brandType distinguishes types that share MP4's container: telephones' pictures are not videos.
func brandType(brand string) string {
	switch {
	case strings.HasPrefix(brand, "iso"), strings.HasPrefix(brand, "mp4"), strings.HasPrefix(brand, "avc"),
		strings.HasPrefix(brand, "M4V"), brand == "MSNV", brand == "dash", strings.HasPrefix(brand, "hvc"):
		return "video/mp4"
	case strings.HasPrefix(brand, "M4A"), strings.HasPrefix(brand, "M4B"):
		return "audio/mp4"
	case strings.HasPrefix(brand, "hei"), strings.HasPrefix(brand, "hev"), brand == "mif1", brand == "msf1":
		return "image/heic"
	case brand == "avif", brand == "avis":
		return "image/avif"
	case strings.HasPrefix(brand, "qt"):
		return "video/quicktime"
	case strings.HasPrefix(brand, "3g"):
		return "video/3gpp"
	}
	return unknownType
}

// isMP3 looks for the header of an MPEG audio frame: layer III with a bit rate and a sample rate.
func isMP3(head []byte) bool {
	return len(head) > 3 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && head[2]>>4 != 0 && head[2]>>4 != 0xf &&
		head[2]>>2&3 != 3
}

// extension is the usual file extension of a type.
func extension(contentType string) string {
	if known := extensions[contentType]; known != "" {
		return known
	}
	return ".bin"
}

var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/jpg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
	"image/bmp":  ".bmp",
	"image/heic": ".heic", "image/avif": ".avif",
	"audio/amr": ".amr", "voice/amr": ".amr", "audio/mpeg": ".mp3", "audio/mp3": ".mp3", "audio/speex": ".speex",
	"audio/silk": ".silk",
	"audio/mp4":  ".m4a", "audio/wave": ".wav", "application/ogg": ".ogg",
	"video/mp4": ".mp4", "video/mpeg4": ".mp4", "video/quicktime": ".mov", "video/3gpp": ".3gp", "video/webm": ".webm",
	"video/avi":       ".avi",
	"application/pdf": ".pdf", "application/zip": ".zip", "text/plain": ".txt", "text/html": ".html",
}
