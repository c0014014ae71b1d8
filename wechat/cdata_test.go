package wechat

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pushed is a text message as WeChat writes it: the end marks in the text are not split.
func pushed(content string) string {
	return samplePush("text", "<Content><![CDATA["+content+"]]></Content>\n<MsgId>6054768590064713728</MsgId>")
}

// TestTextsHoldEndMarks: WeChat does not split them, and no text can add an element of its own.
func TestTextsHoldEndMarks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"plain", "<status><![CDATA[1]]></status>", "a[b[0]]>1", "]]>", "]]>]]>", "<![CDATA[", "]]></", "]]></Content",
		"a]]></Content>b",
		"x]]></Content><MsgId>777</MsgId><bizmsgmenuid>9</bizmsgmenuid><Content><![CDATA[y",
		"x]]></Content></xml><xml><MsgId>777</MsgId><Content><![CDATA[y", "]]></MsgId>",
		"<Content><![CDATA[nested]]></Content>", "a]]]>b",
		"</Content>", "<!-- ]]> -->", "]]></Content><FromUserName><![CDATA[oSOMEBODYELSE]]></FromUserName><Content><![CDATA[",
	} {
		m, err := ParseMessage([]byte(pushed(text)))
		require.NoError(t, err, text)
		got, ok := m.(*TextMessage)
		require.True(t, ok, text)
		require.Equal(t, text, got.Content)
		require.Equal(t, "6054768590064713728", got.Header().MsgID, text)
		require.Equal(t, testOpenID, got.Header().FromUserName, text)
		require.Empty(t, got.MenuID, text)
	}
}

// TestOtherTextsHoldEndMarks: followers also write parts of links, places and QR codes.
func TestOtherTextsHoldEndMarks(t *testing.T) {
	t.Parallel()
	const evil = "a]]>b]]></Url><MsgId>777</MsgId><Url><![CDATA[c"
	m, err := ParseMessage(
		[]byte(samplePush("link", "<Title><![CDATA[t]]>]]></Title><Description><![CDATA[d]]></Description><Url><![CDATA["+
			evil+"]]></Url><MsgId>1</MsgId>")))
	require.NoError(t, err)
	require.Equal(t, "1", m.Header().MsgID)
	m, err = ParseMessage(
		[]byte(samplePush("event",
			"<Event><![CDATA[scancode_push]]></Event><EventKey><![CDATA[k]]></EventKey><ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType><ScanResult><![CDATA[a[b[0]]>1]]></ScanResult></ScanCodeInfo>")))
	require.NoError(t, err)
	require.Equal(t, "k", m.Header().EventKey)
	require.Contains(t, string(m.Header().Raw), "scancode_push")
}

// TestRepeatedElementsStayApart: lists repeat names, and each text ends with its own element.
func TestRepeatedElementsStayApart(t *testing.T) {
	t.Parallel()
	root, err := parseXML([]byte("<xml><List><Id><![CDATA[a]]>]]></Id><Id><![CDATA[b]]></Id></List></xml>"))
	require.NoError(t, err)
	require.Equal(t, []string{"a]]>", "b"}, root.child("List").list("Id"))
	root, err = parseXML([]byte("<xml><Content>\n <![CDATA[a]]>\n</Content><A><![CDATA[b]]><![CDATA[c]]></A></xml>"))
	require.NoError(t, err)
	require.Equal(t, "a", root.str("Content"))
	require.Equal(t, "bc", root.str("A"))
	untouched := []byte(pushed("plain"))
	require.Same(t, &untouched[0], &sealCDATA(untouched)[0])
}

// TestEnvelopeBesidePlainFields: in compatible mode the text is next to the encryption, and only the encryption is
// used.
func TestEnvelopeBesidePlainFields(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a[b[0]]>1", "x]]></Content><Encrypt><![CDATA[evil]]></Encrypt><Content><![CDATA[y"} {
		body := strings.Replace(pushed(text), "</xml>", "<Encrypt><![CDATA[ab+/cd==]]></Encrypt></xml>", 1)
		if strings.Contains(text, "</Content>") { // the first </xml> of the body is still the last of the push
			require.Equal(t, 1, strings.Count(pushed(text), "</xml>"))
		}
		e, err := readEnvelope([]byte(body))
		require.NoError(t, err)
		require.Equal(t, envelope{toUserName: testOriginalID, encrypt: "ab+/cd=="}, e)
	}
}

// TestNotQuiteXML: invalid XML is read if its meaning is clear.
func TestNotQuiteXML(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"<xml><A>a &amp; b</A></xml>":                                            "a & b",
		"<xml><A>a & b</A></xml>":                                                "a & b",
		"<xml><A>a&nbsp;b</A></xml>":                                             "a\u00a0b",
		"<xml><A>a&unknown;b</A></xml>":                                          "a&unknown;b",
		"<xml><A>a&#x2;&#1;&#65;&#x42;</A></xml>":                                "aAB",
		"<?xml version=\"1.0\" encoding=\"gbk\"?><xml><A>您好</A></xml>":           "您好",
		"<?xml version='1.0' encoding='GBK'?><xml><A>\xc4\xfa\xba\xc3</A></xml>": "您好",
	} {
		root, err := parseXML([]byte(body))
		require.NoError(t, err, body)
		require.Equal(t, want, root.str("A"), body)
	}
}

func FuzzSealCDATA(f *testing.F) {
	f.Add("a]]>b", "Content")
	f.Add("x]]></Content><MsgId>1</MsgId><Content><![CDATA[", "Title")
	f.Fuzz(func(t *testing.T, text, name string) {
		if strings.Contains(text, string(splitMark)) { // reads like a correctly encoded end mark
			return
		}
		m, err := ParseMessage([]byte(pushed(text)))
		require.NoError(t, err)
		require.Equal(t, "6054768590064713728", m.Header().MsgID)
		sealed := sealCDATA([]byte("<xml><" + name + "><![CDATA[" + text))
		require.NotNil(t, sealed)
	})
}
