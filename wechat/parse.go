package wechat

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// MaxBody is the largest push that is read, in bytes. WeChat's pushes are a few kilobytes.
const MaxBody = 1 << 20

type parser func(Header, *node) Message

// messageParsers by MsgType.
var messageParsers = map[string]parser{
	"text": parseText, "image": parseImage, "voice": parseVoice, "video": parseVideo, "shortvideo": parseVideo,
	"location": parseLocation, "link": parseLink, "miniprogrampage": parseMiniProgram,
}

// eventParsers by lower-case Event: WeChat's spelling varies.
var eventParsers = map[string]parser{
	"subscribe": parseSubscribe, "unsubscribe": parseUnsubscribe, "scan": parseScan, "location": parseLocationEvent,
	"user_info_modified": parseAuthorization, "user_authorization_revoke": parseAuthorization,
	"click": parseClick, "view": parseView, "view_miniprogram": parseView,
	"scancode_push": parseScanCode, "scancode_waitmsg": parseScanCode,
	"pic_sysphoto": parsePicture, "pic_photo_or_album": parsePicture, "pic_weixin": parsePicture,
	"location_select":       parseLocationSelect,
	"templatesendjobfinish": parseTemplateResult, "masssendjobfinish": parseMassSend,
	"publishjobfinish": parsePublish, "freepublishjobfinish": parsePublish,
	"subscribe_msg_popup_event":  parseSubscriptionPopup,
	"subscribe_msg_change_event": parseSubscriptionChange,
	"subscribe_msg_sent_event":   parseSubscriptionSent,
	"kf_create_session":          parseSession, "kf_close_session": parseSession, "kf_switch_session": parseSession,
	"user_enter_tempsession":       parseTempSession,
	"qualification_verify_success": parseVerification, "qualification_verify_fail": parseVerification,
	"naming_verify_success": parseVerification, "naming_verify_fail": parseVerification,
	"annual_renew": parseVerification, "verify_expired": parseVerification,
}

// ParseMessage reads an unencrypted push. The first byte of the body, '<' or '{', decides the format, because content
// types vary. FromUserName, MsgType and CreateTime are required. Everything else is optional and in any order, and
// unknown fields are ignored. The error is [ErrMalformed].
//
// ParseMessage verifies nothing: use [Codec.Open] for pushes from outside.
func ParseMessage(body []byte) (Message, error) {
	return parseMessage(bytes.Clone(body), false)
}

// parseMessage keeps body as Header.Raw.
func parseMessage(body []byte, encrypted bool) (Message, error) {
	root, format, err := parseTree(body)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(root)
	if err != nil {
		return nil, err
	}
	h.Format, h.Encrypted, h.Raw = format, encrypted, body
	if h.MsgType == "event" {
		if p, ok := eventParsers[strings.ToLower(h.Event)]; ok {
			return p(h, root), nil
		}
		return &UnknownEvent{Head: h}, nil
	}
	if p, ok := messageParsers[h.MsgType]; ok {
		return p(h, root), nil
	}
	return &UnknownMessage{Head: h}, nil
}

func parseHeader(root *node) (Header, error) {
	h := Header{
		ToUserName:   root.str("ToUserName"),
		FromUserName: root.str("FromUserName"),
		MsgType:      strings.ToLower(root.str("MsgType")),
		MsgID:        root.str("MsgId", "MsgID"),
		MsgDataID:    root.str("MsgDataId"),
		Idx:          root.str("Idx"),
		BusinessID:   root.str("BusinessId"),
	}
	if h.FromUserName == "" || h.MsgType == "" {
		return Header{}, fmt.Errorf("%w: FromUserName or MsgType missing", ErrMalformed)
	}
	seconds, err := wholeNumber(root.str("CreateTime"))
	if err != nil || seconds < 0 || seconds > maxUnix {
		return Header{}, fmt.Errorf("%w: CreateTime is not in seconds since 1970", ErrMalformed)
	}
	h.CreateTime = time.Unix(seconds, 0).UTC()
	if h.MsgType == "event" {
		h.Event, h.EventKey = root.str("Event"), root.str("EventKey")
		if h.Event == "" {
			return Header{}, fmt.Errorf("%w: Event missing", ErrMalformed)
		}
	}
	return h, nil
}

// decimalForm is a JSON number.
var decimalForm = regexp.MustCompile(`^\d{1,12}(?:\.\d{1,12})?(?:[eE]\+?\d{1,2})?$`)

// wholeNumber reads a number without a fraction, including forms written by software that rewrites JSON:
// 1438250110.0, 1.43825011e9.
func wholeNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil || !decimalForm.MatchString(text) {
		return n, err
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || f > maxUnix {
		return 0, strconv.ErrSyntax
	}
	return int64(f), nil
}

// parseTree reads an XML or JSON body into nodes.
func parseTree(body []byte) (*node, Format, error) {
	if len(body) > MaxBody {
		return nil, XML, fmt.Errorf("%w: body larger than %d bytes", ErrMalformed, MaxBody)
	}
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(body, utf8BOM), " \t\r\n")
	if len(trimmed) == 0 {
		return nil, XML, fmt.Errorf("%w: body is empty", ErrMalformed)
	}
	switch trimmed[0] {
	case '<':
		root, err := parseXML(trimmed)
		return root, XML, err
	case '{':
		root, err := parseJSON(trimmed)
		return root, JSON, err
	}
	return nil, XML, fmt.Errorf("%w: body is neither XML nor JSON", ErrMalformed)
}
