package wechat

import (
	"errors"
	"strconv"
)

// Errcode is the number by which WeChat reports a failure inside an HTTP 200. It is an error, so that
// errors.Is(err, wechat.ErrWindowClosed) asks for one code.
//
// https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
type Errcode int

// Error returns "errcode 45015".
func (e Errcode) Error() string { return "errcode " + strconv.Itoa(int(e)) }

// Codes about the account, its credentials and the caller's address.
const (
	ErrBusy               Errcode = -1    // system busy; for a send the outcome is unknown
	ErrSystem             Errcode = -1000 // system error, not on WeChat's list; for a send the outcome is unknown
	ErrGateway            Errcode = 4     // system error, not on WeChat's list; for a send the outcome is unknown
	ErrInvalidCredential  Errcode = 40001 // token invalid or superseded; on a token call: wrong app secret
	ErrInvalidAppID       Errcode = 40013 // unknown appid
	ErrInvalidToken       Errcode = 40014 // malformed access token
	ErrInvalidSecret      Errcode = 40125 // wrong app secret
	ErrIPNotAllowed       Errcode = 40164 // caller's address is not whitelisted; the message names it
	ErrSecretFrozen       Errcode = 40243 // app secret frozen in the console
	ErrMissingAppID       Errcode = 41002 // no appid in the call
	ErrMissingSecret      Errcode = 41004 // no secret in the call
	ErrTokenExpired       Errcode = 42001 // access token expired
	ErrUnauthorizedAPI    Errcode = 48001 // account type or verification does not include this API
	ErrForbiddenAPI       Errcode = 48004 // API blocked because of irregularities
	ErrQuotaResetLimit    Errcode = 48006 // clear_quota used up for this month
	ErrNoPermission       Errcode = 48008 // no permission for this message type
	ErrIPNotRegistered    Errcode = 61004 // newer wording of ErrIPNotAllowed
	ErrComponentForbidden Errcode = 61007 // API not granted to the third-party platform
	ErrComponentMissing   Errcode = 61024 // third-party platform: the token of the component is missing or wrong
	ErrPendingApproval    Errcode = 89501 // an administrator's confirmation of this address is pending
	ErrNeedsApproval      Errcode = 89503 // an administrator has to confirm this address
	ErrIPRefused24h       Errcode = 89506 // an administrator refused this address for 24 hours
	ErrIPRefused1h        Errcode = 89507 // an administrator refused this address for one hour
)

// Codes about quotas and rates.
const (
	ErrDailyQuota  Errcode = 45009 // daily quota of this API used up, until 00:00 Beijing time
	ErrRateLimited Errcode = 45011 // calls per minute exceeded
)

// Codes about the follower and the right to write to them.
const (
	ErrInvalidOpenID        Errcode = 40003 // malformed openid, another account's, or not a follower
	ErrInvalidWeChatID      Errcode = 40132 // malformed WeChat id
	ErrNotFollower          Errcode = 43004 // receiver does not follow the account
	ErrBlacklisted          Errcode = 43019 // receiver is on the account's blacklist
	ErrSubscriptionRefused  Errcode = 43101 // receiver refused, or no subscription credit remains
	ErrWindowClosed         Errcode = 45015 // outside the reply window, or the user unsubscribed
	ErrWindowUsedUp         Errcode = 45047 // all messages of the reply window are used
	ErrTypingNotAllowed     Errcode = 45080 // typing: no interaction in the last 30 seconds
	ErrTypingShown          Errcode = 45081 // typing: shown already
	ErrUserNotFound         Errcode = 46004 // no such user
	ErrFollowerRefuses      Errcode = 48002 // follower switched messages off
	ErrWrongAccount         Errcode = 49003 // openid belongs to another appid
	ErrUserLimited          Errcode = 50002 // user frozen or cancelled
	ErrUserTokenRefused     Errcode = 50004 // user may not use the token
	ErrFollowerUnsubscribed Errcode = 50005 // user no longer follows the account
	ErrUserBlocked          Errcode = 50007 // user or account is blocked
	ErrUserForbidden        Errcode = 70000 // receiver cannot be written to
)

// Codes about what is sent.
const (
	ErrInvalidMediaKind    Errcode = 40004 // unknown media type
	ErrInvalidFileType     Errcode = 40005 // file type not accepted
	ErrInvalidFileSize     Errcode = 40006 // file size not accepted
	ErrInvalidMediaID      Errcode = 40007 // wrong media id, or older than three days
	ErrInvalidMessageType  Errcode = 40008 // unknown msgtype
	ErrImageTooLarge       Errcode = 40009 // image too large
	ErrVoiceTooLarge       Errcode = 40010 // voice too large
	ErrVideoTooLarge       Errcode = 40011 // video too large
	ErrThumbTooLarge       Errcode = 40012 // thumbnail too large
	ErrEscapedUnicode      Errcode = 40033 // request holds \uXXXX escapes
	ErrInvalidParameter    Errcode = 40035 // invalid parameter
	ErrInvalidTemplate     Errcode = 40037 // unknown template id
	ErrInvalidRequest      Errcode = 40038 // invalid request format
	ErrInvalidURL          Errcode = 40048 // URL or its domain not accepted
	ErrInvalidArguments    Errcode = 40097 // invalid arguments
	ErrUnsupportedFileType Errcode = 40113 // unsupported file type
	ErrImageFormat         Errcode = 40137 // unsupported image format
	ErrInvalidPage         Errcode = 41030 // page path not accepted
	ErrMediaMissing        Errcode = 41005 // media data missing
	ErrMissingMediaID      Errcode = 41006 // media id missing
	ErrEmptyMedia          Errcode = 44001 // media is empty
	ErrEmptyBody           Errcode = 44002 // POST body is empty
	ErrEmptyNews           Errcode = 44003 // news content is empty
	ErrEmptyText           Errcode = 44004 // text content is empty
	ErrMediaSize           Errcode = 45001 // media file too large
	ErrContentTooLong      Errcode = 45002 // content too long; text: 2048 bytes
	ErrTitleTooLong        Errcode = 45003 // title too long
	ErrDescriptionTooLong  Errcode = 45004 // description too long
	ErrURLTooLong          Errcode = 45005 // URL too long
	ErrVoiceTooLong        Errcode = 45007 // voice longer than 60 seconds
	ErrTooManyArticles     Errcode = 45008 // more than one article
	ErrMediaNotFound       Errcode = 46001 // media data does not exist
	ErrMenuNotFound        Errcode = 46003 // account has no menu
	ErrMalformedRequest    Errcode = 47001 // JSON or XML of the request not readable
	ErrTemplateArgument    Errcode = 47003 // a template value is not accepted; the message names the field
	ErrNoDefaultMenu       Errcode = 65303 // a conditional menu needs a default menu first
	ErrMenuRuleWithdrawn   Errcode = 65320 // a conditional menu's rule goes by sex, region or language
	ErrRiskyContent        Errcode = 87014 // content judged risky
)

// Codes of web OAuth.
const (
	ErrInvalidCode         Errcode = 40029 // code invalid or expired
	ErrCodeUsed            Errcode = 40163 // code was exchanged already
	ErrRefreshTokenExpired Errcode = 42002 // refresh token expired
	ErrCodeExpired         Errcode = 42003 // code expired
)

// ErrContent is a class of errcodes, for errors.Is: WeChat refused the content. Other messages, followers and
// accounts are not affected.
var ErrContent = errors.New("wechat: content refused")

// aboutContent are the codes of [ErrContent].
var aboutContent = map[Errcode]bool{
	ErrInvalidMediaKind: true, ErrInvalidFileType: true, ErrInvalidFileSize: true, ErrInvalidMediaID: true,
	ErrInvalidMessageType: true,
	ErrImageTooLarge:      true, ErrVoiceTooLarge: true, ErrVideoTooLarge: true, ErrThumbTooLarge: true,
	ErrEscapedUnicode:   true,
	ErrInvalidParameter: true, ErrInvalidRequest: true, ErrInvalidURL: true, ErrInvalidArguments: true,
	ErrUnsupportedFileType: true, ErrImageFormat: true, ErrMediaMissing: true, ErrMissingMediaID: true,
	ErrEmptyMedia: true,
	ErrEmptyBody:  true, ErrEmptyNews: true, ErrEmptyText: true, ErrMediaSize: true, ErrContentTooLong: true,
	ErrTitleTooLong:       true,
	ErrDescriptionTooLong: true, ErrURLTooLong: true, ErrVoiceTooLong: true, ErrTooManyArticles: true,
	ErrMediaNotFound:    true,
	ErrMalformedRequest: true, ErrRiskyContent: true,
}
