package wechat

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"time"
)

// MediaKind is the kind of file behind a media id.
type MediaKind string

// The kinds, with WeChat's limits. Images are safest below 2 MB.
const (
	MediaImage MediaKind = "image" // 10 MB; PNG, JPEG, GIF
	MediaVoice MediaKind = "voice" // 2 MB, 60 s; AMR, MP3
	MediaVideo MediaKind = "video" // 10 MB; MP4
	MediaThumb MediaKind = "thumb" // 64 KB; JPEG
)

// MaxUpload is the largest file that [Client.UploadMedia] takes, in bytes.
const MaxUpload = 10 << 20

// ErrMediaTooLarge reports that a file exceeds the given limit, [MaxUpload] for uploads.
var ErrMediaTooLarge = errors.New("wechat: media larger than the limit")

// Media is an uploaded file. WeChat keeps it for three days; it may be sent more than once.
type Media struct {
	Kind      MediaKind
	ID        string
	CreatedAt time.Time
}

// upload is a request body of known size: WeChat answers chunked bodies with HTTP 412.
type upload struct {
	body        io.Reader
	contentType string
	size        int64
}

// UploadMedia uploads a temporary file, POST /cgi-bin/media/upload. The file is streamed and never held in memory. A
// reader that is not an io.Seeker is first copied to a temporary file, because WeChat requires the length in advance.
// content is not used after the return. [ErrMediaTooLarge] above [MaxUpload]. 100 000 calls a day.
//
// https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/New_temporary_materials.html
func (c *Client) UploadMedia(ctx context.Context, kind MediaKind, filename, contentType string,
	content io.Reader) (Media, error) {
	r := call{
		op: "media/upload", holds: []string{"media_id", "thumb_media_id"},
		method: http.MethodPost, path: "/cgi-bin/media/upload", query: url.Values{"type": {string(kind)}},
	}
	file, size, cleanup, err := sized(content)
	if err != nil {
		return Media{}, fmt.Errorf("wechat: %s: read the file: %w", r.op, err)
	}
	defer cleanup()
	if size > MaxUpload {
		return Media{}, fmt.Errorf("wechat: %s: %w of %d bytes", r.op, ErrMediaTooLarge, MaxUpload)
	}
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return Media{}, fmt.Errorf("wechat: %s: read the file: %w", r.op, err)
	}
	var answer uploadAnswer
	err = c.withToken(ctx, r, func(token string) error {
		if _, err := file.Seek(start, io.SeekStart); err != nil {
			return fmt.Errorf("wechat: %s: read the file: %w", r.op, err)
		}
		frame := newMultipartFrame(filename, contentType)
		return c.streamUpload(ctx, r, token, frame, io.LimitReader(file, size), size, &answer)
	})
	if err != nil {
		return Media{}, err
	}
	if answer.id() == "" {
		return Media{}, c.outcomeUnknown(r, "", errUnreadable)
	}
	return Media{Kind: MediaKind(answer.Type), ID: answer.id(), CreatedAt: time.Unix(int64(answer.CreatedAt), 0).UTC()},
		nil
}

type uploadAnswer struct {
	Type         string  `json:"type"`
	MediaID      string  `json:"media_id"`
	ThumbMediaID string  `json:"thumb_media_id"`
	CreatedAt    integer `json:"created_at"`
}

func (a uploadAnswer) id() string { return cmp.Or(a.MediaID, a.ThumbMediaID) }

// streamUpload sends one multipart body through a pipe. It returns when the file is no longer being read.
func (c *Client) streamUpload(ctx context.Context, r call, token string, frame multipartFrame, file io.Reader,
	size int64, out any) error {
	pr, pw := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, err := io.Copy(pw, io.MultiReader(strings.NewReader(frame.head), file, strings.NewReader(frame.tail)))
		pw.CloseWithError(err)
	}()
	r.upload = &upload{body: pr, contentType: frame.contentType, size: int64(len(frame.head)) + size +
		int64(len(frame.tail))}
	err := c.attempt(ctx, r, token, out)
	pr.Close()
	<-done
	return err
}

// multipartFrame is what goes before and after the file, and the type of the whole body.
type multipartFrame struct{ head, tail, contentType string }

// newMultipartFrame names the field media and gives it a file name. WeChat requires both.
func newMultipartFrame(filename, contentType string) multipartFrame {
	if filename == "" {
		filename = "media"
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition("media", filename))
	header.Set("Content-Type", strings.NewReplacer("\r", "", "\n", "").Replace(contentType))
	_, _ = w.CreatePart(header) // a bytes.Buffer never fails
	head := b.String()
	_ = w.Close()
	return multipartFrame{head: head, tail: b.String()[len(head):], contentType: w.FormDataContentType()}
}

// sized returns a reader that can be rewound, and how much it has left to read. It copies content that cannot be
// rewound to a temporary file, which cleanup removes.
func sized(r io.Reader) (file io.ReadSeeker, size int64, cleanup func(), err error) {
	if s, ok := r.(io.ReadSeeker); ok {
		if start, err := s.Seek(0, io.SeekCurrent); err == nil {
			end, err := s.Seek(0, io.SeekEnd)
			if err == nil {
				_, err = s.Seek(start, io.SeekStart)
			}
			return s, end - start, func() {}, err
		}
	}
	f, err := os.CreateTemp("", "wechat-upload-*")
	if err != nil {
		return nil, 0, nil, err
	}
	cleanup = func() { _ = f.Close(); _ = os.Remove(f.Name()) }
	size, err = io.Copy(f, io.LimitReader(r, MaxUpload+1))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		cleanup()
		return nil, 0, nil, err
	}
	return f, size, cleanup, nil
}
