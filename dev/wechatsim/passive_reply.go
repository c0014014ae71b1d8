package wechatsim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// envelope is an encrypted passive reply.
type envelope struct {
	Encrypt      string      `json:"Encrypt"`
	MsgSignature string      `json:"MsgSignature"`
	TimeStamp    json.Number `json:"TimeStamp"`
	Nonce        string      `json:"Nonce"`
}

// passiveReply is a decrypted reply.
type passiveReply struct {
	ToUserName   string
	FromUserName string
	CreateTime   looseText
	MsgType      string
	Content      *string
	Image        *struct{ MediaId string }
	Voice        *struct{ MediaId string }
	Video        *struct{ MediaId, Title, Description string }
	Music        *struct{ Title, Description, MusicUrl, HQMusicUrl, ThumbMediaId string }
	ArticleCount looseText
	Articles     *struct {
		Items []struct{ Title, Description, PicUrl, Url string } `xml:"item" json:"item"`
	}
}

// judge returns what the callback's answer means: success, empty, reply (with the line to show), reply_ignored; or why
// WeChat would not accept it.
func (s *Simulator) judge(p *push, header http.Header, body []byte) (string, *item, error) {
	switch string(body) {
	case "":
		return "empty", nil, nil
	case "success":
		return "success", nil, nil
	}
	plain, err := s.unseal(p, header.Get("Content-Type"), body)
	if err != nil {
		return "", nil, err
	}
	var reply passiveReply
	if err := parseReply(p, plain, &reply); err != nil {
		return "", nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	it, err := s.checkReply(p, reply)
	if err != nil {
		return "", nil, err
	}
	if !p.replyable {
		return "reply_ignored", nil, nil
	}
	return "reply", &it, nil
}

func (p *push) json() bool { return p.contentType == "application/json" }

// unseal checks the envelope of a reply and returns its plain text.
func (s *Simulator) unseal(p *push, contentType string, body []byte) ([]byte, error) {
	if err := checkFrame(p, contentType, body); err != nil {
		return nil, err
	}
	var sealed envelope
	if err := parseEnvelope(p, body, &sealed); err != nil {
		return nil, err
	}
	switch {
	case sealed.Encrypt == "" && p.settings.Mode == ModeSecure:
		return nil, errors.New("reply is not encrypted in secure mode")
	case sealed.Encrypt == "":
		return body, nil
	case p.settings.Mode == ModePlain:
		return nil, errors.New("reply is encrypted in plain mode")
	}
	if err := s.checkSeconds("TimeStamp", sealed.TimeStamp.String()); err != nil {
		return nil, err
	}
	if sealed.Nonce == "" {
		return nil, errors.New("reply has no Nonce")
	}
	if sealed.MsgSignature != sign(p.settings.Token, sealed.TimeStamp.String(), sealed.Nonce, sealed.Encrypt) {
		return nil, errBadSignature
	}
	key, err := decodeAESKey(p.settings.EncodingAESKey)
	if err != nil {
		return nil, err
	}
	return decrypt(key, s.options.AppID, sealed.Encrypt)
}

// checkFrame refuses answers that make the phone show the failure notice before any parsing.
func checkFrame(p *push, contentType string, body []byte) error {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	first, types := byte('<'), []string{"text/xml", "application/xml"}
	if p.json() {
		first, types = '{', []string{"application/json", "text/plain"}
	}
	if mediaType != types[0] && mediaType != types[1] {
		return fmt.Errorf("reply has content type %q in place of %s", mediaType, types[0])
	}
	if body[0] != first {
		return errors.New("reply does not begin with the document: blank, line break, BOM or other text before it")
	}
	if !p.json() && !bytes.HasPrefix(body, []byte("<xml>")) {
		return errors.New("reply is not an <xml> document")
	}
	if !utf8.Valid(body) {
		return errors.New("reply is not UTF-8")
	}
	return nil
}

func parseEnvelope(p *push, body []byte, sealed *envelope) error {
	var err error
	if p.json() {
		err = json.Unmarshal(body, sealed)
	} else {
		err = xml.Unmarshal(body, sealed)
	}
	if err != nil {
		return errors.New("reply cannot be parsed")
	}
	return nil
}

func parseReply(p *push, plain []byte, reply *passiveReply) error {
	if len(plain) == 0 {
		return errors.New("reply is an encrypted nothing; say success instead")
	}
	var err error
	if p.json() {
		err = json.Unmarshal(plain, reply)
	} else {
		err = xml.Unmarshal(plain, reply)
	}
	if err != nil {
		return errors.New("decrypted reply cannot be parsed")
	}
	return nil
}

// checkSeconds refuses milliseconds and stale times, according to the real or the moved clock.
func (s *Simulator) checkSeconds(name, text string) error {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("reply has no number in %s", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checkTime(name, seconds)
}

// checkTime is checkSeconds for a caller that holds the lock.
func (s *Simulator) checkTime(name string, seconds int64) error {
	at := time.Unix(seconds, 0)
	if at.Sub(s.options.Clock()).Abs() > 24*time.Hour && at.Sub(s.now()).Abs() > 24*time.Hour {
		return fmt.Errorf("reply's %s is not the present time in seconds", name)
	}
	return nil
}

// checkReply checks a plain reply and renders it. The caller holds the lock.
func (s *Simulator) checkReply(p *push, reply passiveReply) (item, error) {
	it := item{From: "account", Kind: "passive", Type: reply.MsgType, At: s.now()}
	if reply.ToUserName != p.openid || reply.FromUserName != s.options.OriginalID {
		return it, errors.New("reply's ToUserName and FromUserName are not the push's, swapped")
	}
	seconds, err := strconv.ParseInt(string(reply.CreateTime), 10, 64)
	if err != nil {
		return it, errors.New("reply has no number in CreateTime")
	}
	if err := s.checkTime("CreateTime", seconds); err != nil {
		return it, err
	}
	c := &call{s: s, now: s.now()}
	switch {
	case reply.MsgType == "text" && reply.Content != nil:
		it.Content = *reply.Content
		if len(it.Content) > maxPassiveText {
			return it, replyRefusal(refuse(45002))
		}
		return it, replyRefusal(checkText(it.Content))
	case reply.MsgType == "image" && reply.Image != nil:
		it.MediaID = reply.Image.MediaId
		return it, replyRefusal(c.mediaUsable(it.MediaID, "image"))
	case reply.MsgType == "voice" && reply.Voice != nil:
		it.MediaID = reply.Voice.MediaId
		return it, replyRefusal(c.mediaUsable(it.MediaID, "voice"))
	case reply.MsgType == "video" && reply.Video != nil:
		it.MediaID, it.Title, it.Content = reply.Video.MediaId, reply.Video.Title, reply.Video.Description
		return it, replyRefusal(c.mediaUsable(it.MediaID, "video"))
	case reply.MsgType == "music" && reply.Music != nil:
		it.Title, it.Content, it.URL = reply.Music.Title, reply.Music.Description, reply.Music.MusicUrl
		return it, replyRefusal(c.mediaUsable(reply.Music.ThumbMediaId, "thumb", "image"))
	case reply.MsgType == "news" && reply.Articles != nil:
		return newsReply(it, reply)
	case reply.MsgType == "transfer_customer_service":
		return it, nil
	}
	return it, fmt.Errorf("reply of type %q is unknown or lacks its element", strings.TrimSpace(reply.MsgType))
}

func replyRefusal(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reply refused: %w", err)
}

func newsReply(it item, reply passiveReply) (item, error) {
	items := reply.Articles.Items
	if len(items) != 1 || string(reply.ArticleCount) != "1" {
		return it, errors.New("reply must hold one article, and ArticleCount must say so")
	}
	a := items[0]
	it.Title, it.Content, it.URL, it.PicURL = a.Title, a.Description, a.Url, a.PicUrl
	if a.Title == "" {
		return it, errors.New("reply's article has no title")
	}
	return it, nil
}
