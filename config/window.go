package config

import "time"

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

	AutomaticLife time.Duration `env:"AUTOMATIC_LIFE" envDefault:"1h" help:"how long an automatic text waits until the window spares a message for it; then it is dropped" example:"1h"`
}

func (k *checker) window() {
	w := k.config.Window
	for name, count := range map[string]int{
		"MESSAGE_COUNT": w.MessageCount, "CLICK_COUNT": w.ClickCount, "FOLLOW_COUNT": w.FollowCount, "SCAN_COUNT": w.ScanCount,
	} {
		k.require(count >= 0 && count <= 1000, "WINDOW_"+name, "must lie between 0 and 1000")
	}
	k.require(w.MessageLife > 0, "WINDOW_MESSAGE_LIFE", "must be longer than nothing")
	k.require(w.AutomaticLife > 0, "WINDOW_AUTOMATIC_LIFE", "must be longer than nothing")
	k.require(w.ShortLife > 0, "WINDOW_SHORT_LIFE", "must be longer than nothing")
}
