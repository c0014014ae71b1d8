package wechat

import (
	"context"
	"errors"
	"net/http"
)

// CustomMessage is a customer-service message. WeChat accepts 5 within 48 hours of a follower's message, and 3 within
// a minute of a menu click, a follow or a scan; then [ErrWindowClosed] or [ErrWindowUsedUp].
type CustomMessage struct {
	// ToUser is the follower's openid.
	ToUser string
	// Body is what to send: a [CustomText], [CustomImage], [CustomVoice], [CustomVideo], [CustomNews] or [CustomMenu].
	Body CustomBody
	// Account shows the name and picture of this customer-service account, for example "test1@kftest"; optional.
	Account string
}

// CustomBody is the content of a [CustomMessage].
type CustomBody interface {
	// custom returns the msgtype and the content under that name.
	custom() (kind string, doc any)
}

// CustomText is text of at most 2048 bytes of UTF-8 ([ErrContentTooLong]); <a href="…"> is allowed.
type CustomText struct {
	Content string `json:"content"`
}

// CustomImage is an uploaded picture.
type CustomImage struct {
	MediaID string `json:"media_id"`
}

// CustomVoice is an uploaded recording.
type CustomVoice struct {
	MediaID string `json:"media_id"`
}

// CustomVideo is an uploaded video.
type CustomVideo struct {
	MediaID      string `json:"media_id"`
	ThumbMediaID string `json:"thumb_media_id,omitempty"`
	Title        string `json:"title,omitempty"`
	Description  string `json:"description,omitempty"`
}

// CustomNews is one article that links to URL; WeChat takes no more than one.
type CustomNews struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	PicURL      string `json:"picurl"`
}

// CustomMenu is a question with answers to tap. A tap arrives as a [*TextMessage] with MenuID, and counts as a menu
// click.
type CustomMenu struct {
	Head  string           `json:"head_content"`
	Items []CustomMenuItem `json:"list"`
	Tail  string           `json:"tail_content"`
}

// CustomMenuItem is one answer of a [CustomMenu].
type CustomMenuItem struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

func (m CustomText) custom() (string, any)  { return "text", m }
func (m CustomImage) custom() (string, any) { return "image", m }
func (m CustomVoice) custom() (string, any) { return "voice", m }
func (m CustomVideo) custom() (string, any) { return "video", m }
func (m CustomMenu) custom() (string, any)  { return "msgmenu", m }
func (m CustomNews) custom() (string, any) {
	return "news", map[string][]CustomNews{"articles": {m}}
}

// SendText sends a text to a follower, see [Client.SendMessage].
func (c *Client) SendText(ctx context.Context, openid, text string) error {
	return c.SendMessage(ctx, CustomMessage{ToUser: openid, Body: CustomText{Content: text}})
}

// SendMessage sends a customer-service message, POST /cgi-bin/message/custom/send. WeChat returns no message id and
// does not recognise repeats: after [ErrOutcomeUnknown] or [ErrBusy], a second attempt may arrive twice. Send one
// message at a time to a follower, because they are shown in order of arrival.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
func (c *Client) SendMessage(ctx context.Context, m CustomMessage) error {
	if m.Body == nil {
		return errors.New("wechat: message/custom/send: message has no body")
	}
	kind, content := m.Body.custom()
	doc := map[string]any{"touser": m.ToUser, "msgtype": kind, kind: content}
	if m.Account != "" {
		doc["customservice"] = map[string]string{"kf_account": m.Account}
	}
	return c.do(ctx, call{
		op: "message/custom/send", method: http.MethodPost, path: "/cgi-bin/message/custom/send",
		json: doc, hide: []string{m.ToUser},
	}, nil)
}

// SendTyping shows or hides "typing…" in the follower's chat, POST /cgi-bin/message/custom/typing. It needs an
// interaction in the last 30 seconds ([ErrTypingNotAllowed]); [ErrTypingShown] means that it is already shown.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
func (c *Client) SendTyping(ctx context.Context, openid string, on bool) error {
	command := "CancelTyping"
	if on {
		command = "Typing"
	}
	return c.do(ctx, call{
		op: "message/custom/typing", method: http.MethodPost, path: "/cgi-bin/message/custom/typing",
		json: map[string]string{"touser": openid, "command": command}, hide: []string{openid},
	}, nil)
}
