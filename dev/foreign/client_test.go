package foreign

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/basic"
	"github.com/silenceper/wechat/v2/officialaccount/customerservice"
	"github.com/silenceper/wechat/v2/officialaccount/material"
	"github.com/silenceper/wechat/v2/officialaccount/menu"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/officialaccount/user"
	"github.com/silenceper/wechat/v2/util"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

const anna = "oAnna000000000000000000-_001"

// TestTokensOfAForeignClient: both ways to a token work, and a token that was revoked is refused.
func TestTokensOfAForeignClient(t *testing.T) {
	for _, stable := range []bool{true, false} {
		s := start(t, wechatsim.Options{}, stable)
		token, err := s.account.GetAccessToken()
		require.NoError(t, err)
		require.NotEmpty(t, token)
		addresses, err := s.account.GetBasic().GetCallbackIP()
		require.NoError(t, err)
		require.NotEmpty(t, addresses)
		s.act("/tokens/revoke", `{}`)
		_, err = s.account.GetBasic().GetAPIDomainIP()
		require.ErrorContains(t, err, "40001")
	}
}

// TestMenuOfAForeignClient sets, reads and deletes a menu, a conditional one beside it.
func TestMenuOfAForeignClient(t *testing.T) {
	s := start(t, wechatsim.Options{}, true)
	m := s.account.GetMenu()
	buttons := []*menu.Button{
		menu.NewClickButton("服务", "service"),
		menu.NewSubButton("我的", []*menu.Button{menu.NewViewButton("工单", "https://service.example.com/web/tickets"),
			menu.NewClickButton("账户", "account")}),
	}
	require.NoError(t, m.SetMenu(buttons))
	got, err := m.GetMenu()
	require.NoError(t, err)
	require.Len(t, got.Menu.Button, 2)
	require.Equal(t, "service", got.Menu.Button[0].Key)
	require.Equal(t, "https://service.example.com/web/tickets", got.Menu.Button[1].SubButtons[0].URL)
	current, err := m.GetCurrentSelfMenuInfo()
	require.NoError(t, err)
	require.EqualValues(t, 1, current.IsMenuOpen)
	require.Len(t, current.SelfMenuInfo.Button[1].SubButton.List, 2)

	require.NoError(t, m.AddConditional(buttons[:1], &menu.MatchRule{ClientPlatformType: "1"}))
	require.ErrorContains(t, m.AddConditional(buttons[:1], &menu.MatchRule{Language: "en"}), "65320")
	got, err = m.GetMenu()
	require.NoError(t, err)
	require.Len(t, got.Conditionalmenu, 1)
	require.NoError(t, m.DeleteConditional(got.Conditionalmenu[0].MenuID))
	require.ErrorContains(t, m.SetMenu([]*menu.Button{menu.NewClickButton("", "k")}), "40018")
	require.NoError(t, m.DeleteMenu())
	_, err = m.GetMenu()
	require.ErrorContains(t, err, "46003")
}

// TestMessagesOfAForeignClient sends what an agent would send, within the window and after it.
func TestMessagesOfAForeignClient(t *testing.T) {
	s := start(t, wechatsim.Options{}, true)
	s.act("/followers/"+anna+"/subscribe", `{}`)
	send := s.account.GetCustomerMessageManager()
	s.act("/followers/"+anna+"/messages", `{"content":"hello"}`)
	require.NoError(t, send.Send(message.NewCustomerTextMessage(anna, "您好 & <b>welcome</b> 😀")))
	picture, err := s.account.GetMaterial().MediaUploadFromReader(material.MediaTypeImage, "a.png",
		bytes.NewReader(somePicture(t)))
	require.NoError(t, err)
	require.NoError(t, send.Send(message.NewCustomerImgMessage(anna, picture.MediaID)))
	require.NoError(t, send.Send(&message.CustomerMessage{ToUser: anna, Msgtype: "msgmenu", Msgmenu: &message.MediaMsgmenu{
		HeadContent: "满意吗？", List: []message.MsgmenuItem{{ID: "1", Content: "满意"}, {ID: "2", Content: "不满意"}},
		TailContent: "谢谢",
	}}))
	require.NoError(t, s.account.GetCustomerServiceManager().SendTypingStatus(anna, customerservice.Typing))
	_, err = s.account.GetCustomerServiceManager().List()
	require.NoError(t, err)
	inbox := s.inbox(anna)
	require.Len(t, inbox, 3)
	require.Equal(t, "您好 & <b>welcome</b> 😀", inbox[0]["content"])
	require.Equal(t, picture.MediaID, inbox[1]["media_id"])
	require.Equal(t, "msgmenu", inbox[2]["type"])
	require.ErrorContains(t, send.Send(message.NewCustomerTextMessage(anna, "")), "44004")
	// Go's encoder writes this as \u2028, which WeChat's pages forbid; our client writes the character itself.
	require.ErrorContains(t, send.Send(message.NewCustomerTextMessage(anna, "a\u2028b")), "40033")
	require.ErrorContains(t, send.Send(message.NewCustomerImgMessage(anna, "nothing")), "40007")
	require.ErrorContains(t, send.Send(message.NewCustomerTextMessage("oNobody", "x")), "40003")
	s.act("/clock", `{"advance":"49h"}`)
	late := newAccount(true) // the earlier token has expired
	require.ErrorContains(t, late.GetCustomerMessageManager().Send(message.NewCustomerTextMessage(anna, "late")), "45015")
}

// TestFilesOfAForeignClient uploads and fetches files, and reads why one is refused.
func TestFilesOfAForeignClient(t *testing.T) {
	s := start(t, wechatsim.Options{}, true)
	files := s.account.GetMaterial()
	content := somePicture(t)
	media, err := files.MediaUploadFromReader(material.MediaTypeImage, "a.png", bytes.NewReader(content))
	require.NoError(t, err)
	require.Equal(t, material.MediaTypeImage, media.Type)
	require.NotZero(t, media.CreatedAt)
	address, err := files.GetMediaURL(media.MediaID)
	require.NoError(t, err)
	got, err := util.HTTPGet(address)
	require.NoError(t, err)
	require.Equal(t, content, got)
	_, err = files.MediaUploadFromReader(material.MediaTypeImage, "a.txt", bytes.NewReader([]byte("no picture")))
	require.ErrorContains(t, err, "400")
	address, err = files.GetMediaURL("nothing")
	require.NoError(t, err)
	got, err = util.HTTPGet(address)
	require.NoError(t, err)
	require.Contains(t, string(got), "40007")
}

// TestPeopleOfAForeignClient reads followers, tags them and refuses some.
func TestPeopleOfAForeignClient(t *testing.T) {
	s := start(t, wechatsim.Options{}, true)
	s.act("/followers/"+anna+"/subscribe", `{"scene":"qr-7"}`)
	people := s.account.GetUser()
	info, err := people.GetUserInfo(anna)
	require.NoError(t, err)
	require.EqualValues(t, 1, info.Subscribe)
	require.Equal(t, anna, info.OpenID)
	require.NotZero(t, info.SubscribeTime)
	require.Empty(t, info.Nickname, "since 2021 WeChat gives no names")
	stranger, err := people.GetUserInfo("oStranger0000000000000000001")
	if err == nil {
		require.Zero(t, stranger.Subscribe)
	}
	batch, err := people.BatchGetUserInfo(
		user.BatchGetUserInfoParams{UserList: []user.BatchGetUserListItem{{OpenID: anna, Lang: "en"}}})
	require.NoError(t, err)
	require.Len(t, batch.UserInfoList, 1)
	all, err := people.ListAllUserOpenIDs()
	require.NoError(t, err)
	require.Equal(t, []string{anna}, all)
	require.NoError(t, people.UpdateRemark(anna, "VIP"))
	tag, err := people.CreateTag("gold")
	require.NoError(t, err)
	require.NoError(t, people.BatchTag([]string{anna}, tag.ID))
	tags, err := people.UserTidList(anna)
	require.NoError(t, err)
	require.Equal(t, []int32{tag.ID}, tags)
	require.NoError(t, people.BatchBlackList(anna))
	black, err := people.GetAllBlackList()
	require.NoError(t, err)
	require.Equal(t, []string{anna}, black)
}

// TestTicketsAndNoticesOfAForeignClient: the ticket of WeChat's script, a QR code's, and a template with its receipt.
func TestTicketsAndNoticesOfAForeignClient(t *testing.T) {
	s := start(t, wechatsim.Options{}, true)
	s.act("/followers/"+anna+"/subscribe", `{}`)
	signed, err := s.account.GetJs().GetConfig("https://service.example.com/web/")
	require.NoError(t, err)
	require.Len(t, signed.Signature, 40)
	code, err := s.account.GetBasic().GetQRTicket(basic.NewTmpQrRequest(time.Hour, "qr-7"))
	require.NoError(t, err)
	require.NotEmpty(t, code.Ticket)
	require.EqualValues(t, 3600, code.ExpireSeconds)

	templates, err := s.account.GetTemplate().List()
	require.NoError(t, err)
	require.NotEmpty(t, templates)
	id, err := s.account.GetTemplate().Send(&message.TemplateMessage{
		ToUser: anna, TemplateID: wechatsim.TemplateReplyWaiting, URL: "https://service.example.com/web/tickets/1",
		ClientMsgID: "client-1",
		Data: map[string]*message.TemplateDataItem{"character_string1": {Value: "8000"}, "thing2": {Value: "客服已回复"},
			"time3": {Value: "2026-03-01 08:00"}},
	})
	require.NoError(t, err)
	require.NotZero(t, id)
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.got) > 1
	}, time.Minute, 10*time.Millisecond)
	receipt := s.last()
	require.Equal(t, message.EventTemplateSendJobFinish, receipt.Event)
	require.Equal(t, id, receipt.TemplateMsgID)
	require.Equal(t, "success", receipt.Status)
	subscriptions, err := s.account.GetSubscribe().List()
	require.NoError(t, err)
	require.NotEmpty(t, subscriptions)
	_, err = s.account.GetTemplate().Send(&message.TemplateMessage{ToUser: anna, TemplateID: "nothing"})
	require.ErrorContains(t, err, "40037")
}

// TestLoginOfAForeignClient goes through WeChat's OAuth.
func TestLoginOfAForeignClient(t *testing.T) {
	s := start(t, wechatsim.Options{}, true)
	s.act("/followers/"+anna+"/subscribe", `{}`)
	s.set(`{"oauth_domain":"service.example.com"}`)
	oauth := s.account.GetOauth()
	to, err := oauth.GetRedirectURL("https://service.example.com/web/oauth", "snsapi_base", "state1")
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
	require.NoError(t, err)
	req.Header.Set("X-Sim-Openid", anna)
	client := http.Client{Transport: toSimulators{}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	res, err := client.Do(req)
	require.NoError(t, err)
	said, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusFound, res.StatusCode, string(said))
	require.NoError(t, res.Body.Close())
	back, err := res.Location()
	require.NoError(t, err)
	require.Equal(t, "state1", back.Query().Get("state"))
	token, err := oauth.GetUserAccessToken(back.Query().Get("code"))
	require.NoError(t, err)
	require.Equal(t, anna, token.OpenID)
	good, err := oauth.CheckAccessToken(token.AccessToken, token.OpenID)
	require.NoError(t, err)
	require.True(t, good)
	_, err = oauth.GetUserAccessToken(back.Query().Get("code"))
	require.ErrorContains(t, err, "40163")
}

func somePicture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 8))))
	return b.Bytes()
}
