package activities

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"mime"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// maxMedia is the largest file that is attached if the input sets no limit, in bytes.
const maxMedia = 25 << 20

// AttachMediaInput names a file at WeChat and the ticket it belongs to.
type AttachMediaInput struct {
	Account  string `json:"account"`
	ObjectID string `json:"object_id"` // C4C's key of the ticket
	MediaID  string `json:"media_id"`
	Kind     string `json:"kind"` // image, voice, video, shortvideo
	Name     string `json:"name"` // without mark and extension; unique within the ticket
	Round    int    `json:"round,omitempty"`
	MaxBytes int64  `json:"max_bytes,omitempty"` // 0: 25 MB
	SentAt   int64  `json:"sent_at,omitempty"`   // seconds since 1970; 0: unknown
}

func (in AttachMediaInput) account() string { return in.Account }

// WeChat may push a message before it can serve the message's file.
const (
	freshFile     = 10 * time.Minute
	freshAttempts = 5 // with their pauses, about 15 seconds
)

// AttachMedia streams a file from WeChat to C4C without holding all of it in memory. WeChat keeps files for three
// days; after that it answers 40007, which parks. If C4C fails and the file may be the reason, the upload is tried a
// limited number of times and then parks as C4CFault.
func (a *C4C) AttachMedia(ctx context.Context, in AttachMediaInput) error {
	account, err := a.Accounts.get(in.Account)
	if err != nil {
		return err
	}
	_, err = once[struct{}]{
		key: "file:" + in.ObjectID + ":" + in.Name, round: in.Round, callLife: account.C4C.Timeout(),
		find: func() (none struct{}, there bool, err error) {
			there, err = attached(ctx, account.C4C, in)
			return none, there, err
		},
		write: func(uuid.UUID) (struct{}, error) { return struct{}{}, attach(ctx, account, in) },
	}.do(ctx)
	var lost *wechat.TransportError
	switch {
	case errors.As(err, &lost) || errors.Is(err, wechat.ErrMediaTooLarge):
		return fromWeChat(ctx, err)
	case c4c.Status(err) == http.StatusInternalServerError && errors.Is(err, c4c.ErrUnavailable):
		return retryUpTo(ctx, patience, ErrorC4CFault, err)
	}
	return fromC4C(ctx, err)
}

// attach streams the file.
func attach(ctx context.Context, account *Account, in AttachMediaInput) error {
	stream, err := account.WeChat.DownloadMedia(ctx, in.MediaID, cmp.Or(in.MaxBytes, maxMedia))
	if errors.Is(err, wechat.ErrInvalidMediaID) && time.Since(time.Unix(in.SentAt, 0)) < freshFile {
		return retryUpTo(ctx, freshAttempts, ErrorWeChatMediaExpired, err)
	}
	if err != nil {
		return fromWeChat(ctx, err)
	}
	defer func() { _ = stream.Body.Close() }()
	content, kind, err := peekType(stream.Body)
	if err != nil {
		return fromWeChat(ctx, err)
	}
	if kind == unknownType || kind == "text/plain" { // the content does not identify its type
		kind = declaredType(stream, in.Kind)
	}
	return account.C4C.AddTicketAttachment(ctx, in.ObjectID, c4c.NewAttachment{
		NameOf:   func(sum [sha256.Size]byte) string { return ownFile{in.Name, markOf(sum), extension(kind)}.String() },
		MimeType: kind, Size: max(stream.Size, 0), Content: content,
	})
}

// attached reports whether an earlier attempt has attached the file.
func attached(ctx context.Context, client *c4c.Client, in AttachMediaInput) (bool, error) {
	files, err := client.TicketAttachments(ctx, in.ObjectID)
	for _, file := range files {
		if own, ok := parseOwnFile(file.Name); ok && own.name == in.Name {
			return true, nil
		}
	}
	return false, err
}

// declaredType is the type that WeChat declares, or the usual type of the file's kind, for a file whose content does
// not show it.
func declaredType(stream *wechat.MediaStream, kind string) string {
	if said, _, err := mime.ParseMediaType(stream.ContentType); err == nil && said != "text/plain" && said != unknownType {
		return said
	}
	switch kind {
	case "image":
		return "image/jpeg"
	case "voice":
		return "audio/amr"
	case "video", "shortvideo":
		return "video/mp4"
	}
	return unknownType
}
