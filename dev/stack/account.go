package stack

import (
	"fmt"
	"net"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// Account is a further account of the stack: an Official Account with its own WeChat simulator, and with its own
// channel in the same C4C.
type Account struct {
	// Name is the account's short name.
	Name string
	// Settings changes the product's settings for this account, Simulator those of its WeChat. Each may be nil.
	Settings  func(*config.Config)
	Simulator func(*wechatsim.Options)

	addr string // of the simulator
}

// identity returns the ids that distinguish the accounts of a stack; n counts from 1.
func (a Account) identity(n int) (appID, originalID, secret string) {
	return fmt.Sprintf("wx%016x", n), fmt.Sprintf("gh_%012x", n), "dev-appsecret-" + a.Name
}

// pageHost returns the api's address under another name of this machine, so that the browser separates the pages of two
// accounts.
func pageHost(api string) string {
	_, port, err := net.SplitHostPort(api)
	if err != nil {
		return api
	}
	return net.JoinHostPort("localhost", port)
}

// placeAccounts finds an address for each further account's simulator.
func (o *Options) placeAccounts() error {
	for i := range o.Accounts {
		addr, err := devserver.FreeAddr()
		if err != nil {
			return err
		}
		o.Accounts[i].addr = addr
	}
	return nil
}

// furtherSettings returns the settings of the further accounts: the first account's, except for their own ids and
// addresses. The first of them has an H5 page.
func (o Options) furtherSettings(first config.Config) []config.Config {
	var all []config.Config
	for i, a := range o.Accounts {
		cfg := first
		cfg.Account = a.Name
		var secret string
		cfg.WeChat.AppID, cfg.WeChat.OriginalID, secret = a.identity(i + 1)
		cfg.WeChat.AppSecret = config.Secret(secret)
		weixin := "http://" + a.addr
		cfg.WeChat.APIURL, cfg.Fixed.WeChatPages = weixin, weixin
		cfg.C4C.ChannelID = channelOf(a)
		cfg.C4C.WebhookPassword = config.Secret("dev-c4c-key-of-" + a.Name)
		cfg.Web.URL = ""
		if i == 0 {
			cfg.Web.URL = "http://" + pageHost(o.Addresses.API)
		}
		if a.Settings != nil {
			a.Settings(&cfg)
		}
		all = append(all, cfg)
	}
	return all
}

func channelOf(a Account) string { return "WECHAT-" + a.Name }

// furtherChannels returns the further accounts' channels in C4C.
func (o Options) furtherChannels() []c4csim.Channel {
	var all []c4csim.Channel
	for _, a := range o.Accounts {
		all = append(all, c4csim.Channel{
			ID: channelOf(a), MashupURL: "http://" + o.Addresses.API + "/c4c/wechat/" + a.Name,
			WebhookUser: config.WebhookUser, WebhookPassword: "dev-c4c-key-of-" + a.Name,
		})
	}
	return all
}

// startAccount starts the WeChat of a further account.
func (s *simulators) startAccount(o Options, n int, failed chan<- error) error {
	a := o.Accounts[n]
	w := wechatsim.Options{CallbackURL: "http://" + o.Addresses.API + "/wechat/" + a.Name, Logger: o.Logger}
	if o.WeChat != nil {
		o.WeChat(&w)
	}
	w.AppID, w.OriginalID, w.AppSecret = a.identity(n + 1)
	w.StateFile = ""
	if a.Simulator != nil {
		a.Simulator(&w)
	}
	sim := wechatsim.New(w)
	web, err := serve("WeChat simulator of "+a.Name, a.addr, sim, failed)
	if err != nil {
		return err
	}
	s.further, s.furtherWeb = append(s.further, sim), append(s.furtherWeb, web)
	return nil
}

// WeChatOf controls the WeChat simulator of a further account.
func (s *Stack) WeChatOf(name string) Control {
	for _, a := range s.options.Accounts {
		if a.Name == name {
			return Control{"http://" + a.addr}
		}
	}
	return s.WeChat()
}
