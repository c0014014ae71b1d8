package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// showPicture streams a picture sent by the follower from WeChat, as long as WeChat keeps it. One that WeChat has
// lost early comes from C4C. The conversation knows which pictures are the follower's own.
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
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK) // do not ask WeChat for content that is not read
	}
	leave, err := s.limits.enterFile(c)
	if err != nil {
		return err
	}
	defer leave()
	content, err := s.fetchPicture(c.Request().Context(), sessionOf(c).OpenID, own[number].MediaID)
	switch {
	case errors.Is(err, wechat.ErrInvalidMediaID):
		return s.redirectToCopy(c, number, err)
	case err != nil:
		return err
	}
	defer content.close()
	kind := http.DetectContentType(content.start)
	switch kind {
	case "image/jpeg", "image/png", "image/gif":
	default:
		return errNotFound
	}
	return c.Stream(http.StatusOK, kind, content)
}

// Served pictures are cached for a while: WeChat serves an account's files 200,000 times a day.
const (
	pictureLife = 15 * time.Minute
	pictureRoom = 16 << 20 // of all pictures together, in bytes
	pictureMost = pictureRoom / roomShare
)

// shownPicture is a picture's content, with its first bytes.
type shownPicture struct {
	io.Reader
	start []byte
	close func()
}

// fetchPicture gets a picture from WeChat or from the cache.
func (s *Site) fetchPicture(ctx context.Context, openID, mediaID string) (*shownPicture, error) {
	if content, ok := s.pictures.fresh(mediaID); ok {
		return &shownPicture{bytes.NewReader(content), content, func() {}}, nil
	}
	stream, err := s.openPicture(ctx, openID, mediaID)
	if err != nil {
		return nil, err
	}
	start, err := io.ReadAll(io.LimitReader(stream.Body, pictureMost+1))
	if err != nil {
		_ = stream.Body.Close()
		return nil, errUnavailable.because(err)
	}
	if len(start) <= pictureMost {
		s.pictures.keep(mediaID, start)
	}
	return &shownPicture{io.MultiReader(bytes.NewReader(start), stream.Body), start, func() { _ = stream.Body.Close() }},
		nil
}

// openPicture asks WeChat for a picture, within the follower's daily limit.
func (s *Site) openPicture(ctx context.Context, openID, mediaID string) (*wechat.MediaStream, error) {
	if !s.limits.looks.Allow(openID, 1) {
		return nil, errPictures
	}
	stream, err := s.WeChat.DownloadMedia(ctx, mediaID, maxPicture)
	if err != nil && !errors.Is(err, wechat.ErrInvalidMediaID) {
		return nil, errUnavailable.because(err)
	}
	return stream, err
}

// redirectToCopy shows C4C's copy of a picture that WeChat has lost.
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
	return keptPictures(view, ticketID, s.Now()), err
}

// keptPictures are a ticket's pictures that WeChat still keeps, by message.
func keptPictures(view conversation.PageView, ticketID string, now time.Time) map[string][]conversation.WebPicture {
	own := map[string][]conversation.WebPicture{}
	for _, p := range view.Pictures {
		if p.TicketID == ticketID && p.Until > now.Unix() {
			own[p.MsgID] = append(own[p.MsgID], p)
		}
	}
	return own
}
