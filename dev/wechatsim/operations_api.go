package wechatsim

import (
	"slices"
	"time"
)

const clearsPerMonth = 10

// spend counts a call against the day's quota of its path.
func (s *Simulator) spend(path string, now time.Time) bool {
	limit := s.quota(path)
	if limit == 0 {
		return true
	}
	today := day(now)
	if s.state.Used[today] == nil {
		s.state.Used = map[string]map[string]int{today: {}}
	}
	if s.state.Used[today][path] >= limit {
		return false
	}
	s.state.Used[today][path]++
	return true
}

func (s *Simulator) quota(path string) int {
	if limit, set := s.settings.Quotas[path]; set {
		return limit
	}
	return endpoints[path].daily
}

// callbackIPs: https://developers.weixin.qq.com/doc/service/api/base/api_getcallbackip.html
func callbackIPs(*call) (any, error) {
	return map[string]any{"ip_list": []string{"127.0.0.1", "101.226.103.0/25"}}, nil
}

func apiIPs(*call) (any, error) {
	return map[string]any{"ip_list": []string{"127.0.0.1", "101.89.47.18"}}, nil
}

// callbackCheck: https://developers.weixin.qq.com/doc/service/api/base/api_callbackcheck.html
func callbackCheck(c *call) (any, error) {
	var in struct {
		Action   string `json:"action"`
		Operator string `json:"check_operator"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"all", "dns", "ping"}, in.Action) {
		return nil, refuse(40202)
	}
	if !slices.Contains([]string{"CHINANET", "UNICOM", "CAP", "DEFAULT"}, in.Operator) {
		return nil, refuse(40203)
	}
	if in.Operator == "DEFAULT" {
		in.Operator = "UNICOM"
	}
	out := map[string]any{}
	if in.Action != "ping" {
		out["dns"] = []any{map[string]any{"ip": "127.0.0.1", "real_operator": in.Operator}}
	}
	if in.Action != "dns" {
		out["ping"] = []any{map[string]any{"ip": "127.0.0.1", "from_operator": in.Operator, "package_loss": "0%",
			"time": "0.412ms"}}
	}
	return out, nil
}

// clearQuota: https://developers.weixin.qq.com/doc/service/api/base/api_clearquota.html
func clearQuota(c *call) (any, error) {
	var in struct {
		AppID string `json:"appid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.AppID != c.s.options.AppID {
		return nil, refuse(40013)
	}
	month := c.now.In(beijing).Format("2006-01")
	if c.s.state.Cleared[month] >= clearsPerMonth {
		return nil, refuse(48006)
	}
	c.s.state.Cleared[month]++
	c.s.state.Used = map[string]map[string]int{}
	return ok(), nil
}

// quotaGet: https://developers.weixin.qq.com/doc/service/api/base/api_getapiquota.html
func quotaGet(c *call) (any, error) {
	var in struct {
		Path string `json:"cgi_path"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if ep, known := endpoints[in.Path]; !known || ep.web {
		return nil, refuse(76021)
	}
	limit, used := c.s.quota(in.Path), c.s.state.Used[day(c.now)][in.Path]
	out := ok()
	out["quota"] = map[string]any{"daily_limit": limit, "used": used, "remain": max(limit-used, 0)}
	return out, nil
}
