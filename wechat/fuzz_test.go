package wechat

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

// seeds are pushes of several shapes.
func seeds() []string {
	return []string{
		samplePush("text", plainText),
		samplePush("event", "<Event>subscribe</Event><EventKey>qrscene_1</EventKey>"),
		samplePush("event",
			"<Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent><List><PopupScene>1</PopupScene></List></SubscribeMsgPopupEvent>"),
		samplePush("location", "<Location_X>1</Location_X><Scale>1e9</Scale>"),
		`{"FromUserName":"o","CreateTime":"1","MsgType":"event","Event":"PUBLISHJOBFINISH","PublishEventInfo":{"fail_idx":[1,2],"article_detail":[{"article_url":"u"}]}}`,
		"<!DOCTYPE a><xml/>", "<xml><a>", "{", "\xEF\xBB\xBF<xml></xml>", "<xml>\x00\xff</xml>",
	}
}

func checkParsed(t *testing.T, m Message, err error) {
	if (m == nil) != (err != nil) {
		t.Fatalf("message %v with error %v", m, err)
	}
	if err != nil {
		return
	}
	h := m.Header()
	if h.FromUserName == "" || h.MsgType == "" || h.DedupKey() == "" {
		t.Fatalf("incomplete header %+v", h)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Fatalf("not fit for JSON: %v", err)
	}
}

func FuzzParseMessage(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := ParseMessage(body)
		checkParsed(t, m, err)
	})
}

// FuzzOpen gives strangers' bodies to each mode: signed as plain pushes, as the text inside of the encryption, and as
// ciphertext.
func FuzzOpen(f *testing.F) {
	var codecs []*Codec
	for _, m := range []Mode{ModePlain, ModeCompatible, ModeSecure} {
		c := setupCodec(f, mode(m), func(o *CodecOptions) { o.OriginalID, o.PreviousEncodingAESKey = "", otherAESKey })
		codecs = append(codecs, c)
	}
	for _, s := range seeds() {
		f.Add([]byte(s), "signature", "1")
	}
	f.Fuzz(func(t *testing.T, body []byte, key, value string) {
		for _, c := range codecs {
			got, err := c.Open(url.Values{key: {value}}, body)
			if err == nil || got != nil {
				t.Fatalf("mode %s accepted an unsigned push", c.mode)
			}
			got, err = c.Open(signedQuery(), body)
			checkParsed(t, got, err)
			if err == nil && c.mode == ModeSecure {
				t.Fatal("secure mode accepted a plain push")
			}
			q, sealed := wrapPush(XML, string(body))
			_, _ = c.Open(q, sealed)
			q, sealed = sealPush(c, JSON, string(body))
			got, err = c.Open(q, sealed)
			checkParsed(t, got, err)
			if err != nil {
				continue
			}
			if _, _, err := c.Reply(got, TextReply{Content: "ok"}, time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzDecrypt(f *testing.F) {
	key, err := newAESKey(testAESKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", testAppID)
	f.Add(key.encrypt([randomSize]byte{1}, []byte("<xml/>"), testAppID), testAppID)
	f.Add(key.encrypt([randomSize]byte{1}, nil, ""), "")
	f.Fuzz(func(t *testing.T, text, appID string) {
		_, _ = key.decrypt(text, appID)
		got, err := key.decrypt(key.encrypt([randomSize]byte{2}, []byte(text), appID), appID)
		if err != nil || string(got) != text {
			t.Fatalf("%q became %q, %v", text, got, err)
		}
	})
}
