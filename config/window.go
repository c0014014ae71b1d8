package config

import (
	"regexp"
	"time"
)

// Window holds what the account knows of WeChat's reply window and decides about it.
//
// https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
type Window struct {
	MessageCount int           `env:"MESSAGE_COUNT" envDefault:"5" help:"customer-service messages that WeChat allows after a follower's message" example:"5"`
	MessageLife  time.Duration `env:"MESSAGE_LIFE" envDefault:"48h" help:"how long it allows them" example:"48h"`
	ClickCount   int           `env:"CLICK_COUNT" envDefault:"3" help:"customer-service messages that WeChat allows after a menu click" example:"3"`
	FollowCount  int           `env:"FOLLOW_COUNT" envDefault:"3" help:"customer-service messages that WeChat allows after a follow" example:"3"`
	ScanCount    int           `env:"SCAN_COUNT" envDefault:"3" help:"customer-service messages that WeChat allows after the scan of a QR code" example:"3"`
	ShortLife    time.Duration `env:"SHORT_LIFE" envDefault:"1m" help:"how long it allows those after a click, a follow and a scan" example:"1m"`

	AnnounceAfter      time.Duration `env:"ANNOUNCE_AFTER" envDefault:"10m" dev:"10s" help:"how long a reply waits for its follower before a notice tells that an answer waits; 0: no notice" example:"10m"`
	TemplateID         string        `env:"TEMPLATE_ID" dev:"sim-template-reply-waiting-0000000000000001" help:"template message that tells it, of a verified service account; empty: none" example:"ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY"`
	TemplateFields     string        `env:"TEMPLATE_FIELDS" envDefault:"character_string1=ticket,thing2=text,time3=time" help:"what the template's keywords say, keyword=source separated by commas: ticket, text, time, count, or words in double quotes" example:"character_string1=ticket,thing2=text,time3=time"`
	SubscriptionID     string        `env:"SUBSCRIPTION_ID" dev:"sim-subscribe-reply-waiting-000000000000003" help:"template of the subscription notice that tells it to those who granted one; empty: none" example:"ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY"`
	SubscriptionFields string        `env:"SUBSCRIPTION_FIELDS" envDefault:"character_string1=ticket,thing2=text" help:"what its keywords say, as in WINDOW_TEMPLATE_FIELDS" example:"character_string1=ticket,thing2=text"`
	RemindBefore       time.Duration `env:"REMIND_BEFORE" envDefault:"2h" help:"how long before the window closes on a message that nobody answered a note in the ticket reminds the agent; 0: never, nor that WeChat takes hardly another message" example:"2h"`
	ExpireAfter        time.Duration `env:"EXPIRE_AFTER" envDefault:"336h" help:"how long a reply waits for its follower before it is given up with a note in the ticket; 0: for ever" example:"336h"`
	AutomaticLife      time.Duration `env:"AUTOMATIC_LIFE" envDefault:"24h" help:"how long an automatic text waits until the window spares a message for it; then a note in the ticket says that it was not sent" example:"24h"`
}

// noticeForm is a list of keyword=source.
var noticeForm = regexp.MustCompile(`^\s*[A-Za-z_]+[0-9]*=(ticket|text|time|count|"[^",]+")(\s*,\s*[A-Za-z_]+[0-9]*=(ticket|text|time|count|"[^",]+"))*\s*$`)

const noticeHelp = `must be a list of keyword=source, source one of ticket, text, time, count or words in double quotes`

func (k *checker) window() {
	w := k.config.Window
	for _, of := range []struct {
		name  string
		count int
	}{
		{"MESSAGE_COUNT", w.MessageCount}, {"CLICK_COUNT", w.ClickCount}, {"FOLLOW_COUNT", w.FollowCount}, {"SCAN_COUNT", w.ScanCount},
	} {
		k.require(of.count >= 0 && of.count <= 1000, "WINDOW_"+of.name, "must lie between 0 and 1000")
	}
	k.require(w.MessageLife > 0, "WINDOW_MESSAGE_LIFE", "must be longer than nothing")
	k.require(w.AnnounceAfter >= 0, "WINDOW_ANNOUNCE_AFTER", "must not be negative")
	k.require(w.RemindBefore >= 0 && (w.RemindBefore < w.MessageLife || w.MessageLife <= 0), "WINDOW_REMIND_BEFORE",
		"must not be negative, and shorter than "+Prefix+"WINDOW_MESSAGE_LIFE")
	k.require(noticeForm.MatchString(w.TemplateFields), "WINDOW_TEMPLATE_FIELDS", noticeHelp)
	k.require(noticeForm.MatchString(w.SubscriptionFields), "WINDOW_SUBSCRIPTION_FIELDS", noticeHelp)
	k.require(w.ExpireAfter >= 0, "WINDOW_EXPIRE_AFTER", "must not be negative")
	k.require(w.AutomaticLife > 0, "WINDOW_AUTOMATIC_LIFE", "must be longer than nothing")
	k.require(w.ShortLife > 0, "WINDOW_SHORT_LIFE", "must be longer than nothing")
}
