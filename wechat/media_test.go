package wechat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	uploadPath   = "/cgi-bin/media/upload"
	downloadPath = "/cgi-bin/media/get"
)

// uploaded is what the server received.
type uploaded struct {
	field, filename, contentType, body string
	length                             int64
	chunked                            bool
	err                                error
}

func receive(r *http.Request) uploaded {
	u := uploaded{length: r.ContentLength, chunked: len(r.TransferEncoding) > 0}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return uploaded{err: err}
	}
	part, err := multipart.NewReader(r.Body, params["boundary"]).NextPart()
	if err != nil {
		return uploaded{err: err}
	}
	body, err := io.ReadAll(part)
	u.field, u.filename, u.contentType = part.FormName(), part.FileName(), part.Header.Get("Content-Type")
	u.body, u.err = string(body), err
	return u
}

func TestUploadMedia(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789abcdef", 20_000)
	file := func(t *testing.T) io.Reader {
		name := filepath.Join(t.TempDir(), "f")
		require.NoError(t, os.WriteFile(name, []byte("skipped"+content), 0o600))
		f, err := os.Open(name)
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		_, err = f.Seek(int64(len("skipped")), io.SeekStart)
		require.NoError(t, err)
		return f
	}
	tests := []struct {
		name                  string
		reader                func(*testing.T) io.Reader
		filename, contentType string
		want                  uploaded
	}{
		{name: "seekable", reader: func(*testing.T) io.Reader { return strings.NewReader(content) }, filename: "a.jpg",
			contentType: "image/jpeg",
			want:        uploaded{filename: "a.jpg", contentType: "image/jpeg"}},
		{name: "file from its position on", reader: file, filename: `刹"车.jpg`, contentType: "image/png",
			want: uploaded{filename: `刹"车.jpg`, contentType: "image/png"}},
		{name: "stream without length", reader: func(*testing.T) io.Reader {
			return iotest.HalfReader(strings.NewReader(content))
		},
			want: uploaded{filename: "media", contentType: "application/octet-stream"}},
		{name: "header injection", reader: func(*testing.T) io.Reader { return strings.NewReader(content) },
			filename: "a\r\nX: y", contentType: "image/jpeg\r\nX: y",
			want: uploaded{filename: "a%0D%0AX: y", contentType: "image/jpegX: y"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			received := make(chan uploaded, 1)
			mux.HandleFunc(uploadPath, func(w http.ResponseWriter, r *http.Request) {
				received <- receive(r)
				answer(`{"type":"thumb","thumb_media_id":"T1","created_at":"1750000000"}`)(w, r)
			})
			m, err := c.UploadMedia(t.Context(), MediaThumb, test.filename, test.contentType, test.reader(t))
			require.NoError(t, err)
			require.Equal(t, "T1", m.ID)
			got := <-received
			require.NoError(t, got.err)
			require.False(t, got.chunked)
			require.Greater(t, got.length, int64(len(content)))
			test.want.field, test.want.body, test.want.length = "media", content, got.length
			require.Equal(t, test.want, got)
		})
	}
}

func TestUploadMediaRewindsForTheSecondToken(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	bodies := make(chan string, 2)
	mux.HandleFunc(uploadPath, func(w http.ResponseWriter, r *http.Request) {
		bodies <- receive(r).body
		if r.URL.Query().Get("access_token") != freshToken {
			answer(`{"errcode":40001}`)(w, r)
			return
		}
		answer(`{"type":"image","media_id":"M1"}`)(w, r)
	})
	m, err := c.UploadMedia(t.Context(), MediaImage, "a", "",
		io.MultiReader(strings.NewReader("one "), strings.NewReader("two")))
	require.NoError(t, err)
	require.Equal(t, "M1", m.ID)
	require.Equal(t, "one two", <-bodies)
	require.Equal(t, "one two", <-bodies)
}

func TestUploadMediaRefuses(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	large := func() []byte { return make([]byte, MaxUpload+1) }
	tests := []struct {
		name   string
		reader io.Reader
		err    error
	}{
		{name: "too large", reader: bytes.NewReader(large()), err: ErrMediaTooLarge},
		{name: "too large a stream", reader: iotest.HalfReader(bytes.NewReader(large())), err: ErrMediaTooLarge},
		{name: "broken stream", reader: io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broken)), err: broken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := setup(t) // no request may come
			_, err := c.UploadMedia(t.Context(), MediaImage, "a", "", test.reader)
			require.ErrorIs(t, err, test.err)
		})
	}
}

func TestUploadMediaStopsWithItsContext(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	mux.HandleFunc(uploadPath, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		_, _ = io.Copy(io.Discard, r.Body) // until the connection breaks
	})
	file := &watchedFile{ReadSeeker: bytes.NewReader(make([]byte, MaxUpload))}
	_, err := c.UploadMedia(ctx, MediaImage, "a", "", file)
	file.returned.Store(true)
	require.ErrorIs(t, err, ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, file.late.Load(), "the file was read after the return")
}

// watchedFile notices reads after UploadMedia has returned.
type watchedFile struct {
	io.ReadSeeker
	returned, late atomic.Bool
}

func (f *watchedFile) Read(p []byte) (int, error) {
	if f.returned.Load() {
		f.late.Store(true)
	}
	return f.ReadSeeker.Read(p)
}

func TestUploadMediaWithoutID(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	mux.HandleFunc(uploadPath, answer(`{"errcode":0}`))
	_, err := c.UploadMedia(t.Context(), MediaImage, "a", "", strings.NewReader("x"))
	require.ErrorIs(t, err, ErrOutcomeUnknown)
}

func TestDownloadMedia(t *testing.T) {
	t.Parallel()
	serve := func(contentType, disposition, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-disposition", disposition)
			_, _ = io.WriteString(w, body)
		}
	}
	tests := []struct {
		name     string
		handler  http.HandlerFunc
		body     string
		filename string
		openErr  error
		readErr  error
	}{
		{name: "picture", handler: serve("image/jpeg", `attachment; filename="MEDIA.jpg"`, "JPEG"), body: "JPEG",
			filename: "MEDIA.jpg"},
		{name: "exactly the limit", handler: serve("image/jpeg", "", "0123456789"), body: "0123456789"},
		{name: "picture that starts with a brace", handler: serve("image/jpeg", "", "{JPEG"), body: "{JPEG"},
		{name: "any label", handler: serve("text/plain", "nonsense;;", "AMR"), body: "AMR"},
		{name: "nothing", handler: serve("audio/amr", "", ""), openErr: ErrOutcomeUnknown},
		{name: "name with folders", handler: serve("image/png", `attachment; filename="..\\../etc/pass.png"`, "P"), body: "P",
			filename: "pass.png"},
		{name: "name that is a folder", handler: serve("image/png", `attachment; filename=".."`, "P"), body: "P"},
		{name: "too large, told", handler: serve("image/jpeg", "", "0123456789+"), openErr: ErrMediaTooLarge},
		{name: "too large, not told", readErr: ErrMediaTooLarge, body: "0123456789",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/jpeg")
				_, _ = io.WriteString(w, "01234")
				w.(http.Flusher).Flush()
				_, _ = io.WriteString(w, "56789+")
			}},
		{name: "cut short", readErr: ErrOutcomeUnknown, body: "01", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/jpeg")
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "01")
		}},
		{name: "error as json", handler: serve("application/json", "", ` {"errcode":40007,"errmsg":"invalid media_id"}`),
			openErr: ErrInvalidMediaID},
		{name: "error as text", handler: serve("text/plain", "", `{"errcode":40007,"errmsg":"invalid media_id"}`),
			openErr: ErrInvalidMediaID},
		{name: "json without anything", handler: serve("application/json", "", `{}`), openErr: ErrOutcomeUnknown},
		{name: "endless json", handler: serve("application/json", "", `{"a":"`+strings.Repeat("x", 70_000)),
			openErr: ErrOutcomeUnknown},
		{name: "video address is no address", handler: serve("text/plain", "", `{"video_url":"file:///etc/passwd"}`),
			openErr: ErrOutcomeUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			mux.HandleFunc(downloadPath, test.handler)
			stream, err := c.DownloadMedia(t.Context(), "M1", 10)
			require.ErrorIs(t, err, test.openErr)
			if test.openErr != nil {
				require.Nil(t, stream)
				return
			}
			defer stream.Body.Close()
			body, err := io.ReadAll(stream.Body)
			require.ErrorIs(t, err, test.readErr)
			require.Equal(t, test.body, string(body))
			require.Equal(t, test.filename, stream.Filename)
			if test.readErr != nil {
				_, again := stream.Body.Read(make([]byte, 1))
				require.Equal(t, err, again)
				requireClean(t, err)
			}
		})
	}
}

func TestDownloadMediaFollowsVideo(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	queries := make(chan string, 1)
	mux.HandleFunc("/video.mp4", func(w http.ResponseWriter, r *http.Request) {
		queries <- r.URL.RawQuery
		w.Header().Set("Content-Type", "video/mp4")
		_, _ = io.WriteString(w, "MP4")
	})
	mux.HandleFunc("/gone.mp4", http.NotFound)
	mux.HandleFunc(downloadPath, func(w http.ResponseWriter, r *http.Request) {
		answer(`{"video_url":" http://`+r.Host+`/proxy/`+r.URL.Query().Get("media_id")+`?v=1"}`)(w, r)
	})
	stream, err := c.DownloadMedia(t.Context(), "video.mp4", 10)
	require.NoError(t, err)
	defer stream.Body.Close()
	body, err := io.ReadAll(stream.Body)
	require.NoError(t, err)
	require.Equal(t, "MP4", string(body))
	require.Equal(t, "video/mp4", stream.ContentType)
	require.Equal(t, int64(3), stream.Size)
	require.Equal(t, "v=1", <-queries)

	_, err = c.DownloadMedia(t.Context(), "gone.mp4", 10)
	var failure *TransportError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, http.StatusNotFound, failure.Status)

	_, err = c.DownloadMedia(t.Context(), "video.mp4", -1)
	require.ErrorIs(t, err, ErrMediaTooLarge)
}

// A call has seconds, but a file of 10 MB on a slow line takes longer.
func TestFilesMayTakeLongerThanCalls(t *testing.T) {
	t.Parallel()
	var video string
	c, mux := setup(t, func(o *Options) { o.HTTPClient = &http.Client{Timeout: time.Nanosecond} })
	var uploaded error
	mux.HandleFunc(uploadPath, func(w http.ResponseWriter, r *http.Request) {
		uploaded = receive(r).err
		_, _ = io.WriteString(w, `{"type":"image","media_id":"m1","created_at":1700000000}`)
	})
	mux.HandleFunc(downloadPath, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("media_id") == "video" {
			_, _ = io.WriteString(w, `{"video_url":"`+video+`"}`)
			return
		}
		_, _ = io.WriteString(w, "picture")
	})
	mux.HandleFunc("/film", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "film") })
	video = c.apiURL + "/film"
	_, err := c.UploadMedia(t.Context(), MediaImage, "a.png", "image/png", strings.NewReader("x"))
	require.NoError(t, err)
	require.NoError(t, uploaded)
	for id, want := range map[string]string{"m1": "picture", "video": "film"} {
		stream, err := c.DownloadMedia(t.Context(), id, 100)
		require.NoError(t, err)
		got, err := io.ReadAll(stream.Body)
		require.NoError(t, err)
		require.NoError(t, stream.Body.Close())
		require.Equal(t, want, string(got))
	}
	require.ErrorIs(t, c.SendText(t.Context(), "o1", "x"), ErrNotSent, "a call may not")
}
