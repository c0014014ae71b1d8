package app

import (
	"context"
	"errors"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// callbackAddresses are the addresses that WeChat may push from; nil: any address.
func (p *process) callbackAddresses() (*api.CallbackAddresses, error) {
	listed, fetched, ranges, err := p.cfg.Limits.Callbacks()
	if err != nil || !listed {
		return nil, err
	}
	o := api.CallbackAddressesOptions{Ranges: ranges, Logger: p.log}
	if fetched {
		if o.Fetch, err = p.fetchAddresses(); err != nil {
			return nil, err
		}
	}
	return api.NewCallbackAddresses(o), nil
}

// fetchAddresses asks WeChat with the first account that gets an answer: the list is the same for all.
func (p *process) fetchAddresses() (func(context.Context) ([]string, error), error) {
	var accounts []*wechat.Client
	for _, cfg := range p.cfg.All() {
		account, err := p.measuredWeChat(cfg)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, account)
	}
	return func(ctx context.Context) ([]string, error) {
		var failed error
		for _, account := range accounts {
			listed, err := account.CallbackIPs(ctx)
			if err == nil {
				return listed, nil
			}
			failed = errors.Join(failed, err)
		}
		return nil, failed
	}, nil
}
