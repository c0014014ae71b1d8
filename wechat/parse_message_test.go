package wechat

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// withoutHead empties the header, which every type embeds under the same name, for comparing the rest.
func withoutHead(m Message) Message {
	reflect.ValueOf(m).Elem().FieldByName("Head").SetZero()
	return m
}

// sampleMessage is a message as WeChat sends it, in both formats.
type sampleMessage struct {
	name, msgType, xml, json string
	want                     Message
}

func TestParseMessageTypes(t *testing.T) {
	t.Parallel()
	tests := []sampleMessage{
		{
			name: "text", msgType: "text", xml: `<Content><![CDATA[ a <b>
]]]]><![CDATA[> ]]></Content>`, json: `"Content":" a <b>\n]]> "`,
			want: &TextMessage{Content: " a <b>\n]]> "},
		},
		{
			name: "text without cdata", msgType: "text", xml: `<Content>5 &lt; 7 &amp; &#x5239;</Content>`,
			json: `"Content":"5 < 7 & \u5239"`,
			want: &TextMessage{Content: "5 < 7 & 刹"},
		},
		{
			name: "menu answer", msgType: "text", xml: `<Content>是</Content><bizmsgmenuid>101</bizmsgmenuid>`,
			json: `"Content":"是","bizmsgmenuid":101`, want: &TextMessage{Content: "是", MenuID: "101"},
		},
		{name: "empty text", msgType: "text", xml: `<Content></Content>`, json: `"Content":null`, want: &TextMessage{}},
		{
			name: "image", msgType: "image",
			xml:  `<PicUrl><![CDATA[http://e.example/p]]></PicUrl><MediaId><![CDATA[M1]]></MediaId>`,
			json: `"PicUrl":"http://e.example/p","MediaId":"M1"`, want: &ImageMessage{PicURL: "http://e.example/p",
				MediaID: "M1"},
		},
		{
			name: "voice", msgType: "voice",
			xml:  `<MediaId>M2</MediaId><Format>amr</Format><Recognition><![CDATA[刹车响]]></Recognition><MediaId16K>M16</MediaId16K>`,
			json: `"MediaId":"M2","Format":"amr","Recognition":"刹车响","MediaId16K":"M16"`,
			want: &VoiceMessage{MediaID: "M2", Format: "amr", Recognition: "刹车响", MediaID16K: "M16"},
		},
		{
			name: "voice, nothing recognised", msgType: "voice",
			xml:  `<Recognition><![CDATA[]]></Recognition><Format>speex</Format><MediaId>M2</MediaId>`,
			json: `"MediaId":"M2","Format":"speex"`, want: &VoiceMessage{MediaID: "M2", Format: "speex"},
		},
		{
			name: "video", msgType: "video", xml: `<MediaId>M3</MediaId><ThumbMediaId>T3</ThumbMediaId>`,
			json: `"MediaId":"M3","ThumbMediaId":"T3"`, want: &VideoMessage{MediaID: "M3", ThumbMediaID: "T3"},
		},
		{
			name: "short video", msgType: "shortvideo", xml: `<MediaId>M3</MediaId><ThumbMediaId>T3</ThumbMediaId>`,
			json: `"MediaId":"M3","ThumbMediaId":"T3"`, want: &VideoMessage{MediaID: "M3", ThumbMediaID: "T3", Short: true},
		},
		{
			name: "location", msgType: "location",
			xml:  `<Location_X>31.230416</Location_X><Location_Y>121.473701</Location_Y><Scale>16</Scale><Label><![CDATA[上海]]></Label>`,
			json: `"Location_X":31.230416,"Location_Y":"121.473701","Scale":"16","Label":"上海"`,
			want: &LocationMessage{Latitude: 31.230416, Longitude: 121.473701, Scale: 16, Label: "上海"},
		},
		{
			name: "location without numbers", msgType: "location",
			xml:  `<Location_X>NaN</Location_X><Location_Y>+Inf</Location_Y><Scale>big</Scale>`,
			json: `"Location_X":"NaN","Location_Y":"x","Scale":1.5`, want: &LocationMessage{},
		},
		{
			name: "link", msgType: "link",
			xml:  `<Title>t</Title><Description>d</Description><Url><![CDATA[https://e.example/?a=1&b=2]]></Url>`,
			json: `"Title":"t","Description":"d","Url":"https://e.example/?a=1&b=2"`,
			want: &LinkMessage{Title: "t", Description: "d", URL: "https://e.example/?a=1&b=2"},
		},
		{
			name: "mini program", msgType: "miniprogrampage",
			xml:  `<Title>t</Title><AppId>wxmini</AppId><PagePath>p</PagePath><ThumbUrl>u</ThumbUrl><ThumbMediaId>T</ThumbMediaId>`,
			json: `"Title":"t","AppId":"wxmini","PagePath":"p","ThumbUrl":"u","ThumbMediaId":"T"`,
			want: &MiniProgramMessage{Title: "t", AppID: "wxmini", PagePath: "p", ThumbURL: "u", ThumbMediaID: "T"},
		},
		{name: "unknown", msgType: "hologram", xml: `<Key>k</Key>`, json: `"Key":"k"`, want: &UnknownMessage{}},
	}
	for msgType := range messageParsers {
		require.True(t, slices.ContainsFunc(tests, func(test sampleMessage) bool { return test.msgType == msgType }),
			"no sample of WeChat's %s", msgType)
	}
	for _, test := range tests {
		for _, body := range []string{
			samplePush(test.msgType, test.xml+"<MsgId>9223372036854775808</MsgId>"),
			`{"ToUserName":"` + testOriginalID + `","FromUserName":"` + testOpenID + `","CreateTime":"1750000000","MsgType":"` +
				test.msgType + `",` + test.json + `,"MsgId":9223372036854775808}`,
		} {
			t.Run(test.name+" "+body[:1], func(t *testing.T) {
				t.Parallel()
				m, err := ParseMessage([]byte(body))
				require.NoError(t, err)
				want := Header{
					ToUserName: testOriginalID, FromUserName: testOpenID, CreateTime: time.Unix(1750000000, 0).UTC(),
					MsgType: test.msgType, MsgID: "9223372036854775808", Raw: []byte(body),
				}
				if body[0] == '{' {
					want.Format = JSON
				}
				require.Equal(t, want, m.Header())
				require.Equal(t, test.want, withoutHead(m))
			})
		}
	}
}

func TestParseMessageTolerates(t *testing.T) {
	t.Parallel()
	const fields = "<ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1750000000</CreateTime><MsgType>text</MsgType>"
	tests := []struct{ name, body, content string }{
		{name: "byte order mark and prolog", body: "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>" + fields +
			"<Content>x</Content></xml>\n", content: "x"},
		{name: "blanks before", body: " \r\n<xml>" + fields + "<Content>x</Content></xml>", content: "x"},
		{name: "any order",
			body: "<xml><Content>x</Content><MsgType> <![CDATA[text]]>\n</MsgType><CreateTime> 1750000000 </CreateTime><FromUserName>o1</FromUserName><ToUserName>gh_1</ToUserName></xml>", content: "x"},
		{name: "unknown fields", body: "<xml><New a='1'><Deep><Deeper/></Deep></New>" + fields + "<Content>x</Content></xml>",
			content: "x"},
		{name: "comments", body: "<xml><!-- a -->" + fields + "<Content>x<!-- b -->y</Content></xml><!-- c -->",
			content: "xy"},
		{name: "control characters", body: "<xml>" + fields + "<Content><![CDATA[a\x00b\x1fc\td]]></Content></xml>",
			content: "abc\td"},
		{name: "broken utf-8", body: "<xml>" + fields + "<Content><![CDATA[a\xff\xc3(b\uFFFE]]></Content></xml>",
			content: "a(b"},
		{name: "emoji", body: "<xml>" + fields + "<Content><![CDATA[👍🏽]]></Content></xml>", content: "👍🏽"},
		{name: "first of two", body: "<xml>" + fields + "<Content>x</Content><Content>y</Content></xml>", content: "x"},
		{name: "json with everything odd", content: "a\nb",
			body: "\xEF\xBB\xBF \n{\"ToUserName\":\"gh_1\",\"FromUserName\":\"o1\",\"CreateTime\":1750000000,\"MsgType\":\"text\",\"Content\":\"a\nb\x01\",\"New\":{\"a\":[1,[2],{}],\"b\":true,\"c\":null}}\x00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseMessage([]byte(test.body))
			require.NoError(t, err)
			require.IsType(t, &TextMessage{}, m)
			require.Equal(t, test.content, m.(*TextMessage).Content)
			require.Equal(t, test.body, string(m.Header().Raw))
			require.Equal(t, "o1", m.Header().FromUserName)
		})
	}
}

func TestParseMessageOptionalHeader(t *testing.T) {
	t.Parallel()
	m, err := ParseMessage([]byte(samplePush("text",
		"<Content>x</Content><MsgId>1</MsgId><MsgDataId>A-1</MsgDataId><Idx>2</Idx><BusinessId>7</BusinessId>")))
	require.NoError(t, err)
	h := m.Header()
	require.Equal(t, []string{"A-1", "2", "7"}, []string{h.MsgDataID, h.Idx, h.BusinessID})
	require.Equal(t, "xml", h.Format.String())
	require.Equal(t, "json", JSON.String())
}

func TestParseMessageDoesNotKeepTheCallersBody(t *testing.T) {
	t.Parallel()
	body := []byte(samplePush("text", plainText))
	m, err := ParseMessage(body)
	require.NoError(t, err)
	want := string(body)
	clear(body)
	require.Equal(t, want, string(m.Header().Raw))
	require.Equal(t, "刹车响", m.(*TextMessage).Content)
}

// attributes are attributes with a total of that many bytes.
func attributes(bytes int) string { return strings.Repeat(" b=''", bytes/5+1)[:bytes] }

// A stranger's document must not become many times as large in memory. Not parallel: the whole process's allocations
// are counted.
func TestAttributesCostNothing(t *testing.T) {
	body := []byte("<xml" + strings.Repeat(" b=''", 200_000) + "></xml>")
	require.LessOrEqual(t, len(body), MaxBody)
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			_, err := ParseMessage(body)
			require.ErrorIs(b, err, ErrMalformed)
		}
	})
	require.Less(t, allocated.AllocedBytesPerOp(), int64(2*len(body)))
}

func TestAttributesAreSkipped(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("响", 10*maxTag)
	good := strings.Replace(samplePush("text", plainText), "刹车响", long, 1)
	m, err := ParseMessage(
		[]byte(strings.Replace(good, "<xml>", "<?xml version='1.0'?><!-- "+strings.Repeat("x", 2*maxTag)+" --><xml"+
			attributes(100)+">", 1)))
	require.NoError(t, err)
	require.Equal(t, long, m.(*TextMessage).Content)
}

func TestParseMessageRefuses(t *testing.T) {
	t.Parallel()
	good := samplePush("text", plainText)
	tests := []struct{ name, body string }{
		{name: "empty", body: ""},
		{name: "blanks", body: " \n"},
		{name: "only a mark", body: "\xEF\xBB\xBF"},
		{name: "plain words", body: "hello"},
		{name: "json array", body: `[{"MsgType":"text"}]`},
		{name: "json cut", body: `{"MsgType":"text"`},
		{name: "json twice", body: `{"FromUserName":"o","MsgType":"text","CreateTime":1}{}`},
		{name: "json garbage", body: `{"a":}`},
		{name: "json deep", body: `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`},
		{name: "json wide", body: `{"a":[` + strings.Repeat("0,", maxNodes) + `0]}`},
		{name: "xml cut", body: good[:len(good)-3]},
		{name: "xml crossed", body: "<xml><a><b></a></b></xml>"},
		{name: "xml closed twice", body: "<xml></xml></xml>"},
		{name: "xml two roots", body: strings.ReplaceAll(good+good, "Content", "Other")},
		{name: "xml text outside", body: good + "x"},
		{name: "xml other root", body: "<html></html>"},
		{name: "xml deep", body: "<xml>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</xml>"},
		{name: "xml wide", body: "<xml>" + strings.Repeat("<a/>", maxNodes) + "</xml>"},
		{name: "xml with a long tag", body: strings.Replace(good, "<xml>", "<xml"+attributes(maxTag)+">", 1)},
		{name: "xml with many attributes",
			body: strings.Replace(good, "<xml>", "<xml>"+strings.Repeat("<a"+attributes(500)+"/>", maxNodes/50), 1)},
		{name: "xml with a long end", body: strings.Replace(good, "</xml>", "</xml"+strings.Repeat(" ", maxTag)+">", 1)},
		{name: "dtd", body: "<!DOCTYPE xml>" + good},
		{name: "external entity", body: `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` +
			strings.Replace(good, "刹车响", "]]>&e;<![CDATA[", 1)},
		{name: "no sender", body: strings.ReplaceAll(good, "FromUserName", "From")},
		{name: "no type", body: strings.ReplaceAll(good, "MsgType", "Type")},
		{name: "no time", body: strings.ReplaceAll(good, "CreateTime", "Time")},
		{name: "time is a word", body: strings.ReplaceAll(good, "1750000000", "now")},
		{name: "time is negative", body: strings.ReplaceAll(good, "1750000000", "-1")},
		{name: "time is beyond the calendar", body: strings.ReplaceAll(good, "1750000000", "253402300800")},
		{name: "event without a name", body: samplePush("event", "")},
		{name: "too large", body: samplePush("text", "<Content>"+strings.Repeat("x", MaxBody)+"</Content>")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseMessage([]byte(test.body))
			require.ErrorIs(t, err, ErrMalformed)
			require.Nil(t, m)
			require.NotContains(t, err.Error(), "刹车响")
		})
	}
}

func TestDedupKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, want string }{
		{name: "message", body: samplePush("text", plainText), want: testOpenID + "|1750000000|6054768590064713728"},
		{name: "event", body: samplePush("event", "<Event>CLICK</Event><EventKey>NEW</EventKey>"), want: testOpenID +
			"|1750000000|CLICK|NEW"},
		{name: "event without key", body: samplePush("event", "<Event>LOCATION</Event>"), want: testOpenID +
			"|1750000000|LOCATION|"},
		{name: "receipt", body: samplePush("event", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>77</MsgID>"),
			want: testOpenID + "|1750000000|TEMPLATESENDJOBFINISH||77"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseMessage([]byte(test.body))
			require.NoError(t, err)
			require.Equal(t, test.want, m.Header().DedupKey())
		})
	}
}
