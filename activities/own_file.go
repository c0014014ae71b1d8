package activities

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// ownFile is the name of an attachment that the connector made from a follower's file: image-<MsgId>-1-<mark>.jpg.
//
// The mark ties the name to the content. A ticket's attachments do not show who attached them, and agents' browsers
// keep the name of a picture that is saved, annotated and attached again. Such a copy has the name of the follower's
// file, but is not theirs. So a file counts as the follower's if its whole name is one that the connector gives, and
// its content is the one it was given for.
type ownFile struct{ name, mark, extension string }

// markSize is how many bytes of the content's SHA-256 are in a mark.
const markSize = 8

func markOf(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:markSize]) }

// String returns the name as it is in C4C.
func (f ownFile) String() string { return f.name + "-" + f.mark + f.extension }

var ownFileForm = regexp.MustCompile(
	`^((?:image|voice|video|shortvideo)-[0-9A-Za-z_-]+-[0-9]+)-([0-9a-f]{16})(\.[0-9a-z]+)$`)

// parseOwnFile splits a name; ok is false for one that the connector did not give.
func parseOwnFile(name string) (f ownFile, ok bool) {
	part := ownFileForm.FindStringSubmatch(name)
	if part == nil {
		return ownFile{}, false
	}
	return ownFile{part[1], part[2], part[3]}, true
}

// of reports whether the file belongs to a message.
func (f ownFile) of(msgID string) bool {
	_, rest, _ := strings.Cut(f.name, "-")
	end := strings.LastIndexByte(rest, '-')
	return end > 0 && rest[:end] == msgID
}

// addOwnFiles adds to the follower's messages the files that AttachMedia attached to the ticket for them. If several
// have the same name, the oldest is the connector's.
func (t *TicketThread) addOwnFiles(account string, attachments []c4c.Attachment) {
	slices.SortStableFunc(attachments, func(a, b c4c.Attachment) int {
		if order := strings.Compare(a.Name, b.Name); order != 0 {
			return order
		}
		return a.CreatedAt.Compare(b.CreatedAt)
	})
	attachments = slices.CompactFunc(attachments, func(a, b c4c.Attachment) bool { return a.Name == b.Name })
	for i, item := range t.Items {
		msgID, ours := strings.CutPrefix(item.MessageID, "wx:"+account+":")
		if _, msgID, _ = strings.Cut(msgID, ":"); item.FromAgent || !ours || msgID == "" {
			continue
		}
		for _, a := range attachments {
			own, ok := parseOwnFile(a.Name)
			if !ok || !own.of(msgID) {
				continue
			}
			file := threadFile(a)
			file.Name, file.Mark = own.name+own.extension, own.mark
			t.Items[i].Files = append(t.Items[i].Files, file)
		}
	}
}
