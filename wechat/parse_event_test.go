package wechat

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseEvents(t *testing.T) {
	t.Parallel()
	when := time.Unix(1750001111, 0).UTC()
	tests := []struct {
		name, event, key, xml string
		want                  Message
	}{
		{name: "follow", event: "subscribe", want: &SubscribeEvent{}},
		{name: "follow through a code", event: "subscribe", key: "qrscene_c:42", xml: "<Ticket>T</Ticket>",
			want: &SubscribeEvent{Scene: "c:42", Ticket: "T"}},
		{name: "follow after a payment", event: "subscribe", key: "last_trade_no_1", want: &SubscribeEvent{}},
		{name: "leave", event: "unsubscribe", want: &UnsubscribeEvent{}},
		{name: "scan", event: "SCAN", key: "c:42", xml: "<Ticket>T</Ticket>", want: &ScanEvent{Scene: "c:42", Ticket: "T"}},
		{name: "scan in lower case", event: "scan", key: "7", want: &ScanEvent{Scene: "7"}},
		{name: "position", event: "LOCATION",
			xml:  "<Latitude>31.2</Latitude><Longitude>121.4</Longitude><Precision>65.5</Precision>",
			want: &LocationEvent{Latitude: 31.2, Longitude: 121.4, Precision: 65.5}},
		{name: "click", event: "CLICK", key: "NEW", want: &ClickEvent{Key: "NEW"}},
		{name: "view", event: "VIEW", key: "https://e.example", xml: "<MenuId>5</MenuId>",
			want: &ViewEvent{URL: "https://e.example", MenuID: "5"}},
		{name: "mini program", event: "view_miniprogram", key: "pages/a", xml: "<MenuId>MENU</MenuId>",
			want: &ViewEvent{URL: "pages/a", MenuID: "MENU", MiniProgram: true}},
		{name: "scan code", event: "scancode_push", key: "6",
			xml:  "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo>",
			want: &ScanCodeEvent{Key: "6", Type: "qrcode", Result: "1"}},
		{name: "scan code and wait", event: "scancode_waitmsg", key: "6",
			xml:  "<ScanCodeInfo><ScanResult>2</ScanResult><ScanType>barcode</ScanType></ScanCodeInfo>",
			want: &ScanCodeEvent{Key: "6", Type: "barcode", Result: "2", Waiting: true}},
		{name: "scan code without info", event: "scancode_push", want: &ScanCodeEvent{}},
		{name: "pictures", event: "pic_weixin", key: "6",
			xml:  "<SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>a1</PicMd5Sum></item><item><PicMd5Sum>b2</PicMd5Sum></item></PicList></SendPicsInfo>",
			want: &PictureEvent{Key: "6", Count: 2, MD5: []string{"a1", "b2"}}},
		{name: "photo", event: "pic_sysphoto", xml: "<SendPicsInfo><Count>0</Count><PicList></PicList></SendPicsInfo>",
			want: &PictureEvent{}},
		{name: "album", event: "pic_photo_or_album", want: &PictureEvent{}},
		{name: "chosen position", event: "location_select", key: "6",
			xml:  "<SendLocationInfo><Location_X>23</Location_X><Location_Y>113</Location_Y><Scale>15</Scale><Label>广州</Label><Poiname>p</Poiname></SendLocationInfo>",
			want: &LocationSelectEvent{Key: "6", Latitude: 23, Longitude: 113, Scale: 15, Label: "广州", POI: "p"}},
		{name: "template delivered", event: "TEMPLATESENDJOBFINISH", xml: "<MsgID>200163840</MsgID><Status>success</Status>",
			want: &TemplateResultEvent{MsgID: 200163840, Status: "success"}},
		{name: "template refused", event: "TEMPLATESENDJOBFINISH", xml: "<MsgID>1</MsgID><Status>failed:user block</Status>",
			want: &TemplateResultEvent{MsgID: 1, Status: "failed", Reason: "user block"}},
		{name: "template failed", event: "TEMPLATESENDJOBFINISH",
			xml:  "<MsgID>1</MsgID><Status>failed: system failed</Status>",
			want: &TemplateResultEvent{MsgID: 1, Status: "failed", Reason: "system failed"}},
		{name: "broadcast", event: "MASSSENDJOBFINISH",
			xml: "<MsgID>9</MsgID><Status>err(30003)</Status><TotalCount>4</TotalCount><FilterCount>3</FilterCount><SentCount>2</SentCount><ErrorCount>1</ErrorCount>" +
				"<CopyrightCheckResult><Count>0</Count></CopyrightCheckResult><ArticleUrlResult><Count>1</Count><ResultList><item><ArticleIdx>1</ArticleIdx><ArticleUrl>U</ArticleUrl></item></ResultList></ArticleUrlResult>",
			want: &MassSendEvent{MsgID: 9, Status: "err(30003)", Total: 4, Filtered: 3, Sent: 2, Failed: 1,
				ArticleURLs: []string{"U"}}},
		{name: "publish", event: "PUBLISHJOBFINISH",
			xml: "<PublishEventInfo><publish_id>P1</publish_id><publish_status>0</publish_status><article_id>\n <![CDATA[A1]]>\n</article_id>" +
				"<article_detail><count>1</count><item><idx>1</idx><article_url>U</article_url></item></article_detail></PublishEventInfo>",
			want: &PublishEvent{PublishID: "P1", ArticleID: "A1", ArticleURLs: []string{"U"}}},
		{name: "publish failed", event: "FREEPUBLISHJOBFINISH",
			xml:  "<PublishEventInfo><publish_id>P1</publish_id><publish_status>2</publish_status><article_detail><count>0</count></article_detail><fail_idx>1</fail_idx><fail_idx>2</fail_idx></PublishEventInfo>",
			want: &PublishEvent{PublishID: "P1", Status: 2, FailedIndexes: []int{1, 2}}},
		{name: "session opened", event: "kf_create_session", xml: "<KfAccount>anna@shop</KfAccount>",
			want: &SessionEvent{Account: "anna@shop"}},
		{name: "session closed", event: "kf_close_session", xml: "<KfAccount>anna@shop</KfAccount>",
			want: &SessionEvent{Account: "anna@shop"}},
		{name: "session handed on", event: "kf_switch_session",
			xml:  "<FromKfAccount>anna@shop</FromKfAccount><ToKfAccount>ben@shop</ToKfAccount>",
			want: &SessionEvent{From: "anna@shop", To: "ben@shop"}},
		{name: "mini program chat", event: "user_enter_tempsession", xml: "<SessionFrom>s</SessionFrom>",
			want: &TempSessionEvent{SessionFrom: "s"}},
		{name: "notices granted", event: "subscribe_msg_popup_event",
			xml: "<SubscribeMsgPopupEvent><List><TemplateId>A</TemplateId><SubscribeStatusString>accept</SubscribeStatusString><PopupScene>2</PopupScene></List>" +
				"<List><TemplateId>B</TemplateId><SubscribeStatusString>reject</SubscribeStatusString><PopupScene>1</PopupScene></List></SubscribeMsgPopupEvent>",
			want: &SubscriptionPopupEvent{Items: []SubscriptionItem{{TemplateID: "A", Status: "accept", Scene: 2},
				{TemplateID: "B", Status: "reject", Scene: 1}}}},
		{name: "notices withdrawn", event: "subscribe_msg_change_event",
			xml:  "<SubscribeMsgChangeEvent><List><TemplateId>A</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>",
			want: &SubscriptionChangeEvent{Items: []SubscriptionItem{{TemplateID: "A", Status: "reject"}}}},
		{name: "notice sent", event: "subscribe_msg_sent_event",
			xml: "<SubscribeMsgSentEvent><List><TemplateId>A</TemplateId><MsgID>1700827132819554304</MsgID><ErrorCode>43101</ErrorCode><ErrorStatus>reject</ErrorStatus></List></SubscribeMsgSentEvent>",
			want: &SubscriptionSentEvent{Items: []SubscriptionItem{{TemplateID: "A", MsgID: "1700827132819554304",
				ErrorCode: 43101, ErrorStatus: "reject"}}}},
		{name: "grant withdrawn", event: "user_authorization_revoke",
			xml:  "<OpenID>o9</OpenID><AppID>wx9</AppID><RevokeInfo>1</RevokeInfo><RevokeInfo>2</RevokeInfo>",
			want: &AuthorizationEvent{OpenID: "o9", AppID: "wx9", RevokeInfo: []string{"1", "2"}, Revoked: true}},
		{name: "profile changed", event: "user_info_modified", xml: "<OpenID>o9</OpenID><AppID>wx9</AppID>",
			want: &AuthorizationEvent{OpenID: "o9", AppID: "wx9"}},
		{name: "verified", event: "qualification_verify_success", xml: "<ExpiredTime>1750001111</ExpiredTime>",
			want: &VerificationEvent{ExpiredAt: when}},
		{name: "not verified", event: "qualification_verify_fail",
			xml:  "<FailTime>1750001111</FailTime><FailReason>by time</FailReason>",
			want: &VerificationEvent{FailedAt: when, Reason: "by time"}},
		{name: "named", event: "naming_verify_success", xml: "<ExpiredTime>1750001111</ExpiredTime>",
			want: &VerificationEvent{ExpiredAt: when}},
		{name: "not named", event: "naming_verify_fail", xml: "<FailTime>999999999999999</FailTime>",
			want: &VerificationEvent{}},
		{name: "renew", event: "annual_renew", xml: "<ExpiredTime>1750001111</ExpiredTime>",
			want: &VerificationEvent{ExpiredAt: when}},
		{name: "expired", event: "verify_expired", xml: "<ExpiredTime>1750001111</ExpiredTime>",
			want: &VerificationEvent{ExpiredAt: when}},
		{name: "unknown", event: "card_pass_check", key: "k", xml: "<CardId>c</CardId>", want: &UnknownEvent{}},
	}
	seen := map[string]bool{}
	for _, test := range tests {
		seen[strings.ToLower(test.event)] = true
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			body := samplePush("event", "<EventKey><![CDATA["+test.key+"]]></EventKey>"+test.xml+"<Event><![CDATA["+test.event+
				"]]></Event>")
			m, err := ParseMessage([]byte(body))
			require.NoError(t, err)
			require.Equal(t, test.event, m.Header().Event)
			require.Equal(t, test.key, m.Header().EventKey)
			require.Equal(t, body, string(m.Header().Raw))
			require.Equal(t, test.want, withoutHead(m))
		})
	}
	for name := range eventParsers {
		require.True(t, seen[name], "no test for event %s", name)
	}
}

func TestParseEventListInJSON(t *testing.T) {
	t.Parallel()
	const head = `{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":"1750000000","MsgType":"event","Event":"subscribe_msg_popup_event","List":`
	item := `{"TemplateId":"A","SubscribeStatusString":"accept","PopupScene":"0"}`
	want := SubscriptionItem{TemplateID: "A", Status: "accept"}
	tests := []struct {
		name, list string
		want       []SubscriptionItem
	}{
		{name: "array", list: "[" + item + "," + item + "]", want: []SubscriptionItem{want, want}},
		{name: "object", list: item, want: []SubscriptionItem{want}},
		{name: "empty", list: "[]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseMessage([]byte(head + test.list + "}"))
			require.NoError(t, err)
			require.IsType(t, &SubscriptionPopupEvent{}, m)
			require.Equal(t, test.want, m.(*SubscriptionPopupEvent).Items)
		})
	}
	m, err := ParseMessage([]byte(`{"FromUserName":"o1","CreateTime":1,"MsgType":"event","Event":"pic_weixin",
		"SendPicsInfo":{"Count":1,"PicList":[{"PicMd5Sum":"a1"},{"item":{"PicMd5Sum":"b2"}}]}}`))
	require.NoError(t, err)
	require.Equal(t, []string{"a1", "b2"}, m.(*PictureEvent).MD5)
}
