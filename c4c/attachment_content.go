package c4c

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// AttachmentOwner is the kind of object that an attachment belongs to.
type AttachmentOwner string

// Owners of attachments.
const (
	AttachmentOfTicket  AttachmentOwner = "ticket"
	AttachmentOfMessage AttachmentOwner = "message" // a social media activity
)

const (
	messageFiles   = "SocialMediaActivityAttachmentFolder"
	messageFileSet = messageFiles + "Collection"
)

// AttachmentContent is the content of an attachment. The caller must close Body; until then a call to C4C is running.
type AttachmentContent struct {
	Body        io.ReadCloser
	ContentType string // as stated by the tenant
	Size        int64  // bytes; -1: unknown
}

// OpenAttachment opens the content of an attachment; errors while reading are the reader's own. An attachment that
// does not exist, or is only a link, is [ErrNotFound].
//
// Source: help.sap.com, OData API of C4C, DocumentLink of an attachment folder.
func (c *Client) OpenAttachment(ctx context.Context, of AttachmentOwner, objectID string) (*AttachmentContent, error) {
	const op = "open attachment"
	set := attachmentSet
	if of == AttachmentOfMessage {
		set = messageFileSet
	}
	path, err := entity(op, set, objectID)
	if err != nil {
		return nil, err
	}
	content, kind, err := c.content(ctx, op, path, "")
	refused, _ := errors.AsType[*ODataError](err)
	if err == nil || Status(err) != http.StatusOK || refused == nil && !errors.Is(err, errWebPage) {
		return content, err
	}
	// It looks like a page or an error. It is what an agent sent only if the attachment itself has this type.
	known, unread := readKey[attachmentEntity](ctx, c.odata, op, path, objectID, query{"$select": "ObjectID,MimeType"})
	switch {
	case unread != nil:
		return nil, unread
	case known.MimeType == "" || mediaType(known.MimeType) != mediaType(kind):
		return nil, err
	}
	content, _, err = c.content(ctx, op, path, known.MimeType)
	return content, err
}

// content also returns the content type of the answer.
func (c *Client) content(ctx context.Context, op, path, mimeType string) (*AttachmentContent, string, error) {
	req, err := c.odata.request(ctx, op, http.MethodGet, path+"/Binary/$value", nil, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept", "*/*")
	r, err := c.odata.http.call(ask{op: op, req: req, want: wantContent, mime: mimeType})
	if r == nil {
		return nil, "", err
	}
	kind := r.header.Get("Content-Type")
	if err != nil {
		return nil, kind, err
	}
	return &AttachmentContent{Body: r.content, ContentType: kind, Size: r.length}, kind, nil
}

// attachments omits links, which have no content.
func attachments(of AttachmentOwner, found []attachmentEntity) []Attachment {
	files := make([]Attachment, 0, len(found))
	for _, e := range found {
		if e.Category == attachmentLink {
			continue
		}
		size, _ := strconv.ParseFloat(strings.Trim(string(e.SizeInkB), `"`), 64) // if unparsable, the size is unknown
		files = append(files, Attachment{
			Of: of, ObjectID: e.ObjectID, Name: e.Name, MimeType: e.MimeType, Size: int64(math.Round(max(size, 0) * 1024)),
			CreatedAt: e.CreatedOn.Time,
		})
	}
	return files
}
