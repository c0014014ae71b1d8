package wechatsim

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxClientMsgID = 32
	clientMsgLife  = 10 * time.Minute
	maxTemplates   = 25
)

// template is a message form of the account's library.
type template struct {
	ID      string `json:"template_id"`
	Title   string `json:"title"`
	Content string `json:"content"` // "名称：{{thing1.DATA}}\n…"
	// Subscription templates are for subscribe/bizsend, the others for template/send.
	Subscription bool `json:"subscription"`
}

// sentTemplate remembers a client_msg_id.
type sentTemplate struct {
	MsgID int64     `json:"msg_id"`
	At    time.Time `json:"at"`
}

// Template ids of the development account.
const (
	TemplateReplyWaiting     = "sim-template-reply-waiting-0000000000000001"
	TemplateTicketStatus     = "sim-template-ticket-status-0000000000000002"
	SubscriptionReplyWaiting = "sim-subscribe-reply-waiting-000000000000003"
)

func defaultTemplates() []template {
	return []template{
		{ID: TemplateReplyWaiting, Title: "工单回复提醒",
			Content: "工单编号：{{character_string1.DATA}}\n回复内容：{{thing2.DATA}}\n回复时间：{{time3.DATA}}"},
		{ID: TemplateTicketStatus, Title: "工单状态变更通知",
			Content: "工单编号：{{character_string1.DATA}}\n当前状态：{{phrase2.DATA}}\n更新时间：{{time3.DATA}}"},
		{ID: SubscriptionReplyWaiting, Title: "客服回复通知", Subscription: true,
			Content: "工单编号：{{character_string1.DATA}}\n回复内容：{{thing2.DATA}}"},
	}
}

func (st *state) template(id string, subscription bool) (template, bool) {
	i := slices.IndexFunc(st.Templates, func(t template) bool { return t.ID == id && t.Subscription == subscription })
	if i < 0 {
		return template{}, false
	}
	return st.Templates[i], true
}

var templateLine = regexp.MustCompile(`(?m)^(.*?)[：:]?\s*\{\{\s*([A-Za-z_]+[0-9]*)\.DATA\s*\}\}`)

type templateValue struct {
	Value string `json:"value"`
	Color string `json:"color,omitempty"`
}

// rows fills the form; a value that is missing or of the wrong kind is 47003.
func (t template) rows(data map[string]templateValue) ([]row, error) {
	rows := []row{}
	for _, m := range templateLine.FindAllStringSubmatch(t.Content, -1) {
		name, key := m[1], m[2]
		value, given := data[key]
		if !given || value.Value == "" {
			return nil, refuse(47003, "data."+key+".value is empty")
		}
		if !fitsKind(key, value.Value) {
			return nil, refuse(47003, "data."+key+".value invalid")
		}
		rows = append(rows, row{Name: name, Value: value.Value})
	}
	return rows, nil
}

// kinds are the values that keywords accept, by the prefix of their names.
// https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html
var kinds = map[string]*regexp.Regexp{
	"thing":            regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,20}$`),
	"short_thing":      regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,5}$`),
	"const":            regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,20}$`),
	"phrase":           regexp.MustCompile(`^\p{Han}{1,5}$`),
	"character_string": regexp.MustCompile(`^[\x20-\x7e]{1,32}$`),
	"letter":           regexp.MustCompile(`^[A-Za-z]{1,32}$`),
	"symbol":           regexp.MustCompile(`^[\p{P}\p{S}]{1,5}$`),
	"number":           regexp.MustCompile(`^-?[0-9]{1,32}(\.[0-9]+)?$`),
	"amount":           regexp.MustCompile(`^\p{Sc}?[0-9]{1,10}(\.[0-9]+)?元?$`),
	"phone_number":     regexp.MustCompile(`^[0-9+\-() ]{1,17}$`),
	"car_number":       regexp.MustCompile(`^[\p{Han}A-Za-z0-9][A-Za-z0-9]{0,6}[\p{Han}A-Za-z0-9]?$`),
	"name":             regexp.MustCompile(`^([^0-9\x00-\x1f]{1,10}|[^0-9\p{Han}\x00-\x1f]{1,20})$`),
	"time":             timeText,
	"date":             timeText,
}

var timeText = regexp.MustCompile(`[0-9]{1,2}[:：时][0-9]{2}|[0-9]{4}[年/.-][0-9]{1,2}`)

// fitsKind checks a value against the kind that its keyword is named after.
func fitsKind(key, value string) bool {
	kind, known := kinds[strings.TrimRight(key, "0123456789")]
	return !known || kind.MatchString(value)
}

// templateRequest is the body of message/template/send.
type templateRequest struct {
	ToUser      string                   `json:"touser"`
	TemplateID  string                   `json:"template_id"`
	URL         string                   `json:"url"`
	ClientMsgID string                   `json:"client_msg_id"`
	Data        map[string]templateValue `json:"data"`
}

// templateSend: https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html
func templateSend(c *call) (any, error) {
	var in templateRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	f, err := c.addressee(in.ToUser)
	if err != nil {
		return nil, err
	}
	form, found := c.s.state.template(in.TemplateID, false)
	switch {
	case !found:
		return nil, refuse(40037)
	case len(in.ClientMsgID) > maxClientMsgID:
		return nil, refuse(45067)
	case !f.Subscribed:
		return nil, refuse(43004)
	case f.Blacklisted:
		return nil, refuse(43019)
	}
	rows, err := form.rows(in.Data)
	if err != nil {
		return nil, err
	}
	key := f.OpenID + " " + in.ClientMsgID
	if sent, again := c.s.state.SentOnce[key]; again && in.ClientMsgID != "" && c.now.Sub(sent.At) < clientMsgLife {
		return templateSent(sent.MsgID), nil
	}
	id := c.s.state.msgID(c.now)
	if in.ClientMsgID != "" {
		c.s.state.SentOnce[key] = sentTemplate{MsgID: id, At: c.now}
	}
	receipt := id
	if in.ClientMsgID != "" && c.s.settings.ReceiptWithoutID {
		receipt = 0
	}
	c.settleTemplate(f, receipt, templateItem(c.now, "template", form, rows, in.Data, in.URL))
	return templateSent(id), nil
}

// settleTemplate decides whether an accepted message arrives, and schedules the receipt, which carries the id.
func (c *call) settleTemplate(f *follower, id int64, it item) {
	status := "success"
	if f.Refuses {
		status = "failed:user block"
	}
	status = cmp.Or(c.s.settings.TemplateOutcome, status)
	if status == "success" {
		f.add(it)
	}
	c.s.receipt(f.OpenID, templateReceipt(id, status))
	c.s.events.publish(f.OpenID)
}

func templateSent(id int64) map[string]any {
	out := ok()
	out["msgid"] = id
	return out
}

func templateItem(now time.Time, kind string, form template, rows []row, data map[string]templateValue,
	url string) item {
	lines := []string{form.Title}
	for _, r := range rows {
		lines = append(lines, r.Name+"："+r.Value)
	}
	values := map[string]any{}
	for key, value := range data {
		values[key] = value.Value
	}
	return item{
		From: "account", Kind: kind, Type: kind, At: now, Title: form.Title,
		Content: strings.Join(lines, "\n"), URL: url, Template: form.ID, Data: values, Rows: rows,
	}
}

func templateReceipt(id int64, status string) []field {
	return []field{{"Event", "TEMPLATESENDJOBFINISH"}, {"MsgID", id}, {"Status", status}}
}

// templateList: https://developers.weixin.qq.com/doc/service/api/notify/template/api_getalltemplates.html
func templateList(c *call) (any, error) {
	list := []any{}
	for _, t := range c.s.state.Templates {
		if !t.Subscription {
			list = append(list, map[string]any{
				"template_id": t.ID, "title": t.Title, "primary_industry": "", "deputy_industry": "",
				"content": t.Content, "example": "",
			})
		}
	}
	return map[string]any{"template_list": list}, nil
}

// templateAdd accepts any short id: the public library is not simulated.
func templateAdd(c *call) (any, error) {
	var in struct {
		ShortID  string   `json:"template_id_short"`
		Keywords []string `json:"keyword_name_list"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.ShortID == "" || len(in.Keywords) == 0 {
		return nil, refuse(40035)
	}
	if len(c.s.state.Templates) >= maxTemplates {
		return nil, refuse(45026)
	}
	var lines []string
	for i, keyword := range in.Keywords {
		lines = append(lines, keyword+"：{{thing"+strconv.Itoa(i+1)+".DATA}}")
	}
	added := template{ID: c.s.text(43), Title: in.ShortID, Content: strings.Join(lines, "\n")}
	c.s.state.Templates = append(c.s.state.Templates, added)
	out := ok()
	out["template_id"] = added.ID
	return out, nil
}

func templateDelete(c *call) (any, error) {
	var in struct {
		TemplateID string `json:"template_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if _, found := c.s.state.template(in.TemplateID, false); !found {
		return nil, refuse(40037)
	}
	c.s.state.Templates = slices.DeleteFunc(c.s.state.Templates, func(t template) bool { return t.ID == in.TemplateID })
	return ok(), nil
}
