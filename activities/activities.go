// Package activities is the only bridge between Temporal and the clients of WeChat and C4C.
//
// The methods of WeChat run on WeChat's queue, those of C4C on C4C's. Their inputs and results are types of this
// package: what enters a history belongs to us and only ever gains fields. errors.go alone turns the clients' errors
// into Temporal application errors. An activity never sleeps and never loops: Temporal does the repeating.
package activities

import (
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// Account is one Official Account and the C4C tenant it is connected to.
type Account struct {
	// Times are the longest call times, used if this process has no client of its own.
	Times CallTimes

	WeChat *wechat.Client
	Tokens wechat.TokenSource // the token source of WeChat's client
	C4C    *c4c.Client

	uploads uploadCache
}

// Accounts are the configured accounts by name.
type Accounts map[string]*Account

// get finds an account. An unknown name parks the sync, because a changed configuration may bring the account back.
func (a Accounts) get(name string) (*Account, error) {
	if account := a[name]; account != nil {
		return account, nil
	}
	return nil, permanent(ErrorAccountUnknown, fmt.Errorf("account %q is not configured on this worker", name))
}

// WeChat holds the activities that call WeChat.
type WeChat struct {
	Accounts Accounts
}

// C4C holds the activities that call C4C.
type C4C struct {
	Accounts Accounts
	// FollowerKey returns a follower's key, which hides the openid.
	FollowerKey func(account, openID string) string
	// RelayKey proves that a request for a file comes from one of our own api processes; see [RelayKey].
	RelayKey []byte
	// ParseMessageID returns the account, openid and MsgId in one of our message ids; ok is false for any other id.
	ParseMessageID func(messageID string) (account, openID, msgID string, ok bool)
}

// client finds the account's C4C client.
func (a *C4C) client(account string) (*c4c.Client, error) {
	found, err := a.Accounts.get(account)
	if err != nil {
		return nil, err
	}
	return found.C4C, nil
}

// client finds the account's WeChat client.
func (a *WeChat) client(account string) (*wechat.Client, error) {
	found, err := a.Accounts.get(account)
	if err != nil {
		return nil, err
	}
	return found.WeChat, nil
}

// social finds the account's social media services.
func (a *C4C) social(account string) (c4c.Social, error) {
	client, err := a.client(account)
	if err != nil {
		return nil, err
	}
	return client.Social(), nil
}
