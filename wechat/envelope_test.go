package wechat

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScanEnvelope(t *testing.T) {
	t.Parallel()
	const to, encrypt = "<ToUserName><![CDATA[gh_1]]></ToUserName>", "<Encrypt><![CDATA[ab+/cd==]]></Encrypt>"
	both := envelope{toUserName: "gh_1", encrypt: "ab+/cd=="}
	tests := []struct {
		name, body string
		want       envelope
		ok         bool
	}{
		{name: "as sent", body: "<xml>" + to + encrypt + "</xml>", want: both, ok: true},
		{name: "other order, blanks", body: "\n<xml>\r\n\t" + encrypt + "\n " + to + "\n</xml>\n", want: both, ok: true},
		{name: "without cdata", body: "<xml><Encrypt> ab+/cd==\n</Encrypt></xml>", want: envelope{encrypt: "ab+/cd=="},
			ok: true},
		{name: "blanks around cdata", body: "<xml><Encrypt>\n<![CDATA[ab+/cd==]]>\n</Encrypt></xml>",
			want: envelope{encrypt: "ab+/cd=="}, ok: true},
		{name: "no encryption", body: "<xml>" + to + "</xml>"},
		{name: "empty encryption", body: "<xml>" + to + "<Encrypt></Encrypt></xml>"},
		{name: "twice", body: "<xml>" + encrypt + encrypt + "</xml>"},
		{name: "other element", body: "<xml>" + to + encrypt + "<MsgType>text</MsgType></xml>"},
		{name: "element inside", body: "<xml><Encrypt>a<b/>c</Encrypt></xml>"},
		{name: "entity", body: "<xml><Encrypt>a&amp;b</Encrypt></xml>"},
		{name: "attribute", body: "<xml><Encrypt a='1'>ab</Encrypt></xml>"},
		{name: "open cdata", body: "<xml><Encrypt><![CDATA[ab</Encrypt></xml>"},
		{name: "two cdata", body: "<xml><Encrypt><![CDATA[ab]]><![CDATA[cd]]></Encrypt></xml>"},
		{name: "not closed", body: "<xml><Encrypt>ab</xml>"},
		{name: "document type", body: "<!DOCTYPE xml><xml>" + encrypt + "</xml>"},
		{name: "prolog", body: "<?xml version='1.0'?><xml>" + encrypt + "</xml>"},
		{name: "json", body: `{"Encrypt":"ab"}`},
		{name: "too large", body: "<xml><Encrypt>" + strings.Repeat("a", MaxBody) + "</Encrypt></xml>"},
		{name: "empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := scanEnvelope([]byte(test.body))
			require.Equal(t, test.ok, ok)
			if ok {
				require.Equal(t, test.want, got)
			}
		})
	}
}

// FuzzEnvelope compares the scanner with the decoder: what the scanner accepts, the decoder reads the same way.
func FuzzEnvelope(f *testing.F) {
	for _, s := range append(seeds(),
		"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[ab+/cd==]]></Encrypt></xml>",
		"<xml>\n<Encrypt> ab </Encrypt>\t<ToUserName>x</ToUserName></xml>",
		"<xml><Encrypt><Encrypt>ab</Encrypt></Encrypt></xml>", "<xml><Encrypt><![CDATA[]]></Encrypt></xml>",
	) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := scanEnvelope(body)
		if !ok {
			return
		}
		root, format, err := parseTree(body)
		if err != nil || format != XML {
			t.Fatalf("decoder: %v", err)
		}
		if want := (envelope{root.str("ToUserName"), root.str("Encrypt")}); got != want {
			t.Fatalf("scanned %+v, decoded %+v", got, want)
		}
	})
}
