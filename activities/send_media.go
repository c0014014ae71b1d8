package activities

import (
	"context"
	"errors"
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// SendMediaInput is an uploaded file on its way to a follower.
type SendMediaInput struct {
	Follower
	Kind    string `json:"kind"` // image, voice, video
	MediaID string `json:"media_id"`
	Title   string `json:"title,omitempty"` // of a video
}

// SendMedia sends an uploaded file; what SendText says of repeats holds here, too. An upload that WeChat does not know
// any more is WeChatMediaExpired.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func (a *WeChat) SendMedia(ctx context.Context, in SendMediaInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	var body wechat.CustomBody
	switch wechat.MediaKind(in.Kind) {
	case wechat.MediaImage:
		body = wechat.CustomImage{MediaID: in.MediaID}
	case wechat.MediaVoice:
		body = wechat.CustomVoice{MediaID: in.MediaID}
	case wechat.MediaVideo:
		body = wechat.CustomVideo{MediaID: in.MediaID, Title: in.Title}
	default:
		return permanent(ErrorInternal, fmt.Errorf("no message shows media of kind %q", in.Kind))
	}
	return fromSend(ctx, client.SendMessage(ctx, wechat.CustomMessage{ToUser: in.OpenID, Body: body}))
}

// ShowTypingInput names who sees that an answer is being prepared.
type ShowTypingInput struct {
	Follower
}

// ShowTyping shows the follower that something is being prepared; the next message ends it. It costs none of the
// messages that WeChat allows. Where WeChat does not show it, for the follower has not acted for 30 seconds or sees it
// already, that is no error.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing.html
func (a *WeChat) ShowTyping(ctx context.Context, in ShowTypingInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	err = client.SendTyping(ctx, in.OpenID, true)
	if errors.Is(err, wechat.ErrTypingNotAllowed) || errors.Is(err, wechat.ErrTypingShown) {
		return nil
	}
	return fromWeChat(ctx, err)
}
