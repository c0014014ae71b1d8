package config

import (
	"regexp"
	"time"
)

// Window configures how WeChat's reply window is used.
//
// https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
type Window struct {
	AnnounceAfter      time.Duration `env:"ANNOUNCE_AFTER" envDefault:"10m" dev:"10s" help:"how long a reply waits before a notice tells the follower that an answer is waiting; 0: no notice" example:"10m"`
	TemplateID         string        `env:"TEMPLATE_ID" dev:"sim-template-reply-waiting-0000000000000001" help:"template message for that notice, of a verified service account; empty: none" example:"ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY"`
	TemplateFields     string        `env:"TEMPLATE_FIELDS" envDefault:"character_string1=ticket,thing2=text,time3=time" help:"what the template's keywords say, keyword=source separated by commas; a source is ticket, text, time, count, or words in double quotes" example:"character_string1=ticket,thing2=text,time3=time"`
	SubscriptionID     string        `env:"SUBSCRIPTION_ID" dev:"sim-subscribe-reply-waiting-000000000000003" help:"template of the subscription notice for followers who granted one; empty: none" example:"ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY"`
	SubscriptionFields string        `env:"SUBSCRIPTION_FIELDS" envDefault:"character_string1=ticket,thing2=text" help:"what its keywords say, as in WINDOW_TEMPLATE_FIELDS" example:"character_string1=ticket,thing2=text"`
	RemindBefore       time.Duration `env:"REMIND_BEFORE" envDefault:"2h" help:"how long before the window closes a note reminds the agent of an unanswered message; 0: no note, nor one that WeChat takes hardly another message" example:"2h"`
	ExpireAfter        time.Duration `env:"EXPIRE_AFTER" envDefault:"336h" help:"how long a reply waits for the follower before it is given up, with a note in the ticket; 0: for ever" example:"336h"`
}

// noticeForm is a list of keyword=source.
var noticeForm = regexp.MustCompile(
	`^\s*[A-Za-z_]+[0-9]*=(ticket|text|time|count|"[^",]+")(\s*,\s*[A-Za-z_]+[0-9]*=(ticket|text|time|count|"[^",]+"))*\s*$`)

const noticeHelp = `must be a list of keyword=source, source one of ticket, text, time, count or words in double quotes`

func (k *checker) window() {
	w := k.config.Window
	k.require(w.AnnounceAfter >= 0, "WINDOW_ANNOUNCE_AFTER", "must not be negative")
	k.require(w.RemindBefore >= 0 && w.RemindBefore < windowLife, "WINDOW_REMIND_BEFORE",
		"must not be negative, and shorter than 48h, after which WeChat's window closes")
	k.require(noticeForm.MatchString(w.TemplateFields), "WINDOW_TEMPLATE_FIELDS", noticeHelp)
	k.require(noticeForm.MatchString(w.SubscriptionFields), "WINDOW_SUBSCRIPTION_FIELDS", noticeHelp)
	k.require(w.ExpireAfter >= 0, "WINDOW_EXPIRE_AFTER", "must not be negative")
}
