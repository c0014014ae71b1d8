package wechat

import "time"

// SessionEvent reports that a conversation in WeChat's own customer-service client was opened (kf_create_session),
// closed (kf_close_session) or handed on (kf_switch_session); see [Header.Event].
//
// https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Session_control.html
type SessionEvent struct {
	Head
	// Account is the agent's account of an opened or closed conversation.
	Account string
	// From and To are the agents' accounts of one that was handed on.
	From, To string
}

// TempSessionEvent reports that a user entered the customer-service chat of a mini program.
type TempSessionEvent struct {
	Head
	SessionFrom string
}

// VerificationEvent reports the account's verification: qualification_verify_success and _fail, naming_verify_success
// and _fail, annual_renew, verify_expired; see [Header.Event]. After verify_expired the customer-service API answers
// [ErrUnauthorizedAPI].
//
// https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Wechat_Verification.html
type VerificationEvent struct {
	Head
	// ExpiredAt is when the verification ends or ended; zero for a failure.
	ExpiredAt time.Time
	// FailedAt and Reason describe a failure.
	FailedAt time.Time
	Reason   string
}

func parseSession(h Header, n *node) Message {
	return &SessionEvent{Head: h, Account: n.str("KfAccount"), From: n.str("FromKfAccount"), To: n.str("ToKfAccount")}
}

func parseTempSession(h Header, n *node) Message {
	return &TempSessionEvent{Head: h, SessionFrom: n.str("SessionFrom")}
}

func parseVerification(h Header, n *node) Message {
	return &VerificationEvent{
		Head: h, ExpiredAt: n.time("ExpiredTime"), FailedAt: n.time("FailTime"), Reason: n.str("FailReason"),
	}
}
