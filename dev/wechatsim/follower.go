package wechatsim

import (
	"hash/fnv"
	"slices"
	"time"
)

// follower is one person, following or not, as the account's server knows them.
type follower struct {
	OpenID       string         `json:"openid"`
	Nickname     string         `json:"nickname"` // only OAuth returns it
	Language     string         `json:"language"`
	Platform     string         `json:"platform"` // client_platform_type: 1 iOS, 2 Android, 3 other
	Subscribed   bool           `json:"subscribed"`
	SubscribedAt time.Time      `json:"subscribed_at,omitzero"`
	LeftAt       time.Time      `json:"left_at,omitzero"`
	AddScene     string         `json:"add_scene"` // subscribe_scene
	QRScene      string         `json:"qr_scene,omitempty"`
	Remark       string         `json:"remark,omitempty"`
	TagIDs       []int64        `json:"tag_ids,omitempty"`
	Blacklisted  bool           `json:"blacklisted"`
	Refuses      bool           `json:"refuses"` // has switched the account's messages off
	Credits      map[string]int `json:"credits"` // subscription notifications by template
	Grants       []grant        `json:"grants,omitempty"`
	LastAction   time.Time      `json:"last_action,omitzero"`
	TypingUntil  time.Time      `json:"typing_until,omitzero"`
	Notices      int            `json:"service_failed"` // times the phone showed the failure notice
	Thread       []item         `json:"thread,omitempty"`
	LastItem     int64          `json:"last_item"`

	written int // lines of the thread already in the journal
}

// item is one line of the conversation, on either side.
type item struct {
	ID       int64          `json:"id"`
	From     string         `json:"from"` // follower, account, notice
	Kind     string         `json:"kind"` // message, event, passive, customer_service, template, subscription, notice
	Type     string         `json:"type"`
	Content  string         `json:"content"`
	At       time.Time      `json:"at"`
	MsgID    string         `json:"msg_id,omitempty"`
	MediaID  string         `json:"media_id,omitempty"`
	Size     int            `json:"size,omitempty"`   // of the media, in bytes
	SHA256   string         `json:"sha256,omitempty"` // of the media, in hex
	Title    string         `json:"title,omitempty"`
	URL      string         `json:"url,omitempty"`
	PicURL   string         `json:"pic_url,omitempty"`
	Agent    string         `json:"kf_account,omitempty"`
	Template string         `json:"template_id,omitempty"`
	Data     map[string]any `json:"data,omitempty"`
	Rows     []row          `json:"rows,omitempty"` // a template's lines, filled in
	Menu     *choice        `json:"menu,omitempty"` // msgmenu
	Place    *place         `json:"place,omitempty"`
}

type row struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type choice struct {
	Head  string   `json:"head"`
	Items []option `json:"items"`
	Tail  string   `json:"tail"`
}

type option struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

type place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Scale     int     `json:"scale"`
}

// add appends to the thread and numbers the item.
func (f *follower) add(it item) {
	f.LastItem++
	it.ID = f.LastItem
	f.Thread = append(f.Thread, it)
}

// inbox returns what reached the follower from the account, in order; never nil.
func (f *follower) inbox() []item {
	items := []item{}
	for _, it := range f.Thread {
		if it.From == "account" {
			items = append(items, it)
		}
	}
	return items
}

var nicknames = []string{"李晓明", "王芳", "张伟", "陈静", "刘洋", "赵敏", "Anna", "黄志强", "周婷婷", "吴磊", "Max", "孙悦"}

// person returns the follower record of openid, making one for a newcomer.
func (st *state) person(openid string) *follower {
	st.journal.touch(openid)
	if f, ok := st.Followers[openid]; ok {
		return f
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(openid))
	f := &follower{
		OpenID: openid, Nickname: nicknames[hash.Sum32()%uint32(len(nicknames))],
		Language: "zh_CN", Platform: "1", Credits: map[string]int{},
	}
	st.Followers[openid] = f
	st.Order = append(st.Order, openid)
	return f
}

// subscribe marks the follower as following from now on, with the scene of the code that led them, if any.
func (f *follower) subscribe(now time.Time, scene string) {
	f.Subscribed, f.SubscribedAt = true, now
	f.AddScene, f.QRScene = "ADD_SCENE_SEARCH", scene
	if scene != "" {
		f.AddScene = "ADD_SCENE_QR_CODE"
	}
	f.act(now)
	f.open(grantFollow, shortGrant, now)
}

// present reports whether the follower can act. Somebody the simulator has never seen counts as a follower from before
// it started, as every account has them. Somebody who unfollowed must follow again first.
func (f *follower) present(now time.Time) bool {
	if !f.Subscribed && f.SubscribedAt.IsZero() {
		f.Subscribed, f.SubscribedAt, f.AddScene = true, now.AddDate(0, -1, 0), "ADD_SCENE_SEARCH"
	}
	return f.Subscribed
}

// unsubscribe forgets what WeChat forgets: windows, tags, remark, credits.
func (f *follower) unsubscribe(now time.Time) {
	f.Subscribed, f.LeftAt = false, now
	f.Grants, f.TagIDs, f.Remark = nil, nil, ""
	f.Credits = map[string]int{}
	f.TypingUntil = time.Time{}
}

// act records an interaction: the typing indicator needs a recent one.
func (f *follower) act(now time.Time) {
	f.LastAction = now
}

// addressee finds the follower that an API call names; the account knows only its own openids.
func (c *call) addressee(openid string) (*follower, error) {
	f, known := c.s.state.Followers[openid]
	if openid == "" || !known || f.SubscribedAt.IsZero() {
		return nil, refuse(40003)
	}
	c.s.state.journal.touch(openid)
	return f, nil
}

// following lists the openids that follow, in order of first appearance.
func (st *state) following() []string {
	openids := make([]string, 0, len(st.Order))
	for _, openid := range st.Order {
		if st.Followers[openid].Subscribed {
			openids = append(openids, openid)
		}
	}
	return openids
}

// page returns at most size openids after next; false if next is not among them.
func page(openids []string, next string, size int) ([]string, bool) {
	start := 0
	if next != "" {
		i := slices.Index(openids, next)
		if i < 0 {
			return nil, false
		}
		start = i + 1
	}
	return openids[start:min(start+size, len(openids))], true
}
