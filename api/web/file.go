package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// carryWait is the longest that a follower waits for a file of C4C.
const carryWait = 30 * time.Second

// shownKinds are the types that a browser may show, detected by content, not by name. Everything else is a download.
var shownKinds = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true, "application/pdf": true,
	"video/mp4": true, "audio/mpeg": true,
}

// looksLikePicture reports whether a file has a picture's name, so that the thread shows it as one.
func looksLikePicture(file workflows.ThreadFile) bool {
	if file.Link != "" {
		return false
	}
	switch kind, _, _ := mime.ParseMediaType(file.MimeType); kind {
	case "image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp":
		return true
	case "", "application/octet-stream":
	default:
		return false
	}
	switch strings.ToLower(path.Ext(file.Name)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp":
		return true
	}
	return false
}

// kindOf names a picture, voice message or video; empty: the file is none of these.
func kindOf(file workflows.ThreadFile) catalogue.Key {
	kind, _, _ := mime.ParseMediaType(file.MimeType)
	ext := strings.ToLower(path.Ext(file.Name))
	switch {
	case file.Link != "":
		return ""
	case looksLikePicture(file):
		return "web_picture"
	case strings.HasPrefix(kind, "audio/"), slices.Contains([]string{".amr", ".mp3", ".speex", ".silk"}, ext):
		return "web_voice"
	case strings.HasPrefix(kind, "video/"), slices.Contains([]string{".mp4", ".mov", ".3gp"}, ext):
		return "web_video"
	}
	return ""
}

// showFile serves a file of one of the follower's threads. The thread, as C4C returned it for this follower, decides
// whether the file is one of them. A worker fetches the content from C4C, once for all requests that a browser makes
// to play or show it.
func (s *Site) showFile(c echo.Context) error {
	ctx, own := c.Request().Context(), sessionOf(c)
	thread, _, err := s.readThread(ctx, own, c.Param("ticket"))
	if err != nil {
		return err
	}
	file, ok := fileOf(thread, c.Param("file"))
	if !ok {
		return errNotFound
	}
	if s.unchanged(c, "file", file.ObjectID) {
		return c.NoContent(http.StatusNotModified)
	}
	if c.Request().Method == http.MethodHead { // do not ask C4C for content that is not read
		c.Response().Header().Set("Accept-Ranges", "bytes")
		return c.NoContent(http.StatusOK)
	}
	leave, err := s.limits.enterFile(c)
	if err != nil {
		return err
	}
	defer leave()
	key := copyKey{s.Account, own.OpenID, file.ObjectID}
	content, err := s.Disk.copy(ctx, key, func() (*carried, error) {
		if !s.limits.files.Allow(own.OpenID) {
			return nil, errTooMany.by(limitFiles)
		}
		leave, err := s.limits.enterFetch(ctx, own.OpenID)
		if err != nil {
			return nil, err
		}
		defer leave()
		return s.carry(ctx, own, file)
	})
	if err != nil {
		return err
	}
	defer s.Disk.leave(key, content)
	return serveFile(c, file.Name, content.reader())
}

var errOtherContent = errors.New("web: the file has the name of a follower's file, but not its content")

// unchanged reports whether the browser already has the content, which never changes under one id. The browser may
// keep the content, but must ask each time whether it may still show it: phones are handed on, and sessions end.
func (s *Site) unchanged(c echo.Context, purpose, id string) bool {
	header, tag := c.Response().Header(), `"`+s.signer.mac(purpose, id)+`"`
	header.Set(echo.HeaderCacheControl, "private, no-cache")
	header.Set(echo.HeaderVary, echo.HeaderCookie)
	header.Set("ETag", tag)
	return c.Request().Header.Get("If-None-Match") == tag
}

func fileOf(thread workflows.TicketThread, objectID string) (workflows.ThreadFile, bool) {
	for _, item := range thread.Items {
		for _, file := range item.Files {
			if file.ObjectID == objectID && file.Link == "" {
				return file, true
			}
		}
	}
	return workflows.ThreadFile{}, false
}

// carry has a worker send a file.
func (s *Site) carry(ctx context.Context, own *session, file workflows.ThreadFile) (*carried, error) {
	wait, ok := s.Relay.expect(s.Disk, own.OpenID)
	if !ok {
		return nil, errUnavailable
	}
	defer wait.done()
	ctx, cancel := context.WithTimeout(ctx, carryWait)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		failed <- s.Backend.Carry(ctx, own.OpenID, workflows.CarryFileInput{
			Account: s.Account, Of: file.Of, ObjectID: file.ObjectID, To: wait.address, Pin: wait.pin,
		}.Signed(s.RelayKey))
	}()
	for {
		select {
		case content := <-wait.arrived:
			if !content.bears(file.Mark) {
				content.close()
				return nil, errNotFound.because(errOtherContent)
			}
			return content, nil
		case err := <-failed:
			if errors.Is(err, ErrNotTheirs) {
				return nil, errNotFound.because(err)
			}
			switch {
			case err != nil && wait.full.Load():
				return nil, errDiskFull.because(err)
			case err != nil:
				return nil, errUnavailable.because(err)
			}
			failed = nil // it has arrived
		case <-ctx.Done():
			return nil, errUnavailable.because(ctx.Err())
		}
	}
}

// serveFile shows a file, or offers it as a download if a browser could interpret it as something else.
func serveFile(c echo.Context, name string, content *io.SectionReader) error {
	start := make([]byte, 512)
	n, err := content.ReadAt(start, 0)
	if n == 0 {
		return errNotFound.because(fmt.Errorf("an empty file: %w", err))
	}
	kind, how := http.DetectContentType(start[:n]), "inline"
	if !shownKinds[kind] {
		kind, how = "application/octet-stream", "attachment"
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, kind)
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType(how, map[string]string{"filename": shownName(name)}))
	header.Set(echo.HeaderXContentTypeOptions, "nosniff")
	control := http.NewResponseController(c.Response())
	_ = control.SetWriteDeadline(time.Now().Add(uploadTime)) // a server without support keeps its own limits
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, content)
	return nil
}

// webLink is the address of a link that an agent attached, if a browser may open it; empty: none.
func webLink(file workflows.ThreadFile) string {
	at, err := url.Parse(file.Link)
	if err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" {
		return ""
	}
	return file.Link
}

// sizeText is a size as shown to followers; empty: unknown.
func sizeText(bytes int64) string {
	switch {
	case bytes <= 0:
		return ""
	case bytes < 1<<20:
		return fmt.Sprintf("%d kB", max(bytes>>10, 1))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}
