package wechatsim

import (
	"math"
	"regexp"
	"time"
)

const (
	tokenLife    = 7200 * time.Second
	tokenOverlap = 5 * time.Minute
	forcePause   = 30 * time.Second
	forcePerDay  = 20
	tokensKept   = 32
)

// beijing is the zone in which WeChat's days begin.
var beijing = time.FixedZone("Asia/Shanghai", 8*3600)

func day(now time.Time) string { return now.In(beijing).Format(time.DateOnly) }

// issued is a value that expires: a token, a ticket.
type issued struct {
	Value   string    `json:"value"`
	Expires time.Time `json:"expires"`
	// Ends, if set, is when a later token replaces it: earlier than Expires.
	Ends    time.Time `json:"ends,omitzero"`
	Revoked bool      `json:"revoked,omitempty"`
}

func (t issued) valid(now time.Time) bool {
	return t.Value != "" && !t.Revoked && now.Before(t.Expires) && (t.Ends.IsZero() || now.Before(t.Ends))
}

func (t issued) remaining(now time.Time) int {
	return int(math.Ceil(t.Expires.Sub(now).Seconds()))
}

// tokenSlot holds the tokens of one of the two token APIs, oldest first; the two
// know nothing of each other.
type tokenSlot struct {
	Tokens []issued `json:"tokens"`
	Sticky bool     `json:"sticky"` // normal mode keeps handing out a revoked token
}

func (slot *tokenSlot) current() *issued {
	if len(slot.Tokens) == 0 {
		return &issued{}
	}
	return &slot.Tokens[len(slot.Tokens)-1]
}

func (slot *tokenSlot) issue(value string, now time.Time) *issued {
	slot.Tokens = append(slot.Tokens, issued{Value: value, Expires: now.Add(tokenLife)})
	if extra := len(slot.Tokens) - tokensKept; extra > 0 {
		slot.Tokens = slot.Tokens[extra:]
	}
	slot.Sticky = false
	return slot.current()
}

func (slot *tokenSlot) revoke() {
	for i := range slot.Tokens {
		slot.Tokens[i].Revoked = true
	}
}

var tokenShape = regexp.MustCompile(`^[0-9]+_[A-Za-z0-9_-]{100,512}$`)

func (s *Simulator) newToken() string { return "92_" + s.text(133) }

// checkToken distinguishes the three ways in which a token is refused.
func (st *state) checkToken(value string, now time.Time) error {
	switch {
	case value == "":
		return refuse(41001)
	case !tokenShape.MatchString(value):
		return refuse(40014)
	}
	for _, slot := range []tokenSlot{st.Stable, st.Classic} {
		for _, token := range slot.Tokens {
			switch {
			case token.Value != value:
			case token.valid(now):
				return nil
			case !token.Revoked && !now.Before(token.Expires):
				return refuse(42001)
			}
		}
	}
	return refuse(40001)
}

// credentials checks the appid and secret of a token call.
func (c *call) credentials(grant, appID, secret string) error {
	switch {
	case grant != "client_credential":
		return refuse(40002)
	case appID == "":
		return refuse(41002)
	case secret == "":
		return refuse(41004)
	case appID != c.s.options.AppID:
		return refuse(40013)
	case c.s.settings.SecretFrozen:
		return refuse(40243)
	case secret != c.s.settings.AppSecret:
		return refuse(40125)
	}
	return nil
}

// classicToken invalidates its predecessor after five minutes of grace.
// https://developers.weixin.qq.com/doc/service/api/base/api_getaccesstoken.html
func classicToken(c *call) (any, error) {
	if err := c.credentials(c.query.Get("grant_type"), c.query.Get("appid"), c.query.Get("secret")); err != nil {
		return nil, err
	}
	slot := &c.s.state.Classic
	for i := range slot.Tokens {
		if token := &slot.Tokens[i]; token.Ends.IsZero() {
			token.Ends = c.now.Add(tokenOverlap)
		}
	}
	slot.issue(c.s.newToken(), c.now)
	return map[string]any{"access_token": slot.current().Value, "expires_in": int(tokenLife.Seconds())}, nil
}

// stableToken returns the same token to everybody until it is forced to make another.
// https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
func stableToken(c *call) (any, error) {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := c.credentials(in.GrantType, in.AppID, in.Secret); err != nil {
		return nil, err
	}
	slot := &c.s.state.Stable
	if in.ForceRefresh {
		if err := c.force(slot); err != nil {
			return nil, err
		}
	}
	current := slot.current()
	usable := current.valid(c.now) || slot.Sticky && c.now.Before(current.Expires)
	if !usable || current.Expires.Sub(c.now) < tokenOverlap {
		current = slot.issue(c.s.newToken(), c.now)
	}
	return map[string]any{"access_token": current.Value, "expires_in": current.remaining(c.now)}, nil
}

// force replaces the token at once, unless the last time was less than 30 s ago.
func (c *call) force(slot *tokenSlot) error {
	st := c.s.state
	today := 0
	for _, at := range st.Forced {
		if day(at) == day(c.now) {
			today++
		}
	}
	if n := len(st.Forced); n > 0 && c.now.Sub(st.Forced[n-1]) < forcePause {
		return nil
	}
	if today >= forcePerDay {
		return refuse(45009)
	}
	st.Forced = append(st.Forced, c.now)
	slot.revoke()
	slot.issue(c.s.newToken(), c.now)
	return nil
}
