package wechat

import (
	"context"
	"net/http"
)

// Quota is the daily use of one API.
type Quota struct{ DailyLimit, Used, Remaining int64 }

// CallbackIPs lists the addresses that WeChat pushes from, some as CIDR ranges, GET /cgi-bin/getcallbackip. The call
// also serves as a probe of the access token.
//
// https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html
func (c *Client) CallbackIPs(ctx context.Context) ([]string, error) {
	var answer struct {
		IPs []string `json:"ip_list"`
	}
	err := c.do(ctx, callbackIPs, &answer)
	return answer.IPs, err
}

var callbackIPs = call{
	op: "getcallbackip", holds: []string{"ip_list"}, method: http.MethodGet, path: "/cgi-bin/getcallbackip",
}

// TryToken verifies, by one call to getcallbackip, that WeChat accepts a token. It does not use the client's
// [TokenSource]: a refusal is returned as an error, such as [ErrInvalidCredential], and no token is fetched.
func (c *Client) TryToken(ctx context.Context, token Token) error {
	probe := callbackIPs
	probe.holds = append(probe.holds, "errcode") // whatever the answer contains, the token was accepted
	return c.attempt(ctx, probe, token.Value, nil)
}

// ClearQuota resets the daily use of all APIs, POST /cgi-bin/clear_quota: 10 times a month, then [ErrQuotaResetLimit].
//
// https://developers.weixin.qq.com/doc/offiaccount/openApi/clear_quota.html
func (c *Client) ClearQuota(ctx context.Context) error {
	return c.do(ctx, call{
		op: "clear_quota", method: http.MethodPost, path: "/cgi-bin/clear_quota",
		json: map[string]string{"appid": c.appID},
	}, nil)
}

// Quota returns the daily use of an API given by its path, such as "/cgi-bin/message/custom/send",
// POST /cgi-bin/openapi/quota/get.
//
// https://developers.weixin.qq.com/doc/offiaccount/openApi/get_api_quota.html
func (c *Client) Quota(ctx context.Context, apiPath string) (Quota, error) {
	var answer struct {
		Quota struct {
			Limit  integer `json:"daily_limit"`
			Used   integer `json:"used"`
			Remain integer `json:"remain"`
		} `json:"quota"`
	}
	err := c.do(ctx, call{
		op: "openapi/quota/get", holds: []string{"quota"}, method: http.MethodPost, path: "/cgi-bin/openapi/quota/get",
		json: map[string]string{"cgi_path": apiPath},
	}, &answer)
	if err != nil {
		return Quota{}, err
	}
	q := answer.Quota
	return Quota{DailyLimit: int64(q.Limit), Used: int64(q.Used), Remaining: int64(q.Remain)}, nil
}
