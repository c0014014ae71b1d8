package wechatsim

import (
	"strings"
	"time"
)

// The longest text of a message, in bytes of UTF-8.
const maxTextBytes = 2048

// maxPassiveText is the longest text of a passive reply that was observed to arrive in every case.
const maxPassiveText = 1884

// customMessage is the body of message/custom/send.
type customMessage struct {
	ToUser  string `json:"touser"`
	MsgType string `json:"msgtype"`
	Text    *struct {
		Content string `json:"content"`
	} `json:"text"`
	Image *mediaRef `json:"image"`
	Voice *mediaRef `json:"voice"`
	Video *mediaRef `json:"video"`
	Music *struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		MusicURL    string `json:"musicurl"`
		HQMusicURL  string `json:"hqmusicurl"`
		Thumb       string `json:"thumb_media_id"`
	} `json:"music"`
	News *struct {
		Articles []article `json:"articles"`
	} `json:"news"`
	MsgMenu *struct {
		Head string   `json:"head_content"`
		List []option `json:"list"`
		Tail string   `json:"tail_content"`
	} `json:"msgmenu"`
	MiniProgram *struct {
		Title    string `json:"title"`
		AppID    string `json:"appid"`
		PagePath string `json:"pagepath"`
		Thumb    string `json:"thumb_media_id"`
	} `json:"miniprogrampage"`
	CustomService *struct {
		Account string `json:"kf_account"`
	} `json:"customservice"`
}

type mediaRef struct {
	MediaID     string `json:"media_id"`
	Thumb       string `json:"thumb_media_id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type article struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	PicURL      string `json:"picurl"`
}

// customSend: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func customSend(c *call) (any, error) {
	var in customMessage
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	it, err := c.render(in)
	if err != nil {
		return nil, err
	}
	f, err := c.addressee(in.ToUser)
	if err != nil {
		return nil, err
	}
	if err := c.reachable(f, c.s.settings.UnsubscribedCode); err != nil {
		return nil, err
	}
	if err := f.spend(c.now); err != nil {
		return nil, err
	}
	f.TypingUntil = time.Time{}
	f.add(it)
	c.s.events.publish(f.OpenID)
	return ok(), nil
}

// reachable returns why nothing can be sent to a person; left is the code for those who have unfollowed.
func (c *call) reachable(f *follower, left int) error {
	switch {
	case !f.Subscribed:
		return refuse(left)
	case f.Blacklisted:
		return refuse(43019)
	case f.Refuses:
		return refuse(48002)
	}
	return nil
}

// render checks a message and turns it into a line of the thread.
func (c *call) render(in customMessage) (item, error) {
	it := item{From: "account", Kind: "customer_service", Type: in.MsgType, At: c.now}
	if in.CustomService != nil {
		if name, domain, found := strings.Cut(in.CustomService.Account, "@"); !found || name == "" || domain == "" {
			return it, refuse(61452)
		}
		it.Agent = in.CustomService.Account
	}
	switch in.MsgType {
	case "text":
		if in.Text == nil {
			return it, refuse(44004)
		}
		it.Content = in.Text.Content
		return it, checkText(it.Content)
	case "image", "voice", "video":
		return c.renderMedia(it, in)
	case "music":
		if in.Music == nil || in.Music.MusicURL == "" {
			return it, refuse(40035)
		}
		it.Title, it.Content, it.URL = in.Music.Title, in.Music.Description, in.Music.MusicURL
		return it, c.mediaUsable(in.Music.Thumb, "thumb", "image")
	case "news":
		return renderNews(it, in)
	case "msgmenu":
		return renderMenu(it, in)
	case "miniprogrampage":
		if in.MiniProgram == nil || in.MiniProgram.AppID == "" || in.MiniProgram.PagePath == "" {
			return it, refuse(40035)
		}
		it.Title, it.Content = in.MiniProgram.Title, in.MiniProgram.Title
		return it, c.mediaUsable(in.MiniProgram.Thumb, "thumb", "image")
	}
	return it, refuse(40008)
}

func checkText(content string) error {
	switch {
	case content == "":
		return refuse(44004)
	case len(content) > maxTextBytes:
		return refuse(45002)
	}
	return nil
}

func (c *call) renderMedia(it item, in customMessage) (item, error) {
	ref := map[string]*mediaRef{"image": in.Image, "voice": in.Voice, "video": in.Video}[in.MsgType]
	if ref == nil || ref.MediaID == "" {
		return it, refuse(41006)
	}
	if err := c.mediaUsable(ref.MediaID, in.MsgType); err != nil {
		return it, err
	}
	if in.MsgType == "video" && ref.Thumb != "" {
		if err := c.mediaUsable(ref.Thumb, "thumb", "image"); err != nil {
			return it, err
		}
	}
	it.show(c.s.state.Media[ref.MediaID])
	it.Title, it.Content = ref.Title, ref.Description
	return it, nil
}

func renderNews(it item, in customMessage) (item, error) {
	if in.News == nil || len(in.News.Articles) == 0 {
		return it, refuse(44003)
	}
	if len(in.News.Articles) != 1 {
		return it, refuse(45008)
	}
	a := in.News.Articles[0]
	it.Title, it.Content, it.URL, it.PicURL = a.Title, a.Description, a.URL, a.PicURL
	if a.Title == "" {
		return it, refuse(44003)
	}
	return it, nil
}

func renderMenu(it item, in customMessage) (item, error) {
	if in.MsgMenu == nil || len(in.MsgMenu.List) == 0 {
		return it, refuse(40035)
	}
	lines := []string{in.MsgMenu.Head}
	for _, o := range in.MsgMenu.List {
		if o.ID == "" || o.Content == "" {
			return it, refuse(40035)
		}
		lines = append(lines, o.Content)
	}
	it.Content = strings.TrimSpace(strings.Join(append(lines, in.MsgMenu.Tail), "\n"))
	it.Menu = &choice{Head: in.MsgMenu.Head, Items: in.MsgMenu.List, Tail: in.MsgMenu.Tail}
	if len(it.Content) > maxTextBytes {
		return it, refuse(45002)
	}
	return it, nil
}

const (
	typingShown    = 15 * time.Second
	typingInterest = 30 * time.Second
)

// customTyping: https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing.html
func customTyping(c *call) (any, error) {
	var in struct {
		ToUser  string `json:"touser"`
		Command string `json:"command"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Command != "Typing" && in.Command != "CancelTyping" {
		return nil, refuse(45072)
	}
	f, err := c.addressee(in.ToUser)
	if err != nil {
		return nil, err
	}
	if err := c.reachable(f, 45080); err != nil {
		return nil, err
	}
	switch {
	case in.Command == "CancelTyping":
		f.TypingUntil = time.Time{}
	case c.now.Sub(f.LastAction) > typingInterest:
		return nil, refuse(45080)
	case c.now.Before(f.TypingUntil):
		return nil, refuse(45081)
	default:
		f.TypingUntil = c.now.Add(typingShown)
	}
	c.s.events.publish(f.OpenID)
	return ok(), nil
}

// agentList is empty: WeChat's own customer-service client is not simulated.
//
// https://developers.weixin.qq.com/doc/service/api/customer/manage/api_getkflist.html
func agentList(*call) (any, error) { return map[string]any{"kf_list": []any{}}, nil }
