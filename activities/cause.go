package activities

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

// Cause explains an error type to the people who have to get a sync moving again. Temporal UI, the command line and
// the runbook show it.
type Cause struct {
	Type    string // one of the error types of this package
	System  string // who refused: WeChat, C4C or the connector
	Meaning string // what happened, in one sentence
	Remedy  string // what to do about it, and whether the sync continues by itself
	// Everything is set if the cause affects every sync of the account, not only this one.
	Everything bool
	// Manual is set if the sync is parked until a person acts or the cause ends. Otherwise it retries or waits by
	// itself.
	Manual bool

	// oneService is set if the cause affects the calls of one of the other side's services, but not the others.
	oneService bool

	// specific finds the decisive fact in the other side's answer.
	specific func(wording.Language, Failure) string

	language wording.Language
}

// CauseOf explains an error type. Types without a description are explained as unknown.
func CauseOf(name string) Cause {
	for _, c := range Causes {
		if c.Type == name {
			return c
		}
	}
	return Cause{
		Type: name, System: SystemConnector, Manual: true,
		Meaning: "The error type is not in the catalogue: the sync was written by a newer or older release.",
		Remedy:  "Compare the releases of the workers, then retry.",
	}
}

// In translates the cause. Its names remain.
func (c Cause) In(l wording.Language) Cause {
	c.Meaning, c.Remedy, c.language = l.Say(c.Meaning), l.Say(c.Remedy), l
	return c
}

// Explain adds to the meaning the other side's details of this case: an address, a permission, a name.
func (c Cause) Explain(f Failure) string {
	if c.specific != nil {
		if fact := c.specific(c.language, f); fact != "" {
			return c.Meaning + c.language.Between() + fact
		}
	}
	return c.Meaning
}

// Causes lists all known causes, WeChat's first.
var Causes = []Cause{
	{
		Type: ErrorWeChatBusy, System: SystemWeChat,
		Meaning: "WeChat answered that it is busy (errcode -1, -1000 or 4).",
		Remedy:  "Nothing: the call is repeated with growing pauses.",
	},
	{
		Type: ErrorWeChatUnavailable, System: SystemWeChat,
		Meaning: "WeChat could not be reached, or its answer did not arrive. Nothing was sent twice.",
		Remedy:  "Nothing, if it passes. If it stays: check the worker's way to api.weixin.qq.com (DNS, proxy, firewall).",
	},
	{
		Type: ErrorWeChatRateLimited, System: SystemWeChat,
		Meaning: "The account made too many calls in this minute (errcode 45011).",
		Remedy:  "Nothing: the call is repeated in the next minute.",
	},
	{
		Type: ErrorWeChatQuotaExhausted, System: SystemWeChat, Everything: true, Manual: true, oneService: true,
		Meaning: "The day's quota of this API is used up (errcode 45009).",
		Remedy: "Nothing: syncs under this cause resume automatically after midnight in Beijing. Before that, clear the quota at mp.weixin.qq.com " +
			"(10 times a month); then they resume within minutes.",
	},
	{
		Type: ErrorWeChatTokenRefused, System: SystemWeChat, Everything: true,
		Meaning: "WeChat refuses the access token, even a fresh one.",
		Remedy: "Nothing, if it passes within minutes. If it stays: another system fetches tokens of this account with /cgi-bin/token, " +
			"or today's 20 forced refreshes are used up. Look at the row maintain-token.",
	},
	{
		Type: ErrorWeChatIPNotAllowed, System: SystemWeChat, Everything: true, Manual: true,
		Meaning: "WeChat does not accept calls from this address (errcode 40164, 61004 or others).",
		Remedy: "Add the address at mp.weixin.qq.com, Settings and Development, Basic Configuration, IP whitelist. " +
			"Syncs under this cause resume automatically once WeChat accepts a call.",
		specific: ipToAllow,
	},
	{
		Type: ErrorWeChatCredentials, System: SystemWeChat, Everything: true, Manual: true,
		Meaning: "WeChat refuses the AppID or the AppSecret (errcode 40013, 40125, 40243 or others).",
		Remedy: "Compare WECHAT_C4C_WECHAT_APP_ID and WECHAT_C4C_WECHAT_APP_SECRET with mp.weixin.qq.com; a reset or frozen secret needs the new one. " +
			"Restart the workers; syncs under this cause resume automatically.",
	},
	{
		Type: ErrorWeChatNotPermitted, System: SystemWeChat, Manual: true,
		Meaning: "The account may not use this API, or not send this type of message (errcode 48001, 48004, 48008, 61007 or 61024).",
		Remedy: "Look in the permission list of the account at mp.weixin.qq.com. Unverified and personal accounts have no customer-service messages; " +
			"an expired verification takes them away. Renew the verification, then retry.",
		specific: whatWeChatSaid,
	},
	{
		Type: ErrorWeChatWindowClosed, System: SystemWeChat,
		Meaning: "The follower's reply window is closed, or the follower has unfollowed (errcode 45015).",
		Remedy:  "Nothing: the reply is sent when the follower writes, scans, follows again or taps a menu item without a link. Skip it if it has become pointless.",
	},
	{
		Type: ErrorWeChatWindowUsedUp, System: SystemWeChat,
		Meaning: "All messages that this window allows are used up (errcode 45047).",
		Remedy:  "Nothing: the reply is sent when the follower acts again. Skip it if it has become pointless.",
	},
	{
		Type: ErrorWeChatFollowerGone, System: SystemWeChat, Manual: true,
		Meaning: "The follower does not follow the account any more (errcode 43004 or 50005, or the unfollow was seen).",
		Remedy:  "Reach the customer another way. Skip a parked reply, or retry it after the follower has followed again.",
	},
	{
		Type: ErrorWeChatFollowerUnreachable, System: SystemWeChat, Manual: true,
		Meaning: "WeChat does not deliver to this follower: unknown openid, blacklisted, frozen, or messages refused (errcode 40003, 43019, 48002, 49003, 50002 or others).",
		Remedy: "For 40003 and 49003 the openid belongs to another account: check where the reply came from. For 43019 take the follower off the blacklist " +
			"at mp.weixin.qq.com and retry. Otherwise skip.",
		specific: whatWeChatSaid,
	},
	{
		Type: ErrorWeChatMediaExpired, System: SystemWeChat, Manual: true,
		Meaning: "WeChat does not have the file any more (errcode 40007 or 46001): it keeps files for three days.",
		Remedy: "Nothing brings a follower's file back: a note in the ticket asks the agent to have it sent again. " +
			"An agent's file is uploaded once more by itself.",
	},
	{
		Type: ErrorWeChatMediaTooLarge, System: SystemWeChat, Manual: true,
		Meaning: "The follower's file is larger than WECHAT_C4C_MEDIA_MAX_SIZE allows.",
		Remedy: "If C4C takes files of that size: raise the setting, restart the workers and retry within three days of the message. " +
			"Otherwise skip; a note in the ticket has told the agent.",
	},
	{
		Type: ErrorWeChatRejected, System: SystemWeChat, Manual: true,
		Meaning: "WeChat refused the content of the call.",
		Remedy: "Read the errcode: 45002 means too long, 87014 content that its rules forbid, HTTP 413 that a proxy on the way to WeChat takes " +
			"no calls of that size. Amend or skip.",
		specific: whatWeChatSaid,
	},
	{
		Type: ErrorWeChatRefused, System: SystemWeChat, Manual: true,
		Meaning:  "WeChat refused the call with an errcode that the connector does not know.",
		Remedy:   "Look the errcode up in WeChat's list, or ask its support with the request id. Then retry, amend or skip.",
		specific: whatWeChatSaid,
	},
	{
		Type: ErrorWeChatTemplateRefused, System: SystemWeChat, Manual: true,
		Meaning: "WeChat does not accept the template of a notice, its page or one of its values (errcode 40037, 41030 or 47003).",
		Remedy: "Compare WECHAT_C4C_WINDOW_TEMPLATE_ID and WECHAT_C4C_WINDOW_TEMPLATE_FIELDS, or those of the subscription, with the account's templates at " +
			"mp.weixin.qq.com; restart the workers, then retry. The replies wait for the follower all the same.",
		specific: whatWeChatSaid,
	},
	{
		Type: ErrorWeChatNotDelivered, System: SystemWeChat,
		Meaning:  "WeChat accepted a notice that an answer is waiting, but could not deliver it.",
		Remedy:   "Nothing: the replies wait for the follower all the same, and a note in the ticket tells the agent.",
		specific: whatWeChatSaid,
	},
	{
		Type: ErrorWeChatOutcomeUnknown, System: SystemWeChat, Manual: true,
		Meaning: "The message was handed to WeChat and no answer came back: it may have arrived, or not.",
		Remedy: "Ask the follower, or look at the chat in WeChat's own customer-service page. Not arrived: retry, which sends this part again. " +
			"Arrived: skip, which sends neither this part again nor the parts after it. Many at once, where a second copy does no harm: " +
			"wechat-c4c sync retry --cause WeChatOutcomeUnknown, first with --dry-run.",
	},
	{
		Type: ErrorC4CUnavailable, System: SystemC4C,
		Meaning: "C4C could not be reached, is overloaded or down for maintenance.",
		Remedy:  "Nothing: the call is repeated with growing pauses, and looks first whether the last one got through. SAP announces maintenance in advance.",
	},
	{
		Type: ErrorC4CLocked, System: SystemC4C,
		Meaning:  "Somebody has the object open for editing in C4C.",
		Remedy:   "Nothing: the call is repeated until the lock is gone. If it stays, ask that user to leave the edit mode.",
		specific: whatC4CSaid,
	},
	{
		Type: ErrorC4CFault, System: SystemC4C, Manual: true,
		Meaning: "C4C could not process the call and gave no details (\"web service processing error\").",
		Remedy: "Look for the transaction id in C4C: Administrator, System Administration, Web Service Message Monitoring. " +
			"Fix the error it reports, then retry.",
	},
	{
		Type: ErrorC4CConflict, System: SystemC4C,
		Meaning: "The object was changed by somebody else in the same moment.",
		Remedy:  "Nothing: it is read again and the call repeated.",
	},
	{
		Type: ErrorC4CTicketPending, System: SystemC4C,
		Meaning: "C4C has the message but has not made its ticket yet.",
		Remedy:  "Nothing: it is asked for again. After five minutes the message parks under C4CTicketMissing.",
	},
	{
		Type: ErrorC4CTicketMissing, System: SystemC4C, Manual: true,
		Meaning: "C4C has the message but has made no ticket of it for five minutes. Further messages of the follower join the same thread.",
		Remedy: "Check the social media channel and the ticket creation rules in C4C (Service and Social, Social Media Channels). " +
			"Then retry, which looks for the ticket again.",
	},
	{
		Type: ErrorC4CReplyPending, System: SystemC4C,
		Meaning: "C4C has pushed an agent's reply but does not show its activity yet, which would hold the attachments.",
		Remedy:  "Nothing: it is asked again for ten seconds; then the reply counts as one without attachments.",
	},
	{
		Type: ErrorC4CCredentials, System: SystemC4C, Everything: true, Manual: true,
		Meaning: "C4C refuses the technical user or its password, the certificate, or the client of OAuth (401).",
		Remedy: "Check the communication system's user in C4C and WECHAT_C4C_C4C_USER and WECHAT_C4C_C4C_PASSWORD, or what WECHAT_C4C_C4C_AUTH names in " +
			"their place. Put the new password or key into its file; restart the workers where it comes from a variable. " +
			"Syncs under this cause resume automatically once C4C accepts a call.",
	},
	{
		Type: ErrorC4CNotAuthorized, System: SystemC4C, Everything: true, Manual: true, oneService: true,
		Meaning: "The technical user may not use this service: the communication arrangement or an authorisation is missing.",
		Remedy: "In C4C, Administrator, Communication Arrangements: activate the service that the message names for our communication system. " +
			"Syncs under this cause resume automatically once C4C accepts a call.",
		specific: whatC4CSaid,
	},
	{
		Type: ErrorC4CReadOnly, System: SystemC4C, Manual: true,
		Meaning:  "The object is completed or closed and accepts no change (message 106 or 107).",
		Remedy:   "Reopen the ticket and retry, or skip.",
		specific: whatC4CSaid,
	},
	{
		Type: ErrorC4CRejected, System: SystemC4C, Manual: true,
		Meaning:  "C4C refused the data.",
		Remedy:   "Its message names the field or rule. Correct the master data or the configuration in C4C and retry; amend or skip if it is the message itself.",
		specific: whatC4CSaid,
	},
	{
		Type: ErrorC4CFieldRefused, System: SystemC4C, Manual: true,
		Meaning: "C4C refused a value that a follower entered in one of your own fields. Everything else of the submission is in C4C.",
		Remedy: "Compare property, kind and limits in WECHAT_C4C_WEB_FIELDS_FILE with C4C; the doctor does it. Correct the extension field in C4C and retry, " +
			"or skip: then the agent asks the customer for it.",
		specific: refusedProperties,
	},
	{
		Type: ErrorC4CNotFound, System: SystemC4C, Manual: true,
		Meaning: "The object is not in C4C (any more).",
		Remedy:  "Check the ticket number; amend it and retry, or skip.",
	},
	{
		Type: ErrorAccountUnknown, System: SystemConnector, Everything: true, Manual: true,
		Meaning: "The workers do not know this account.",
		Remedy:  "Start the workers with the account's settings (WECHAT_C4C_ACCOUNTS), then retry.",
	},
	{
		Type: ErrorFollowerUnknown, System: SystemConnector, Manual: true,
		Meaning: "The reply has no recipient: the ticket's contact has no social media profile of this channel.",
		Remedy:  "Set the ticket's contact to the customer who wrote, or amend the ticket number; then retry. Otherwise skip.",
	},
	{
		Type: ErrorRepliesInDoubt, System: SystemConnector, Manual: true,
		Meaning: "Temporal was down or was restored from a backup, and does not know whether this was delivered meanwhile.",
		Remedy: "Ask whether Temporal was restored, and when the backup was made; look at the chat in WeChat's own customer-service page. " +
			"Delivered: skip. Not delivered: retry a reply; of a review (wechat-c4c reconcile show) approve the replies that it asks about.",
	},
	{
		Type: ErrorPageUnreachable, System: SystemConnector,
		Meaning: "A worker could not send a file to the api process that shows it to a follower.",
		Remedy: "Nothing, if it passes: the follower has closed the page. If it stays: let the workers of the role c4c reach the internal address " +
			"of every api process (network policies, WECHAT_C4C_FILES_URL).",
	},
	{
		Type: ErrorWorkerDisk, System: SystemConnector,
		Meaning: "A worker cannot store an agent's file on its way to WeChat: its temporary folder is full or cannot be written to.",
		Remedy: "Nothing, if it passes. If it stays: free space in the folder that the message names, or make it larger. " +
			"Temporal UI names the worker, under Pending Activities. The text of the reply has arrived.",
	},
	{
		Type: ErrorReplyBehind, System: SystemConnector,
		Meaning: "Other replies to the follower wait, and this one was written after them.",
		Remedy:  "Nothing: it is sent after them. The first of them shows the cause.",
	},
	{
		Type: ErrorReplyExpired, System: SystemConnector,
		Meaning: "The reply waited for the follower until its time was over, and was given up.",
		Remedy:  "Nothing: a note in the ticket tells the agent. WECHAT_C4C_WINDOW_EXPIRE_AFTER sets the time.",
	},
	{
		Type: ErrorInternal, System: SystemConnector, Manual: true,
		Meaning: "An unexpected error. This is a defect.",
		Remedy:  "Report it with the message and the workflow id. Retrying is safe: the connector looks for existing objects before it creates any.",
	},
}

var (
	address   = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`)
	addressV6 = regexp.MustCompile(`[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*[0-9A-Fa-f]`)
)

// ipToAllow finds the address in "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist", or the IPv6
// address if there is no other.
func ipToAllow(l wording.Language, f Failure) string {
	ip := address.FindString(f.Text)
	if ip == "" {
		ip = addressV6.FindString(f.Text)
	}
	if _, err := netip.ParseAddr(ip); err != nil {
		return ""
	}
	return l.Say("The address to add is %s.", ip)
}

func whatWeChatSaid(l wording.Language, f Failure) string { return said(l, "WeChat", f) }

func whatC4CSaid(l wording.Language, f Failure) string { return said(l, "C4C", f) }

// refusedProperties names the properties. C4C's words come without the values.
func refusedProperties(l wording.Language, f Failure) string {
	if len(f.Properties) == 0 {
		return whatC4CSaid(l, f)
	}
	return l.Say("The properties: %s.", strings.Join(f.Properties, ", ")) + l.Between() + whatC4CSaid(l, f)
}

func said(l wording.Language, who string, f Failure) string {
	text := strings.TrimSpace(f.Text)
	switch {
	case text != "" && f.Code != "":
		return l.Say("%s said (%s): %s", who, f.Code, text)
	case text != "" || f.Code != "":
		return l.Say("%s said: %s", who, text+f.Code)
	}
	return ""
}
