package activities

import "time"

// CallTimes are the longest times that single calls of an account may take, except those that transfer a file.
type CallTimes struct{ WeChat, C4C time.Duration }

// CallTimes returns an account's call times; for an unknown account, the longest of all.
func (a Accounts) CallTimes(name string) CallTimes {
	if known := a[name]; known != nil {
		return known.callTimes()
	}
	var longest CallTimes
	for _, account := range a {
		one := account.callTimes()
		longest = CallTimes{WeChat: max(longest.WeChat, one.WeChat), C4C: max(longest.C4C, one.C4C)}
	}
	return longest
}

func (a *Account) callTimes() CallTimes {
	t := a.Times
	if a.WeChat != nil {
		t.WeChat = a.WeChat.Timeout()
	}
	if a.C4C != nil {
		t.C4C = a.C4C.Timeout()
	}
	return t
}
