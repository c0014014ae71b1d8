package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // formats that are told by their content
	_ "image/png"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

const (
	maxPictures   = 5
	maxPicture    = 10 << 20 // bytes; what WeChat takes
	maxPictureMB  = maxPicture >> 20
	maxPixels     = 100_000_000
	uploadsAtOnce = 2
)

// picture is an uploaded file on disk.
type picture struct {
	name   string // as the follower's phone calls it
	file   *os.File
	size   int64
	format string // jpeg, png; empty: neither
}

// readPicture takes a file from the request, at most one byte more than is allowed. An empty one, as browsers send
// where nothing was chosen, is none.
func readPicture(part *multipart.Part) (*picture, error) {
	file, err := os.CreateTemp("", "wechat-c4c-picture-*")
	if err != nil {
		return nil, fmt.Errorf("web: keep a picture: %w", err)
	}
	p := &picture{name: shownName(part.FileName()), file: file}
	p.size, err = io.Copy(file, io.LimitReader(part, maxPicture+1))
	if err != nil || p.size == 0 {
		p.close()
		return nil, err
	}
	if _, err = io.Copy(io.Discard, part); err != nil { // the rest of one that is too large
		return p, err
	}
	p.format, err = formatOf(file)
	return p, err
}

// shownName is a file's name as a message may repeat it.
func shownName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if runes := []rune(name); len(runes) > 40 {
		name = string(runes[:40]) + "…"
	}
	return name
}

// formatOf looks at what a file is, not at what it is called.
func formatOf(file *os.File) (string, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("web: read a picture: %w", err)
	}
	header, format, err := image.DecodeConfig(file)
	if err != nil || header.Width*header.Height > maxPixels || header.Width < 1 || header.Height < 1 {
		format = ""
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("web: read a picture: %w", err)
	}
	return format, nil
}

func (p *picture) close() {
	_ = p.file.Close()
	_ = os.Remove(p.file.Name())
}

// uploader is what the view of the same name says of pictures.
type uploader struct {
	Count, MB, Bytes int
	Again            bool // the pictures must be chosen again
}

func newUploader() uploader { return uploader{Count: maxPictures, MB: maxPictureMB, Bytes: maxPicture} }

// checkPictures names all files that cannot be taken.
func (f *form) checkPictures() {
	if len(f.pictures) > maxPictures {
		f.failAlso("pictures", "web_bad_count", "max", maxPictures)
	}
	for _, p := range f.pictures {
		switch {
		case p.size > maxPicture:
			f.failAlso("pictures", "web_bad_size", "file", p.name, "size", maxPictureMB)
		case p.format == "":
			f.failAlso("pictures", "web_bad_kind", "file", p.name)
		}
	}
}

// upload hands the pictures to WeChat, which keeps them for three days; from there they go to C4C.
func (s *Site) upload(ctx context.Context, f *form) ([]conversation.Media, error) {
	media := make([]conversation.Media, len(f.pictures))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploadsAtOnce)
	for i, p := range f.pictures {
		group.Go(func() error {
			name, kind := "picture.jpg", "image/jpeg"
			if p.format == "png" {
				name, kind = "picture.png", "image/png"
			}
			kept, err := s.WeChat.UploadMedia(ctx, wechat.MediaImage, name, kind, p.file)
			media[i] = conversation.Media{Kind: "image", ID: kept.ID, Format: p.format}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		s.Logger.WarnContext(ctx, "WeChat did not take the pictures", "error", err)
		f.fail("pictures", "web_bad_upload")
		return nil, err
	}
	return media, nil
}

// showPicture streams a picture that the follower has sent from WeChat, as long as WeChat keeps it; one that WeChat has
// lost before its time comes from C4C. The conversation says which are the follower's own.
func (s *Site) showPicture(c echo.Context) error {
	number, err := strconv.Atoi(c.Param("number"))
	if err != nil {
		return errNotFound
	}
	pictures, err := s.picturesOf(c.Request().Context(), sessionOf(c).OpenID, c.Param("ticket"))
	if err != nil {
		return errUnavailable.because(err)
	}
	own := pictures[c.Param("message")]
	if number < 0 || number >= len(own) {
		return errNotFound
	}
	if s.unchanged(c, "picture", own[number].MediaID) {
		return c.NoContent(http.StatusNotModified)
	}
	stream, err := s.WeChat.DownloadMedia(c.Request().Context(), own[number].MediaID, maxPicture)
	switch {
	case errors.Is(err, wechat.ErrInvalidMediaID):
		return s.redirectToCopy(c, number, err)
	case err != nil:
		return errUnavailable.because(err)
	}
	defer func() { _ = stream.Body.Close() }()
	start := make([]byte, 512)
	n, err := io.ReadFull(stream.Body, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return errUnavailable.because(err)
	}
	kind := http.DetectContentType(start[:n])
	switch kind {
	case "image/jpeg", "image/png", "image/gif":
	default:
		return errNotFound
	}
	return c.Stream(http.StatusOK, kind, io.MultiReader(bytes.NewReader(start[:n]), stream.Body))
}

// redirectToCopy shows what C4C has of a picture that WeChat has lost.
func (s *Site) redirectToCopy(c echo.Context, number int, lost error) error {
	thread, _, err := s.readThread(c.Request().Context(), sessionOf(c), c.Param("ticket"))
	if err != nil {
		return err
	}
	for _, item := range thread.Items {
		_, _, msgID, ok := conversation.ParseMessageID(item.MessageID)
		if !ok || item.FromAgent || msgID != c.Param("message") {
			continue
		}
		for _, file := range item.Files {
			if !looksLikePicture(file) {
				continue
			}
			if number == 0 {
				return c.Redirect(http.StatusSeeOther, "/web/files/"+thread.Ticket.ID+"/"+file.ObjectID)
			}
			number--
		}
	}
	return errNotFound.because(lost)
}

// picturesOf are the follower's pictures of a ticket that WeChat still keeps, by message.
func (s *Site) picturesOf(ctx context.Context, openID, ticketID string) (map[string][]conversation.WebPicture, error) {
	view, err := s.Backend.View(ctx, openID)
	own := map[string][]conversation.WebPicture{}
	for _, p := range view.Pictures {
		if p.TicketID == ticketID && p.Until > s.Now().Unix() {
			own[p.MsgID] = append(own[p.MsgID], p)
		}
	}
	return own, err
}
