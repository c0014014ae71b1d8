package activities

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// ReplyFilesInput identifies the activity of an agent's reply.
type ReplyFilesInput struct {
	Account    string `json:"account"`
	ActivityID string `json:"activity_id"` // C4C's id of the activity, sma_id
}

func (in ReplyFilesInput) account() string { return in.Account }

// ReplyFile is a file or link that an agent attached.
type ReplyFile struct {
	ObjectID string `json:"object_id"` // C4C's key of the attachment
	Name     string `json:"name"`
	Link     string `json:"link,omitempty"` // address on the web; empty: a file
}

// replyPatience is how often to look for an activity that C4C does not show yet, within about ten seconds.
const replyPatience = 7

// ReplyFiles finds what an agent attached to a reply, at the cost of one call. Until C4C shows the activity the error
// is C4CReplyPending, which is retried for a while; after that the reply counts as having no attachments.
func (a *C4C) ReplyFiles(ctx context.Context, in ReplyFilesInput) ([]ReplyFile, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return nil, err
	}
	found, err := client.MessageAttachments(ctx, in.ActivityID)
	if errors.Is(err, c4c.ErrNotFound) {
		if activity.GetInfo(ctx).Attempt >= replyPatience {
			activity.GetLogger(ctx).Warn("C4C does not show the activity of a reply, which is taken for one without attachments")
			return nil, nil
		}
		return nil, pending(ErrorC4CReplyPending, fmt.Errorf("activity %s cannot be read yet", in.ActivityID))
	}
	if err != nil {
		return nil, fromC4C(ctx, err)
	}
	var files []ReplyFile
	for _, file := range found {
		files = append(files, ReplyFile{ObjectID: file.ObjectID, Name: file.Name, Link: file.Link})
	}
	return files, nil
}

// UploadReplyFileInput is a file that an agent attached.
type UploadReplyFileInput struct {
	Account  string `json:"account"`
	ObjectID string `json:"object_id"`
	// Fresh uploads the file even if it was uploaded before, because WeChat no longer knows that upload.
	Fresh bool `json:"fresh,omitempty"`
}

func (in UploadReplyFileInput) account() string { return in.Account }

// Reasons why a file cannot be a WeChat message. The names are persisted.
const (
	RefusedType    = "type"    // no WeChat message shows this type
	RefusedSize    = "size"    // larger than WeChat accepts for its kind
	RefusedLength  = "length"  // a voice message of more than 60 seconds
	RefusedEmpty   = "empty"   // a file of no bytes
	RefusedGone    = "gone"    // C4C no longer has it
	RefusedContent = "content" // WeChat recognised it as something else, or did not want it
)

// UploadedFile is an uploaded file in WeChat, or why there is none.
type UploadedFile struct {
	Kind       string `json:"kind,omitempty"` // image, voice or video
	MediaID    string `json:"media_id,omitempty"`
	UploadedAt int64  `json:"uploaded_at,omitempty"` // seconds since 1970; WeChat keeps it for three days
	Refused    string `json:"refused,omitempty"`     // one of the constants above; empty: it can be sent
}

// UploadReplyFile streams a file from C4C to WeChat. It keeps the file in a temporary file, not in memory, because
// WeChat needs the length in advance and the same content is not uploaded twice. It fetches only files that WeChat
// has a message for. A file that cannot be sent is not an error: see [UploadedFile.Refused]. Source:
// https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia.html
func (a *C4C) UploadReplyFile(ctx context.Context, in UploadReplyFileInput) (UploadedFile, error) {
	account, err := a.Accounts.get(in.Account)
	if err != nil {
		return UploadedFile{}, err
	}
	file, err := account.C4C.OpenAttachment(ctx, c4c.AttachmentOfMessage, in.ObjectID)
	if errors.Is(err, c4c.ErrNotFound) {
		return UploadedFile{Refused: RefusedGone}, nil
	}
	if err != nil {
		return UploadedFile{}, fromC4C(ctx, err)
	}
	defer func() { _ = file.Body.Close() }()
	content, contentType, err := peekType(file.Body)
	if err != nil {
		return UploadedFile{}, fromC4C(ctx, lostContent(err))
	}
	kind, limit := messageFor(contentType)
	switch {
	case kind == "":
		return UploadedFile{Refused: refusedUnread(content)}, nil
	case file.Size > limit:
		return UploadedFile{Refused: RefusedSize}, nil
	}
	kept, err := keepFile(content, limit)
	if err != nil {
		return UploadedFile{}, fromC4C(ctx, err)
	}
	defer kept.drop()
	if kept.size > limit {
		return UploadedFile{Refused: RefusedSize}, nil
	}
	// The call to C4C ends here, so that callers waiting for one of its few slots need not wait for WeChat.
	_ = file.Body.Close()
	return account.upload(ctx, uploadKey{kept.sum, kind}, kept, contentType, in.Fresh)
}

// messageFor returns the kind of message for a file type and its size limit in bytes; empty: there is none.
func messageFor(contentType string) (kind wechat.MediaKind, limit int64) {
	switch contentType {
	case "image/jpeg", "image/png", "image/gif":
		return wechat.MediaImage, 10 << 20
	case "audio/amr", "audio/mpeg":
		return wechat.MediaVoice, 2 << 20
	case "video/mp4":
		return wechat.MediaVideo, 10 << 20
	}
	return "", 0
}

func refusedUnread(content io.ByteReader) string {
	if _, err := content.ReadByte(); errors.Is(err, io.EOF) {
		return RefusedEmpty
	}
	return RefusedType
}

// lostContent is the error of a download that ended early: C4C is asked again.
func lostContent(err error) error {
	return &c4c.TransportError{Op: "open attachment", Err: err}
}

// keptFile is a file in transit, in a temporary file.
type keptFile struct {
	*os.File
	size int64
	sum  [sha256.Size]byte
}

// keepFile stores at most one byte more than the limit in a temporary file, and rewinds it.
func keepFile(content io.Reader, limit int64) (*keptFile, error) {
	file, err := os.CreateTemp("", "wechat-c4c-file-*")
	if err != nil {
		return nil, noDisk(err)
	}
	// Without a name no other process opens it, and it disappears with this process.
	_ = os.Remove(file.Name())
	kept := &keptFile{File: file}
	if err := kept.fill(content, limit); err != nil {
		kept.drop()
		return nil, err
	}
	return kept, nil
}

func (f *keptFile) fill(content io.Reader, limit int64) (err error) {
	hash := sha256.New()
	f.size, err = io.Copy(io.MultiWriter(onlyWriter{f.File}, hash), io.LimitReader(content, limit+1))
	switch {
	case err != nil && diskFailed(err):
		return noDisk(err)
	case err != nil:
		return lostContent(err)
	}
	hash.Sum(f.sum[:0])
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return noDisk(err)
	}
	return nil
}

// noDisk is the error of a worker that cannot store a file: another worker may, or this one later.
func noDisk(err error) error { return retryAt(ErrorWorkerDisk, fmt.Errorf("keep a file: %w", err), 0) }

// diskFailed reports whether the disk failed, and not what was read.
func diskFailed(err error) bool {
	var path *os.PathError
	return errors.As(err, &path)
}

func (f *keptFile) drop() {
	_ = f.Close()
	_ = os.Remove(f.Name()) // needed where an open file cannot be removed
}

// onlyWriter hides the file's ReadFrom, which would need a buffer of its own for each copy.
type onlyWriter struct{ io.Writer }

// upload uploads a file to WeChat, unless it is there already.
func (a *Account) upload(ctx context.Context, key uploadKey, file *keptFile, contentType string,
	fresh bool) (UploadedFile, error) {
	if known, found := a.uploads.get(key, time.Now()); found && !fresh {
		return uploaded(known, key.kind), nil
	}
	media, err := a.WeChat.UploadMedia(ctx, key.kind, string(key.kind)+extension(contentType), contentType, file)
	if why := refusedBy(err); why != "" {
		return UploadedFile{Refused: why}, nil
	}
	if err != nil {
		return UploadedFile{}, fromWeChat(ctx, err)
	}
	if media.CreatedAt.Unix() <= 0 {
		media.CreatedAt = time.Now()
	}
	a.uploads.put(key, media)
	return uploaded(media, key.kind), nil
}

func uploaded(media wechat.Media, kind wechat.MediaKind) UploadedFile {
	return UploadedFile{Kind: string(kind), MediaID: media.ID, UploadedAt: media.CreatedAt.Unix()}
}

// refusals are WeChat's errors about a file itself.
var refusals = map[wechat.Errcode]string{
	wechat.ErrImageTooLarge: RefusedSize, wechat.ErrVoiceTooLarge: RefusedSize, wechat.ErrVideoTooLarge: RefusedSize,
	wechat.ErrInvalidFileSize: RefusedSize, wechat.ErrMediaSize: RefusedSize, wechat.ErrVoiceTooLong: RefusedLength,
	wechat.ErrEmptyMedia: RefusedEmpty, wechat.ErrInvalidFileType: RefusedContent,
	wechat.ErrUnsupportedFileType: RefusedContent,
	wechat.ErrImageFormat:         RefusedContent, wechat.ErrInvalidMediaKind: RefusedContent,
	wechat.ErrRiskyContent: RefusedContent,
}

// refusedBy is why WeChat did not accept a file; empty: it did, or the file is not the reason.
func refusedBy(err error) string {
	if refused, ok := errors.AsType[*wechat.Error](err); ok {
		return refusals[refused.Code]
	}
	if errors.Is(err, wechat.ErrMediaTooLarge) {
		return RefusedSize
	}
	return ""
}
