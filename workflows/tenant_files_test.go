package workflows

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// fileTenant contains agents' attachments by the id of the activity, and the result for each file by its key.
type fileTenant struct {
	sentAlong map[string][]activities.ReplyFile
	kinds     map[string]activities.UploadedFile
	uploads   []activities.UploadReplyFileInput
	now       func() time.Time // of the script
}

func (a *fakeC4C) ReplyFiles(ctx context.Context, in activities.ReplyFilesInput) ([]activities.ReplyFile, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sentAlong[in.ActivityID], a.call(ctx)
}

func (a *fakeC4C) UploadReplyFile(ctx context.Context, in activities.UploadReplyFileInput) (activities.UploadedFile,
	error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.UploadedFile{}, err
	}
	a.uploads = append(a.uploads, in)
	upload := a.kinds[in.ObjectID]
	if upload.Refused == "" {
		upload.MediaID, upload.UploadedAt = fmt.Sprintf("%s-%d", in.ObjectID, len(a.uploads)), a.now().Unix()
	}
	return upload, nil
}

func (a *fakeWeChat) SendMedia(ctx context.Context, in activities.SendMediaInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.inbox = append(a.inbox, strings.TrimSpace(in.Kind+" "+in.MediaID+" "+in.Title))
	}
	return err
}

func (a *fakeWeChat) ShowTyping(ctx context.Context, _ activities.ShowTypingInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.call(ctx)
}
