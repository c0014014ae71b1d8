package app

import "github.com/wechat-c4c/wechat-c4c/api"

// callbackAddresses are where WeChat may push from; nil: from anywhere.
func (p *process) callbackAddresses() (*api.CallbackAddresses, error) {
	listed, fetched, ranges, err := p.cfg.Limits.Callbacks()
	if err != nil || !listed {
		return nil, err
	}
	o := api.CallbackAddressesOptions{Ranges: ranges, Logger: p.log}
	if fetched {
		account, err := p.measuredWeChat()
		if err != nil {
			return nil, err
		}
		o.Fetch = account.CallbackIPs
	}
	return api.NewCallbackAddresses(o), nil
}
