package catalogue

// texts is the catalogue. Each language of a key uses the same placeholders.
var texts = map[Key]map[Language]string{
	Welcome: {
		Chinese: "您好，感谢您的关注！\n如需帮助，请直接在此留言，我们会为您创建服务工单并在这里回复。",
		English: "Hello, and thank you for following us!\nWrite to us right here: your message becomes a service ticket, and our service team answers in this chat.",
	},
	TicketOpened: {
		Chinese: "您的消息已收到，服务工单号：{ticket}。客服人员会尽快在这里回复您。",
		English: "We have received your message. Your ticket number is {ticket}. Our service team will answer you here.",
	},
	Received: {
		Chinese: "您的消息已收到，客服人员会尽快在这里回复您。",
		English: "We have received your message. Our service team will answer you here.",
	},
	ReceivedTicket: {
		Chinese: "您的消息已收到，将记入工单 {ticket}。客服人员会尽快在这里回复您。",
		English: "We have received your message for ticket {ticket}. Our service team will answer you here.",
	},
	Closed: {
		Chinese: "您的消息已收到。现在是非服务时间，客服人员将于 {opens} 起为您处理。",
		English: "We have received your message. Our service team is away at the moment and will take care of it from {opens} on.",
	},
	LinePicture: {
		Chinese: "[图片，文件稍后见工单附件]",
		English: "[Picture: the file follows as an attachment]",
	},
	LineVoice: {
		Chinese: "[语音，文件稍后见工单附件]",
		English: "[Voice message: the file follows as an attachment]",
	},
	LineVoiceRecognised: {
		Chinese: "[语音] {words}",
		English: "[Voice message] {words}",
	},
	LineVideo: {
		Chinese: "[视频，文件稍后见工单附件]",
		English: "[Video: the file follows as an attachment]",
	},
	LineShortVideo: {
		Chinese: "[小视频，文件稍后见工单附件]",
		English: "[Short video: the file follows as an attachment]",
	},
	LineLocation: {
		Chinese: "[位置] {label}\n纬度 {latitude}，经度 {longitude}",
		English: "[Location] {label}\nlatitude {latitude}, longitude {longitude}",
	},
	LineLink: {
		Chinese: "[链接] {title}\n{description}\n{address}",
		English: "[Link] {title}\n{description}\n{address}",
	},
	LineMiniProgram: {
		Chinese: "[小程序] {title}\n{page}",
		English: "[Mini program] {title}\n{page}",
	},
	LineUnknown: {
		Chinese: "[暂不支持的消息类型：{type}，请客户换一种方式发送]",
		English: "[Unsupported message: {type}. Please ask the customer to send it another way.]",
	},
	LineUnfetched: {
		Chinese: "[未从微信获取文件（{type}）：该客户今天发送的文件过多。请客户明天重新发送，或换一种方式提供。]",
		English: "[File not fetched from WeChat ({type}): the customer has sent too many files today. " +
			"Please ask them to send it again tomorrow, or another way.]",
	},
	CustomerPlaceholder: {
		Chinese: "微信用户",
		English: "WeChat follower",
	},
	NoteUnfollowed: {
		Chinese: "【未送达】客户已取消关注公众号，回复将无法送达其微信，请通过其他方式联系。",
		English: "[Not delivered] The customer has unfollowed the account. Replies no longer reach them in WeChat: please contact them another way.",
	},
	NoteReplySkipped: {
		Chinese: "【未送达】回复“{words}”未能送达客户的微信，已停止发送，请通过其他方式联系客户。",
		English: "[Not delivered] The reply \"{words}\" has not reached the customer in WeChat and was given up. Please contact the customer another way.",
	},
	NoteReplyGone: {
		Chinese: "【未送达】回复“{words}”未能送达：客户已取消关注公众号，请通过其他方式联系客户。",
		English: "[Not delivered] The reply \"{words}\" has not arrived: the customer has unfollowed the account. Please contact the customer another way.",
	},
	ReplyNamed: {
		Chinese: "客服 {name}：{words}",
		English: "{name}: {words}",
	},
	ReplyRest: {
		Chinese: "查看完整回复：{address}",
		English: "Read on here: {address}",
	},
	NoteReplyCut: {
		Chinese: "您的回复较长，客户在微信中只收到前半部分，末尾附有工单页面链接，可在页面上查看全文。",
		English: "Your reply was long: the customer received its beginning in WeChat, with a link to the ticket's page for the rest.",
	},
	NoteReplyLong: {
		Chinese: "您的回复过长，客户在微信中只收到前半部分，以“…”结尾，其余内容未送达。请将其余内容分开发送。",
		English: "Your reply was too long: the customer received its beginning, which ends with \"…\", and nothing of the rest. " +
			"Please send the rest in shorter replies.",
	},
	NoteReplyEmpty: {
		Chinese: "您的回复没有可以发送的内容，客户未收到任何消息。",
		English: "Your reply held nothing that can be sent: the customer received no message.",
	},
	NoteReplyQuote: {
		Chinese: "您的回复末尾引用的往来邮件未发送给客户。如需客户阅读，请另行发送其内容。",
		English: "The mail quoted at the end of your reply was not sent to the customer. Please send its words on their own if the " +
			"customer needs them.",
	},
	ReplyFiles: {
		Chinese: "客服向您发送了文件：{files}\n点击查看：{address}",
		English: "Our service team has sent you: {files}\nOpen it here: {address}",
	},
	ReplyFilesUnsent: {
		Chinese: "客服向您发送了文件：{files}\n此类文件无法通过微信发送，客服会通过其他方式发给您。",
		English: "Our service team has sent you: {files}\nWeChat cannot show it. We will send it to you another way.",
	},
	NoteReplyFiles: {
		Chinese: "以下附件未能送达客户的微信，请通过其他方式发送：\n{files}",
		English: "These attachments have not reached the customer in WeChat. Please send them another way:\n{files}",
	},
	NoteReplyFilesSkipped: {
		Chinese: "回复的文字已送达客户的微信，但附件未能送达，系统已停止发送，请通过其他方式发送附件。",
		English: "The text of the reply has reached the customer in WeChat; its attachments were given up. Please send them another way.",
	},
	WhyFileType: {
		Chinese: "微信不支持发送此类型的文件",
		English: "WeChat has no message for files of this type",
	},
	WhyFileSize: {
		Chinese: "文件超过微信的大小限制（图片和视频 10 MB，语音 2 MB）",
		English: "larger than WeChat allows (pictures and videos 10 MB, voice 2 MB)",
	},
	WhyFileLength: {
		Chinese: "语音超过 60 秒",
		English: "voice message of more than 60 seconds",
	},
	WhyFileEmpty: {
		Chinese: "文件没有内容",
		English: "the file is empty",
	},
	WhyFileGone: {
		Chinese: "附件已从工单中删除",
		English: "the attachment is no longer in C4C",
	},
	WhyFileContent: {
		Chinese: "微信拒绝了该文件",
		English: "WeChat refused the file",
	},
	NoteMediaExpired: {
		Chinese: "客户的消息“{message}”中的文件未能保存到工单：微信只保留三天，现已删除。如需要，请联系客户重新发送。",
		English: "The file of the customer's message \"{message}\" could not be attached: WeChat keeps files for three days and has deleted it. " +
			"If you need it, ask the customer to send it again.",
	},
	NoteMediaTooLarge: {
		Chinese: "客户的消息“{message}”中的文件超过允许的大小，未能保存到工单。请联系客户发送较小的文件，或通过其他方式发送。",
		English: "The file of the customer's message \"{message}\" is larger than allowed and was not attached. " +
			"Please ask the customer for a smaller one, or for another way.",
	},
	NoteMediaRefused: {
		Chinese: "客户的消息“{message}”中的文件未能保存到工单附件。如需要，请联系客户重新发送，或通过其他方式发送。",
		English: "The file of the customer's message \"{message}\" could not be attached to the ticket. " +
			"If you need it, ask the customer to send it again, or another way.",
	},
	NoteMediaAttached: {
		Chinese: "客户的消息“{message}”中的文件现已保存到工单附件。",
		English: "The file of the customer's message \"{message}\" is now attached to the ticket.",
	},
	StatusAccepted: {
		Chinese: "您的服务工单 {ticket} 已受理，客服人员正在处理。",
		English: "Our service team is working on your ticket {ticket}.",
	},
	StatusTechnician: {
		Chinese: "您的服务工单 {ticket}：服务工程师已出发，请保持电话畅通。",
		English: "Your ticket {ticket}: the technician is on the way. Please keep your phone at hand.",
	},
	StatusWaiting: {
		Chinese: "您的服务工单 {ticket} 需要您补充信息，请直接在这里回复。",
		English: "Your ticket {ticket} is waiting for your reply: please write to us right here.",
	},
	StatusResolved: {
		Chinese: "您的服务工单 {ticket} 已处理完毕。如仍有问题，请直接在这里回复。",
		English: "Your ticket {ticket} has been resolved. If something is still wrong, please write to us right here.",
	},
	SurveyQuestion: {
		Chinese: "您对本次服务（工单 {ticket}）满意吗？",
		English: "Are you satisfied with our service in ticket {ticket}?",
	},
	SurveySatisfied: {
		Chinese: "满意",
		English: "Satisfied",
	},
	SurveyNeutral: {
		Chinese: "一般",
		English: "Neutral",
	},
	SurveyDissatisfied: {
		Chinese: "不满意",
		English: "Dissatisfied",
	},
	SurveyThanks: {
		Chinese: "感谢您的评价！",
		English: "Thank you for your feedback!",
	},
	NoteSurvey: {
		Chinese: "微信满意度评价（工单 {ticket}）：{words}",
		English: "WeChat satisfaction rating (ticket {ticket}): {words}",
	},
	NoteSurveyChanged: {
		Chinese: "微信满意度评价（工单 {ticket}）已更改为：{words}",
		English: "WeChat satisfaction rating (ticket {ticket}), changed to: {words}",
	},
	NoteOrigin: {
		Chinese: "客户通过扫描公众号二维码而来，场景值：{words}",
		English: "The customer came through a QR code of the account, scene: {words}",
	},
}
