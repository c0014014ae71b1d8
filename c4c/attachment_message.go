package c4c

import "context"

// messageFileFields are the fields of files that are read with their message.
const messageFileFields = messageFiles + "/ObjectID," + messageFiles + "/Name," + messageFiles + "/MimeType," +
	messageFiles + "/SizeInkB," + messageFiles + "/CreatedOn," + messageFiles + "/CategoryCode," + messageFiles +
	"/LinkWebURI"

type messageFilesEntity struct {
	identity
	ID    string                    `json:"ID"`
	Files nested[messageFileEntity] `json:"SocialMediaActivityAttachmentFolder"`
}

type messageFileEntity struct {
	attachmentEntity
	Link string `json:"LinkWebURI"`
}

// MessageAttachment is what was attached to a message: a file, or a web address.
type MessageAttachment struct {
	Attachment
	Link string // address on the web; empty: a file, which [Client.OpenAttachment] opens
}

// MessageAttachments returns what was attached to a social media activity, by the activity's ID. It costs one call.
// Having none is not an error; an activity that does not exist, or cannot be read yet, is [ErrNotFound].
//
// Source: help.sap.com, OData API of C4C, SocialMediaActivityCollection.
func (c *Client) MessageAttachments(ctx context.Context, activityID string) ([]MessageAttachment, error) {
	const op = "message attachments"
	filter, err := equal(op, "ID", activityID)
	if err != nil {
		return nil, err
	}
	e, err := readOne[messageFilesEntity](ctx, c.odata, op, activitySet, query{
		"$filter": filter, "$select": "ObjectID,ID," + messageFileFields, "$expand": messageFiles,
	}, func(e messageFilesEntity) likeness { return sameNumber(e.ID, activityID) })
	if err != nil {
		return nil, err
	}
	return messageAttachments(e.Files), nil
}

func messageAttachments(found []messageFileEntity) []MessageAttachment {
	files := make([]MessageAttachment, 0, len(found))
	for _, f := range found {
		if f.Category == attachmentLink {
			files = append(files, MessageAttachment{
				Attachment: Attachment{Of: AttachmentOfMessage, ObjectID: f.ObjectID, Name: f.Name, CreatedAt: f.CreatedOn.Time},
				Link:       f.Link,
			})
			continue
		}
		files = append(files,
			MessageAttachment{Attachment: attachments(AttachmentOfMessage, []attachmentEntity{f.attachmentEntity})[0]})
	}
	return files
}
