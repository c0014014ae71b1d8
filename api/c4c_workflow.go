package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// maxWorkflowTexts limits the followers that one push may address.
const maxWorkflowTexts = 100

// surveyPlaceholder is a placeholder for the survey's address in a text, for instance #SURVEY2041#.
var surveyPlaceholder = regexp.MustCompile(`#SURVEY[^#]*#`)

// workflowText is a text that a C4C workflow rule sends to a follower, such as the link to a survey.
type workflowText struct {
	openID string
	text   string
}

// parseWorkflow reads the texts of a push of type WKF. Its errors name the field.
//
// https://help.sap.com/docs/sap-cloud-for-customer
func parseWorkflow(fields map[string]json.RawMessage) ([]workflowText, error) {
	var items []map[string]json.RawMessage
	if err := json.Unmarshal(fields["data"], &items); err != nil || len(items) == 0 {
		return nil, badField("data", "is not a list of texts")
	}
	if len(items) > maxWorkflowTexts {
		return nil, badField("data", fmt.Sprintf("has more than %d texts", maxWorkflowTexts))
	}
	var texts []workflowText
	for _, item := range items {
		openID, err := textField(item, "openId")
		if err != nil {
			return nil, err
		}
		full, err := textField(item, "fullText")
		if err != nil {
			return nil, err
		}
		link, err := textField(item, "surveyLink")
		if err != nil {
			return nil, err
		}
		if openID = strings.TrimSpace(openID); !openIDForm.MatchString(openID) {
			return nil, badField("openId", "is not an openid")
		}
		if link = strings.TrimSpace(link); link != "" && !webAddress(link) {
			return nil, badField("surveyLink", "is not an address that begins with https:// or http://")
		}
		words := withSurvey(full, link)
		if words == "" {
			return nil, badField("fullText", "is not there, or holds nothing to read")
		}
		texts = append(texts, workflowText{openID: openID, text: words})
	}
	return texts, nil
}

// webAddress reports whether a browser can open the address, and it contains nothing that would end a link.
func webAddress(link string) bool {
	at, err := url.Parse(link)
	return err == nil && (at.Scheme == "https" || at.Scheme == "http") && at.Host != "" &&
		!strings.ContainsAny(link, " \t\"'<>`")
}

// withSurvey puts the survey's address in its place, or at the end if the text has no placeholder. It keeps only what a
// follower can read, as in agents' replies: a rule's text may contain what customers wrote, such as a name or a
// subject.
func withSurvey(full, link string) string {
	link = html.EscapeString(link)
	placed := surveyPlaceholder.ReplaceAllLiteralString(full, link)
	if placed == full && link != "" {
		placed += "\n" + link
	}
	return strings.TrimSpace(text.Plain(placed))
}

// tellFollowers hands the texts to the followers' conversations, which send them like other automatic texts. Because
// C4C gives them no id, the same text to the same follower counts once a day. It starts no conversation: without one
// the follower has not acted in WeChat as far as is known, so nothing could be sent, and a forgotten follower must
// remain forgotten.
func (h *handlers) tellFollowers(ctx context.Context, texts []workflowText, now time.Time) (result string, err error) {
	result = resultIgnored
	for _, t := range texts {
		sum := sha256.Sum256([]byte(now.UTC().Format(time.DateOnly) + "\x00" + t.text))
		reply := conversation.Reply{
			SmaID: "wkf-" + hex.EncodeToString(sum[:8]), Text: t.text, OpenID: t.openID, Automatic: true,
			Trace: traceParent(ctx),
		}
		outcome, err := h.handover.Text(ctx, reply)
		if err != nil {
			return result, unavailable(err)
		}
		if one := resultOf(outcome); one != resultIgnored {
			result = one
		}
	}
	return result, nil
}
