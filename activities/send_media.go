package activities

import (
	"context"
	"errors"
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// SendMediaInput is an uploaded file to send to a follower.
type SendMediaInput struct {
	Follower
	Kind    string `json:"kind"` // image, voice, video
	MediaID string `json:"media_id"`
	Title   string `json:"title,omitempty"` // of a video
}

// SendMedia sends an uploaded file. What SendText says about repeats applies here, too. An upload that WeChat no
// longer knows is WeChatMediaExpired. Source:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
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

// ShowTyping shows the follower that an answer is being prepared; the next message ends it. It does not count against
// the messages that WeChat allows. It is not an error if WeChat does not show it, because the follower has not acted
// for 30 seconds or sees it already. Source:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing.html
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
