package wechat

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// MaxReplyText is the largest text of a passive reply, in bytes of UTF-8. WeChat states no limit: 2,048 bytes are
// mostly accepted, and some longer than 1,884 were refused. It drops those without an error and tells the follower
// that the service failed.
const MaxReplyText = 1880

// PassiveReply is the answer to a push in the HTTP response, within 5 seconds: [TextReply], [ImageReply],
// [VoiceReply], [VideoReply], [MusicReply], [NewsReply] or [TransferReply]. Nil means no reply.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Passive_user_reply_message.html
type PassiveReply interface {
	// msgType returns the MsgType, fields the elements that follow it.
	msgType() string
	fields() []field
}

// TextReply answers with text of at most [MaxReplyText] bytes; newlines and <a href="…"> are allowed.
type TextReply struct{ Content string }

// ImageReply answers with an uploaded picture.
type ImageReply struct{ MediaID string }

// VoiceReply answers with an uploaded recording.
type VoiceReply struct{ MediaID string }

// VideoReply answers with an uploaded video.
type VideoReply struct{ MediaID, Title, Description string }

// MusicReply answers with a link to music.
type MusicReply struct{ Title, Description, URL, HQURL, ThumbMediaID string }

// NewsReply answers with one article, the most that WeChat shows.
type NewsReply struct{ Title, Description, PicURL, URL string }

// TransferReply hands the message to WeChat's own customer-service client; Account names an agent or is empty.
type TransferReply struct{ Account string }

// field is one element of a reply: a text, or a group of elements when children is set.
type field struct {
	name, text string
	children   []field
	number     bool
}

func (TextReply) msgType() string     { return "text" }
func (ImageReply) msgType() string    { return "image" }
func (VoiceReply) msgType() string    { return "voice" }
func (VideoReply) msgType() string    { return "video" }
func (MusicReply) msgType() string    { return "music" }
func (NewsReply) msgType() string     { return "news" }
func (TransferReply) msgType() string { return "transfer_customer_service" }

func (r TextReply) fields() []field { return []field{{name: "Content", text: r.Content}} }

func (r ImageReply) fields() []field {
	return []field{{name: "Image", children: []field{{name: "MediaId", text: r.MediaID}}}}
}

func (r VoiceReply) fields() []field {
	return []field{{name: "Voice", children: []field{{name: "MediaId", text: r.MediaID}}}}
}

func (r VideoReply) fields() []field {
	return []field{{name: "Video", children: []field{
		{name: "MediaId", text: r.MediaID}, {name: "Title", text: r.Title}, {name: "Description", text: r.Description},
	}}}
}

func (r MusicReply) fields() []field {
	return []field{{name: "Music", children: []field{
		{name: "Title", text: r.Title}, {name: "Description", text: r.Description},
		{name: "MusicUrl", text: r.URL}, {name: "HQMusicUrl", text: r.HQURL}, {name: "ThumbMediaId", text: r.ThumbMediaID},
	}}}
}

func (r NewsReply) fields() []field {
	article := []field{
		{name: "Title", text: r.Title}, {name: "Description", text: r.Description},
		{name: "PicUrl", text: r.PicURL}, {name: "Url", text: r.URL},
	}
	return []field{
		{name: "ArticleCount", text: "1", number: true},
		{name: "Articles", children: []field{{name: "item", children: article}}},
	}
}

func (r TransferReply) fields() []field {
	if r.Account == "" {
		return nil
	}
	return []field{{name: "TransInfo", children: []field{{name: "KfAccount", text: r.Account}}}}
}

// Reply builds the HTTP response to push m: in its data format, encrypted with the current key if the push was
// encrypted. Without a reply (r is nil) the body is the word "success", which ends WeChat's redelivery. The error is
// [ErrReply].
func (c *Codec) Reply(m Message, r PassiveReply, now time.Time) (body []byte, contentType string, err error) {
	if r == nil {
		return []byte("success"), "text/plain; charset=utf-8", nil
	}
	content := r.fields()
	if r.msgType() == "text" && (content[0].text == "" || len(content[0].text) > MaxReplyText) {
		return nil, "", fmt.Errorf("%w: text has %d bytes, allowed are 1 to %d", ErrReply, len(content[0].text), MaxReplyText)
	}
	h := m.Header()
	contentType = "text/xml; charset=utf-8"
	if h.Format == JSON {
		contentType = "application/json; charset=utf-8"
	}
	body = render(h.Format, append([]field{
		{name: "ToUserName", text: h.FromUserName},
		{name: "FromUserName", text: h.ToUserName},
		{name: "CreateTime", text: strconv.FormatInt(now.Unix(), 10), number: true},
		{name: "MsgType", text: r.msgType()},
	}, content...))
	if !h.Encrypted {
		return body, contentType, nil
	}
	if len(c.keys) == 0 {
		return nil, "", fmt.Errorf("%w: no EncodingAESKey for an encrypted push", ErrReply)
	}
	return c.seal(h.Format, body, now), contentType, nil
}

// seal encrypts a reply and signs it.
func (c *Codec) seal(format Format, body []byte, now time.Time) []byte {
	var random [randomSize]byte
	var n [8]byte
	c.rand(random[:])
	c.rand(n[:])
	nonce := strconv.FormatUint(binary.BigEndian.Uint64(n[:])>>1, 10)
	return c.envelope(format, c.keys[0].encrypt(random, body, c.appID), strconv.FormatInt(now.Unix(), 10), nonce)
}

func (c *Codec) envelope(format Format, encrypt, timestamp, nonce string) []byte {
	return render(format, []field{
		{name: "Encrypt", text: encrypt},
		{name: "MsgSignature", text: sign(c.token, timestamp, nonce, encrypt)},
		{name: "TimeStamp", text: timestamp, number: true},
		{name: "Nonce", text: nonce},
	})
}

// render writes the fields as <xml> or as a JSON object.
func render(format Format, fields []field) []byte {
	var b bytes.Buffer
	if format == JSON {
		writeJSONFields(&b, fields)
		return b.Bytes()
	}
	b.WriteString("<xml>")
	writeXMLFields(&b, fields)
	b.WriteString("</xml>")
	return b.Bytes()
}

func writeXMLFields(b *bytes.Buffer, fields []field) {
	for _, f := range fields {
		b.WriteString("<" + f.name + ">")
		switch {
		case f.children != nil:
			writeXMLFields(b, f.children)
		case f.number:
			b.WriteString(f.text)
		default:
			writeCDATA(b, f.text)
		}
		b.WriteString("</" + f.name + ">")
	}
}

func writeJSONFields(b *bytes.Buffer, fields []field) {
	b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + f.name + `":`)
		switch {
		case f.children != nil:
			writeJSONFields(b, f.children)
		case f.number:
			b.WriteString(f.text)
		default:
			b.Write(marshal(f.text))
		}
	}
	b.WriteByte('}')
}
