package wechat

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// fieldOf finds a field in a push that cannot be read, whatever is wrong with the rest of it.
func fieldOf(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?:<` + name + `>\s*(?:<!\[CDATA\[)?|"` + name + `"\s*:\s*"?)\s*([^\s"<>\]},]{1,64})`)
}

var (
	lostTo, lostFrom = fieldOf("ToUserName"), fieldOf("FromUserName")
	lostTime         = fieldOf("CreateTime")
	lostType         = fieldOf("MsgType")
	lostID           = fieldOf("MsgId")
)

// rescued is what is known of a message that cannot be read: who sent it, when, and of what kind. It keeps a message
// that WeChat would deliver in vain until it gives up from leaving no trace. Only what an account's key has proven may
// come here. WeChat writes these fields before what a follower wrote, and the id behind it, so of the id the last one
// counts. It is not ok for an event, of which nothing would be left, where a field is missing, and where declarations
// stand before the fields: WeChat writes none, so such a document is not from WeChat.
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
