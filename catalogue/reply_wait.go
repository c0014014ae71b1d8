package catalogue

import "strconv"

// Notes that agents read about replies that do not arrive at once. Words are the beginning of the reply.
const (
	NoteReplyHeld         Key = "note_reply_held.v1"         // Words, Reason, Next
	NoteReplyParked       Key = "note_reply_parked.v1"       // Words, Reason
	NoteReplyArrived      Key = "note_reply_arrived.v1"      // Words
	NoteReplyExpired      Key = "note_reply_expired.v1"      // Words
	NoteReplyUnsure       Key = "note_reply_unsure.v1"       // Words: given up, and nobody knows whether it has arrived
	NoteWindowEnding      Key = "note_window_ending.v1"      // Until
	NoteWindowLow         Key = "note_window_low.v1"         // Count, Until
	NoteAnnounced         Key = "note_announced.v1"          // the follower has a notice that an answer waits
	NoteNoticeTaken       Key = "note_notice_taken.v1"       // WeChat took the notice and does not say whether it arrived
	NoteNotAnnounced      Key = "note_not_announced.v1"      // Reason
	NextWhenFollowerActs  Key = "next_when_follower_acts.v1" // what happens with a held reply
	NextOnPage            Key = "next_on_page.v1"            // where the follower can read it until then
	NextAnnouncement      Key = "next_announcement.v1"       // Minutes
	NextNoAnnouncement    Key = "next_no_announcement.v1"    //
	NextExpiry            Key = "next_expiry.v1"             // Days
	NextRetry             Key = "next_retry.v1"              // it is tried again by itself
	ReplyPartly           Key = "reply_partly.v1"            // Sent, Parts, Rest: some messages of a reply have arrived
	ReasonWindowClosed    Key = "reason_window_closed.v1"    // why a reply has not arrived
	ReasonWindowUsedUp    Key = "reason_window_used_up.v1"   //
	ReasonBehind          Key = "reason_behind.v1"           //
	ReasonGone            Key = "reason_gone.v1"             //
	ReasonUnreachable     Key = "reason_unreachable.v1"      //
	ReasonRejected        Key = "reason_rejected.v1"         //
	ReasonRefused         Key = "reason_refused.v1"          //
	ReasonOutcomeUnknown  Key = "reason_outcome_unknown.v1"  //
	ReasonInDoubt         Key = "reason_in_doubt.v1"         //
	ReasonNotPermitted    Key = "reason_not_permitted.v1"    //
	ReasonUnrouted        Key = "reason_unrouted.v1"         //
	ReasonOther           Key = "reason_other.v1"            //
	ReasonTemplateRefused Key = "reason_template_refused.v1" // why no notice was sent
	ReasonNotDelivered    Key = "reason_not_delivered.v1"    //
	NoteAutomatic         Key = "note_automatic.v1"          // Words: an automatic text was not sent
	NoteNumberBarred      Key = "note_number_barred.v1"      // the account may not send the number of a ticket
	NoteAutomaticUnsure   Key = "note_automatic_unsure.v1"   // Words: nobody knows whether an automatic text has arrived
	AnnouncementText      Key = "announcement_text.v1"       // followers see it in a notice: at most 20 characters
	AnnouncementChat      Key = "announcement_chat.v1"       // the same, where the notice leads nowhere
)

// Reason is why a reply or a notice has not arrived.
func Reason(sentence string) Arg { return Arg{"reason", sentence} }

// Next is what happens with a held reply.
func Next(sentences string) Arg { return Arg{"next", sentences} }

// Until is when the window closes.
func Until(when string) Arg { return Arg{"until", when} }

// Count is how many messages WeChat still takes.
func Count(messages int) Arg { return Arg{"count", strconv.Itoa(messages)} }

// Minutes is how long a reply waits until the follower is notified.
func Minutes(n int) Arg { return Arg{"minutes", strconv.Itoa(n)} }

// Days is how long a reply waits at most.
func Days(n float64) Arg { return Arg{"days", number(n)} }

// Sent is how many messages of a reply have arrived.
func Sent(messages int) Arg { return Arg{"sent", strconv.Itoa(messages)} }

// Parts is how many messages a reply has.
func Parts(messages int) Arg { return Arg{"parts", strconv.Itoa(messages)} }

// Rest is how the part of a reply begins that has not arrived.
func Rest(words string) Arg { return Arg{"rest", words} }

var replyWaitTexts = map[Key]map[Language]string{
	NoteReplyHeld: {
		Chinese: "【未送达】回复“{words}”暂未送达。{reason}{next}",
		English: "[Not delivered] The reply \"{words}\" has not arrived yet. {reason} {next}",
	},
	NoteReplyParked: {
		Chinese: "【未送达】回复“{words}”未能送达。{reason}系统管理员会重新发送或停止发送。",
		English: "[Not delivered] The reply \"{words}\" did not arrive. {reason} An administrator will send it again or give it up.",
	},
	NoteReplyArrived: {
		Chinese: "【已送达】此前未送达的回复“{words}”现已送达客户。",
		English: "[Delivered] The reply \"{words}\", which had not arrived before, has now reached the customer.",
	},
	NoteReplyExpired: {
		Chinese: "【未送达】回复“{words}”等待时间过长，已停止发送，请通过其他方式联系客户。",
		English: "[Not delivered] The reply \"{words}\" waited too long for the customer and was given up. Please contact the customer another way.",
	},
	NoteReplyUnsure: {
		Chinese: "【送达未知】无法确认回复“{words}”是否已送达客户，系统不会再次发送。",
		English: "[Delivery unknown] Whether the reply \"{words}\" has reached the customer is not known. It is not sent again.",
	},
	NoteWindowEnding: {
		Chinese: "客户的消息尚未回复。微信只允许在 {until}（北京时间）之前回复，之后须等客户再次发来消息。",
		English: "The customer's message has not been answered. WeChat takes answers until {until} (Beijing time) only; after that they wait until the customer writes again.",
	},
	NoteWindowLow: {
		Chinese: "在 {until}（北京时间）之前，微信还允许向该客户发送 {count} 条消息；超出的回复要等客户再次发来消息后才会发送。",
		English: "Messages that WeChat still takes to the customer until {until} (Beijing time): {count}. Replies beyond that wait until the customer writes again.",
	},
	NoteAnnounced: {
		Chinese: "已通过微信通知提醒客户有新回复。客户在对话中发消息后，回复会自动发送。",
		English: "The customer got a notice in WeChat that an answer is waiting. The answer goes out once they write in the chat.",
	},
	NoteNoticeTaken: {
		Chinese: "已向客户发出有新回复的微信通知，但微信未确认是否送达。客户在对话中发消息后，回复会自动发送。",
		English: "A notice that an answer is waiting was handed to WeChat, which does not say whether the customer got it. The answer goes out once they write in the chat.",
	},
	NoteNotAnnounced: {
		Chinese: "未能通知客户有新回复。{reason}回复仍要等客户发来消息后才会发送。",
		English: "The customer could not be told that an answer is waiting. {reason} It goes out once they write in the chat.",
	},
	NoteAutomatic: {
		Chinese: "【未送达】自动消息“{words}”未能发送，微信暂不允许向该客户发送消息。如有需要，请通过其他方式告知客户。",
		English: "[Not delivered] The automatic message \"{words}\" was not sent: WeChat takes no message to the customer at present. If it matters, contact the customer another way.",
	},
	NoteNumberBarred: {
		Chinese: "【未送达】客户未收到本工单的编号：该公众号没有发送客服消息的权限（WeChatNotPermitted）。此后的工单也一样，不再逐一备注。请管理员为公众号取得该权限，或设置 WECHAT_C4C_TELL_NUMBER=false。",
		English: "[Not delivered] The customer was not told the number of this ticket: the account may not send messages (WeChatNotPermitted). The same holds for later tickets, which get no such note. Ask your administrator to obtain that permission for the account, or to set WECHAT_C4C_TELL_NUMBER=false.",
	},
	NoteAutomaticUnsure: {
		Chinese: "【送达未知】无法确认自动消息“{words}”是否已送达客户，系统不会再次发送。如有需要，请通过其他方式告知客户。",
		English: "[Delivery unknown] Whether the automatic message \"{words}\" has reached the customer is not known. It is not sent again. If it matters, contact the customer another way.",
	},
	NextWhenFollowerActs: {
		Chinese: "客户下次在对话中发消息后会自动发送。",
		English: "It goes out by itself when the customer next writes in the chat.",
	},
	NextOnPage: {
		Chinese: "在此之前，客户可以在服务页面上查看，但仅打开页面不会触发发送。",
		English: "Until then they can read it on the service page, which alone does not send it.",
	},
	NextAnnouncement: {
		Chinese: "如果 {minutes} 分钟后仍未送达，将通知客户有新回复。",
		English: "If it still waits after {minutes} minutes, the customer gets a notice that an answer is waiting.",
	},
	NextNoAnnouncement: {
		Chinese: "未配置通知模板，不会另行提醒客户。",
		English: "No notice is configured, so nothing tells the customer.",
	},
	NextExpiry: {
		Chinese: "超过 {days} 天仍未送达将停止发送。",
		English: "After {days} days it is given up.",
	},
	NextRetry: {
		Chinese: "系统会自动重试，请勿重复发送。",
		English: "It is retried automatically: please do not send it again.",
	},
	ReplyPartly: {
		Chinese: "该回复共分 {parts} 条消息，客户已收到前 {sent} 条，其余内容从“{rest}”开始。",
		English: "The customer has the first {sent} of its {parts} messages; the rest begins with \"{rest}\".",
	},
	ReasonWindowClosed: {
		Chinese: "距客户上次互动已超过微信允许的时限，公众号暂不能主动发消息。",
		English: "WeChat takes messages only for a while after the customer contacted the account, and that time is over.",
	},
	ReasonWindowUsedUp: {
		Chinese: "微信在客户上次互动后允许发送的消息条数已用完。",
		English: "The messages that WeChat allows after the customer's last action are used up.",
	},
	ReasonBehind: {
		Chinese: "此前的回复尚未送达，须按顺序发送。",
		English: "Earlier replies are waiting for the customer.",
	},
	ReasonGone: {
		Chinese: "客户已取消关注公众号。",
		English: "The customer does not follow the account any more.",
	},
	ReasonUnreachable: {
		Chinese: "微信不向该客户投递消息：客户已拒收、在公众号黑名单中，或其微信账号无法接收本公众号的消息。",
		English: "WeChat does not deliver to this customer: they refuse messages, are on the account's blacklist, or cannot receive messages from this account.",
	},
	ReasonRejected: {
		Chinese: "微信未通过该回复的内容，请修改后重发。",
		English: "WeChat does not accept its content: please change it and send it again.",
	},
	ReasonRefused: {
		Chinese: "微信拒绝了该消息，原因由系统管理员查明。",
		English: "WeChat refused it for a reason that an administrator will look up.",
	},
	ReasonOutcomeUnknown: {
		Chinese: "微信没有应答，客户可能已收到，也可能没有。",
		English: "WeChat gave no answer: the customer may have it, or not.",
	},
	ReasonInDoubt: {
		Chinese: "系统刚从备份恢复，客户可能已收到，也可能没有。",
		English: "The system was restored from a backup: the customer may have it, or not.",
	},
	ReasonNotPermitted: {
		Chinese: "公众号目前没有发送客服消息的权限。",
		English: "The account may not send customer-service messages at present.",
	},
	ReasonUnrouted: {
		Chinese: "工单的客户没有该公众号的微信资料，找不到收件人。",
		English: "The ticket's customer has no WeChat profile of this account, so nobody was found to send it to.",
	},
	ReasonOther: {
		Chinese: "C4C 与微信之间的连接出现故障。",
		English: "Something is wrong on the way from C4C to WeChat.",
	},
	ReasonTemplateRefused: {
		Chinese: "微信不接受所配置的通知模板。",
		English: "WeChat does not accept the template that is configured.",
	},
	ReasonNotDelivered: {
		Chinese: "微信未能投递通知。",
		English: "WeChat could not deliver the notice.",
	},
	AnnouncementText: {
		Chinese: "客服已回复您，请点击详情查看",
		English: "New reply: tap here",
	},
	AnnouncementChat: {
		Chinese: "客服已回复，回复任意内容即可接收",
		English: "New reply: write us",
	},
}
