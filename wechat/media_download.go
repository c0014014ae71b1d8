package wechat

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// MediaStream is a file being downloaded. Close Body.
type MediaStream struct {
	// Body fails with [ErrMediaTooLarge] once it exceeds the limit, or with a [*TransportError].
	Body        io.ReadCloser
	ContentType string
	// Filename is WeChat's suggestion without any folder; may be empty.
	Filename string
	// Size is in bytes; -1 if WeChat does not report it.
	Size int64
}

// DownloadMedia fetches a file that a follower sent or that was uploaded, GET /cgi-bin/media/get. For a video WeChat
// answers with another address, which is followed. WeChat keeps files for three days; then [ErrInvalidMediaID]. A
// file of more than maxBytes fails with [ErrMediaTooLarge], at once if WeChat reports its size. 200 000 calls a day.
//
// https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_temporary_materials.html
func (c *Client) DownloadMedia(ctx context.Context, mediaID string, maxBytes int64) (*MediaStream, error) {
	maxBytes = max(maxBytes, 0)
	r := call{
		op: "media/get", holds: []string{"video_url"},
		method: http.MethodGet, path: "/cgi-bin/media/get",
		query: url.Values{"media_id": {mediaID}}, file: true,
	}
	var stream *MediaStream
	err := c.withToken(ctx, r, func(token string) error {
		resp, err := c.send(ctx, r, token)
		if err != nil {
			return err
		}
		stream, err = c.openMedia(ctx, r, token, resp, maxBytes)
		return err
	})
	return stream, err
}

// openMedia distinguishes a file from a JSON answer, which contains an error or the address of a video.
func (c *Client) openMedia(ctx context.Context, r call, token string, resp *http.Response,
	maxBytes int64) (*MediaStream, error) {
	body := bufio.NewReader(resp.Body)
	if !isJSON(resp.Header.Get("Content-Type"), body) {
		return c.stream(r, token, resp, body, maxBytes)
	}
	defer resp.Body.Close()
	doc, err := readLimited(body, c.maxErrorDoc)
	if err != nil {
		return nil, c.outcomeUnknown(r, token, err)
	}
	var answer struct {
		VideoURL string `json:"video_url"`
	}
	if err := c.decode(r, token, doc, &answer); err != nil {
		return nil, err
	}
	video, err := c.fetchVideo(ctx, r, strings.TrimSpace(answer.VideoURL))
	if err != nil {
		return nil, err
	}
	film := bufio.NewReader(video.Body)
	if isJSON(video.Header.Get("Content-Type"), film) {
		video.Body.Close()
		return nil, c.outcomeUnknown(r, "", errNoFile)
	}
	return c.stream(r, "", video, film, maxBytes)
}

// errNoFile is the error if a page, an error or nothing came instead of a file.
var errNoFile = errors.New("no file in place of one")

// isJSON checks the first byte as well as the content type. Errors come as text/plain or, if they are marked as
// errors, with a file's own type; files come with any type.
func isJSON(contentType string, body *bufio.Reader) bool {
	start, _ := body.Peek(512)
	if !bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(start, utf8BOM), " \t\r\n"), []byte("{")) {
		return false
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	media := strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
	return !media || bytes.Contains(start, []byte(`"errcode"`))
}

// isPage reports whether an intermediary has sent a page of its own.
func isPage(contentType string, body *bufio.Reader) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	start, _ := body.Peek(64)
	start = bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(start, utf8BOM), " \t\r\n"))
	return kind == "text/html" || bytes.HasPrefix(start, []byte("<!doctype")) || bytes.HasPrefix(start, []byte("<html"))
}

func (c *Client) stream(
	r call, token string, resp *http.Response, body *bufio.Reader, maxBytes int64,
) (*MediaStream, error) {
	coding := resp.Header.Get("Content-Encoding") // the transport has decoded the encoding it requested
	start, _ := body.Peek(1)
	if len(start) == 0 || isPage(resp.Header.Get("Content-Type"), body) || coding != "" &&
		!strings.EqualFold(coding, "identity") {
		resp.Body.Close()
		return nil, c.outcomeUnknown(r, token, errNoFile)
	}
	if resp.ContentLength > maxBytes {
		resp.Body.Close()
		return nil, fmt.Errorf("wechat: %s: %w of %d bytes", r.op, ErrMediaTooLarge, maxBytes)
	}
	return &MediaStream{
		Body: &cappedBody{
			Reader: body, Closer: resp.Body, left: maxBytes,
			tooLarge: fmt.Errorf("wechat: %s: %w of %d bytes", r.op, ErrMediaTooLarge, maxBytes),
			wrap:     func(err error) error { return c.outcomeUnknown(r, token, err) },
		},
		ContentType: resp.Header.Get("Content-Type"),
		Filename:    suggestedName(resp.Header.Get("Content-Disposition")),
		Size:        resp.ContentLength,
	}, nil
}

// suggestedName takes the file name of a Content-Disposition, without folders.
func suggestedName(disposition string) string {
	_, params, err := mime.ParseMediaType(disposition)
	if err != nil {
		return ""
	}
	name := path.Base(strings.ReplaceAll(params["filename"], `\`, "/"))
	if name == "." || name == "/" || name == ".." {
		return ""
	}
	return name
}

// cappedBody fails instead of delivering more than the limit, and keeps addresses out of read errors.
type cappedBody struct {
	io.Reader
	io.Closer
	left   int64
	failed error
	// tooLarge is the error for exceeding the limit; wrap makes the error for a broken connection.
	tooLarge error
	wrap     func(error) error
}

// Read reads up to the limit, and one byte more to detect more content.
func (b *cappedBody) Read(p []byte) (int, error) {
	if b.failed != nil {
		return 0, b.failed
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.Reader.Read(p)
	if int64(n) > b.left {
		b.failed = b.tooLarge
		return int(b.left), b.failed
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.wrap(err)
	}
	b.failed = err
	return n, err
}
