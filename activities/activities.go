// Package activities is the only bridge between Temporal and the clients of WeChat and C4C.
//
// The methods of WeChat run on the queue of that name, the methods of C4C on theirs. Each takes and returns a
// type of this package: what enters a history belongs to us and changes only by addition. Errors of the
// clients become Temporal application errors in errors.go and nowhere else. An activity never sleeps and
// never loops: repeating is Temporal's work.
package activities

import (
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// Account is one Official Account with the C4C tenant it is connected to.
type Account struct {
	// Times are the longest times of calls where this process has no client of its own.
	Times CallTimes

	WeChat *wechat.Client
	Tokens wechat.TokenSource // the source WeChat's client draws from
	C4C    *c4c.Client

	uploads uploadCache
}

// Accounts are the configured accounts by name.
type Accounts map[string]*Account

// get finds an account. A name that is not configured parks the sync: configuration may bring it back.
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
	// FollowerKey names a follower without the openid.
	FollowerKey func(account, openID string) string
	// RelayKey proves that an api process of ours wants a file; see [RelayKey].
	RelayKey []byte
	// ParseMessageID reads account, openid and MsgId out of a message id that we chose; ok is false for any other.
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
