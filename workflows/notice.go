package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Receipt is the result of a notice that WeChat accepted. For a template message it contains the message's id; for a
// subscription notice also the template's id.
type Receipt struct {
	MsgID      string `json:"msg_id,omitempty"`
	TemplateID string `json:"template_id,omitempty"`
	Delivered  bool   `json:"delivered,omitempty"`
	Refused    bool   `json:"refused,omitempty"` // by the follower
	Reason     string `json:"reason,omitempty"`  // WeChat's reason
}

// noticeData fills in a form.
func noticeData(f conversation.NoticeForm, values map[string]string) map[string]string {
	data := map[string]string{}
	for field := range strings.SplitSeq(f.Fields, ",") {
		keyword, source, ok := strings.Cut(strings.TrimSpace(field), "=")
		if !ok {
			continue
		}
		value, known := values[source]
		if !known {
			value = strings.Trim(source, `"`)
		}
		data[keyword] = fitNotice(keyword, value)
	}
	return data
}

// noticeID identifies a notice so that WeChat sends it only once.
func noticeID(announcement string, since int64) string {
	sum := sha256.Sum256([]byte(announcement + time.Unix(since, 0).UTC().Format(time.RFC3339)))
	return hex.EncodeToString(sum[:16])
}
