package stack

import (
	"errors"
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// simulators are WeChat and C4C with their listeners.
type simulators struct {
	wechat    *wechatsim.Simulator
	c4c       *c4csim.Simulator
	wechatWeb *webServer
	c4cWeb    *webServer

	further    []*wechatsim.Simulator // of further accounts
	furtherWeb []*webServer
}

// startSimulators starts both, pointed at the api's webhooks. A taken port is an error.
func startSimulators(o Options, n *notice, failed chan<- error) (*simulators, error) {
	wechat := wechatsim.Options{CallbackURL: "http://" + o.Addresses.API + "/wechat", Logger: o.Logger}
	c4c := c4csim.Options{
		MashupURL: "http://" + o.Addresses.API + "/c4c/wechat",
		EventURL:  "http://" + o.Addresses.API + "/c4c/events",
		BaseURL:   "http://" + o.Addresses.C4C,
		Channels:  o.furtherChannels(),
		Logger:    o.Logger,
	}
	if o.State.Dir != "" {
		wechat.StateFile, c4c.StateFile = o.State.WeChat(), o.State.C4C()
	}
	if o.WeChat != nil {
		o.WeChat(&wechat)
	}
	if o.C4C != nil {
		o.C4C(&c4c)
	}
	s := &simulators{wechat: wechatsim.New(wechat), c4c: c4csim.New(c4c)}
	var err error
	if s.wechatWeb, err = serve("WeChat simulator", o.Addresses.WeChat, n.over(s.wechat), failed); err != nil {
		return nil, err
	}
	if s.c4cWeb, err = serve("C4C simulator", o.Addresses.C4C, n.over(s.c4c), failed); err != nil {
		s.wechatWeb.stop()
		return nil, err
	}
	for n := range o.Accounts {
		if err := s.startAccount(o, n, failed); err != nil {
			return nil, errors.Join(err, s.stop())
		}
	}
	return s, nil
}

// stop ends the simulators first, which ends the streams of open pages, and then their listeners.
func (s *simulators) stop() error {
	err := s.wechat.Close()
	err = errors.Join(err, s.c4c.Close())
	for i := range s.further {
		err = errors.Join(err, s.further[i].Close())
		s.furtherWeb[i].stop()
	}
	s.wechatWeb.stop()
	s.c4cWeb.stop()
	if err != nil {
		return fmt.Errorf("stack: simulators: %w", err)
	}
	return nil
}
