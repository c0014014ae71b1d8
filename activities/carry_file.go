package activities

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// MaxFile is the largest attachment that is carried to the page, in bytes.
const MaxFile = 30 << 20

// CarryFileInput names an attachment in C4C and the api process that waits for it.
type CarryFileInput struct {
	Account  string `json:"account"`
	Of       string `json:"of"`        // what the attachment belongs to: ticket, message
	ObjectID string `json:"object_id"` // C4C's key of the attachment
	To       string `json:"to"`        // address that takes the file once
}

func (in CarryFileInput) account() string { return in.Account }

// carrier brings files to api processes of our own network: no proxy lies between.
var carrier = &http.Client{
	Timeout:       time.Minute,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

var errFileTooLarge = errors.New("the file is too large for the page")

// CarryFile streams an attachment from C4C to the api process that waits for it: no file enters a history. Who may see it
// is proven before, by the read of the ticket.
func (a *C4C) CarryFile(ctx context.Context, in CarryFileInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	content, err := client.OpenAttachment(ctx, c4c.AttachmentOwner(in.Of), in.ObjectID)
	if err != nil {
		return fromC4C(ctx, err)
	}
	defer func() { _ = content.Body.Close() }()
	if content.Size > MaxFile {
		return permanent(ErrorC4CRejected, errFileTooLarge)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, in.To, content.Body)
	if err != nil {
		return permanent(ErrorPageUnreachable, errors.New("bring a file to the page: its address cannot be used"))
	}
	req.ContentLength = content.Size
	req.Header.Set("Content-Type", content.ContentType)
	resp, err := carrier.Do(req)
	if err != nil {
		if at, ok := errors.AsType[*url.Error](err); ok {
			err = at.Err // the address holds the right to deliver
		}
		return retryAt(ErrorPageUnreachable, fmt.Errorf("bring a file to the page: %w", err), 0)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return permanent(ErrorPageUnreachable, fmt.Errorf("bring a file to the page: the api answers HTTP %d", resp.StatusCode))
	}
	return nil
}
