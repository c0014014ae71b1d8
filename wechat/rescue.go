package wechat

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// fieldOf finds a field in a push that cannot be read, whatever is wrong with the rest.
func fieldOf(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?:<` + name + `>\s*(?:<!\[CDATA\[)?|"` + name + `"\s*:\s*"?)\s*([^\s"<>\]},]{1,64})`)
}

var (
	lostTo, lostFrom = fieldOf("ToUserName"), fieldOf("FromUserName")
	lostTime         = fieldOf("CreateTime")
	lostType         = fieldOf("MsgType")
	lostID           = fieldOf("MsgId")
)

// rescued reads what is readable of a message: the sender, the time and the kind. WeChat would otherwise redeliver
// the message in vain and then give up, leaving no trace. It may only be called for content proven by an account's
// key. WeChat writes these fields before the follower's content, and the id after it, so the last id counts. ok is
// false for an event, of which nothing useful would remain, if a field is missing, and if declarations come before the
// fields: WeChat writes none, so such a document is not from WeChat.
func rescued(body []byte) (m Message, ok bool) {
	if at := lostTo.FindIndex(body); at == nil || bytes.Contains(body[:at[0]], []byte("<!")) {
		return nil, false
	}
	first := func(field *regexp.Regexp) string {
		if found := field.FindSubmatch(body); found != nil {
			return string(found[1])
		}
		return ""
	}
	top := &node{}
	for name, value := range map[string]string{
		"ToUserName": first(lostTo), "FromUserName": first(lostFrom), "CreateTime": first(lostTime),
		"MsgType": first(lostType),
	} {
		top.children = append(top.children, &node{name: name, value: []byte(value)})
	}
	if ids := lostID.FindAllSubmatch(body, -1); len(ids) > 0 {
		top.children = append(top.children, &node{name: "MsgId", value: slices.Clone(ids[len(ids)-1][1])})
	}
	h, err := parseHeader(top)
	if err != nil || h.MsgType == "event" || strings.Trim(h.MsgID, "0123456789") != "" {
		return nil, false
	}
	h.Encrypted, h.Raw = true, body
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		h.Format = JSON
	}
	return &UnknownMessage{Head: h}, true
}
