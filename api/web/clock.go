package web

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// chinaTime is the time zone of most followers.
var chinaTime = workflows.Beijing

// clock formats times as chats do. page.js does the same in the time zone of the follower's phone.
type clock struct {
	now  func() time.Time
	zone *time.Location
}

// text is a time in short form: today's without a date, this year's without the year. If C4C gives no time, it is
// empty.
func (c clock) text(texts *catalogue.Texts, lang catalogue.Language, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(c.zone)
	now := c.now().In(c.zone)
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	english := lang == catalogue.English
	layout := map[bool]string{true: "2 Jan 2006, 15:04", false: "2006年1月2日 15:04"}[english]
	switch days := int(day(now).Sub(day(at)).Hours() / 24); {
	case days == 0:
		layout = "15:04"
	case days == 1:
		return texts.In(lang, "web_yesterday") + " " + at.Format("15:04")
	case at.Year() == now.Year():
		layout = map[bool]string{true: "2 Jan, 15:04", false: "1月2日 15:04"}[english]
	}
	return at.Format(layout)
}
