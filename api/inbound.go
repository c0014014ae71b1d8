package api

import (
	"strconv"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// inbound turns a push into an event for a conversation. ok is false for pushes that need no workflow: frequent
// events (LOCATION), events that a message follows (pictures, positions), receipts, and unknown events.
func inbound(msg wechat.Message, texts *catalogue.Texts) (in conversation.Inbound, ok bool) {
	h := msg.Header()
	in = conversation.Inbound{
		Key:        h.DedupKey(),
		OpenID:     h.FromUserName,
		CreateTime: h.CreateTime.Unix(),
		MsgType:    h.MsgType,
	}
	switch m := msg.(type) {
	case *wechat.SubscribeEvent:
		in.Kind, in.EventKey = conversation.KindFollow, m.Scene
	case *wechat.UnsubscribeEvent:
		in.Kind = conversation.KindUnfollow
	case *wechat.ScanEvent:
		in.Kind, in.EventKey = conversation.KindScan, m.Scene
	case *wechat.ClickEvent:
		in.Kind, in.EventKey = conversation.KindClick, m.Key
	case *wechat.ScanCodeEvent:
		in.Kind, in.EventKey = conversation.KindClick, m.Key
	case *wechat.SubscriptionPopupEvent, *wechat.SubscriptionChangeEvent:
		in.Kind, in.Consents = conversation.KindConsent, consents(msg)
		return in, len(in.Consents) > 0
	default:
		if h.Event != "" {
			return conversation.Inbound{}, false
		}
		in.Kind, in.MsgID = conversation.KindMessage, messageID(h)
		describe(&in, msg, texts)
	}
	return in, true
}

// messageID is the MsgId. If WeChat sends a message without one, the second of its creation is used.
func messageID(h wechat.Header) string {
	if openIDForm.MatchString(h.MsgID) {
		return h.MsgID
	}
	return "t" + strconv.FormatInt(h.CreateTime.Unix(), 10)
}

// describe sets the ticket's text: the text itself, or a line that describes what came, and sets the file.
func describe(in *conversation.Inbound, msg wechat.Message, texts *catalogue.Texts) {
	line := texts.Text
	switch m := msg.(type) {
	case *wechat.TextMessage:
		in.Text, in.EventKey = m.Content, m.MenuID
	case *wechat.ImageMessage:
		in.Text = line(catalogue.LinePicture)
		in.Media = &conversation.Media{Kind: "image", ID: m.MediaID}
	case *wechat.VoiceMessage:
		in.Text = line(catalogue.LineVoice)
		if m.Recognition != "" {
			in.Text = line(catalogue.LineVoiceRecognised, catalogue.Words(m.Recognition))
		}
		in.Media = &conversation.Media{Kind: "voice", ID: m.MediaID, Format: m.Format}
	case *wechat.VideoMessage:
		key, kind := catalogue.LineVideo, "video"
		if m.Short {
			key, kind = catalogue.LineShortVideo, "shortvideo"
		}
		in.Text = line(key)
		in.Media = &conversation.Media{Kind: kind, ID: m.MediaID, ThumbID: m.ThumbMediaID}
	case *wechat.LocationMessage:
		in.Text = line(catalogue.LineLocation, catalogue.Label(m.Label), catalogue.Latitude(m.Latitude),
			catalogue.Longitude(m.Longitude))
	case *wechat.LinkMessage:
		in.Text = line(catalogue.LineLink, catalogue.Title(m.Title), catalogue.Description(m.Description),
			catalogue.Address(m.URL))
	case *wechat.MiniProgramMessage:
		in.Text = line(catalogue.LineMiniProgram, catalogue.Title(m.Title), catalogue.Page(m.PagePath))
	}
	if strings.TrimSpace(in.Text) == "" {
		in.Text = line(catalogue.LineUnknown, catalogue.Type(in.MsgType))
	}
	if in.Media != nil {
		in.Media.Unfetched = unfetched(msg, in.Text, line(catalogue.LineUnfetched, catalogue.Type(in.MsgType)))
	}
}

// unfetched is the ticket's text for a file that the conversation does not have fetched. Recognised words are kept.
func unfetched(msg wechat.Message, text, line string) string {
	if voice, ok := msg.(*wechat.VoiceMessage); ok && voice.Recognition != "" {
		return text + "\n" + line
	}
	return line
}

// kindOf names a push in the metrics: by WeChat's name if it is known, so that there are few names.
func kindOf(msg wechat.Message) string {
	switch msg.(type) {
	case *wechat.UnknownMessage:
		return "unknown_message"
	case *wechat.UnknownEvent:
		return "unknown_event"
	}
	if h := msg.Header(); h.Event != "" {
		return strings.ToLower(h.Event)
	}
	return msg.Header().MsgType
}
