package catalogue

// texts is the catalogue. Each language of a key uses the same placeholders.
var texts = map[Key]map[Language]string{
	Welcome: {
		Chinese: "您好，感谢您的关注！\n请直接在这里留言，您的消息会成为服务工单，客服人员会在这里回复您。",
		English: "Hello, and thank you for following us!\nWrite to us right here: your message becomes a service ticket, and our service team answers in this chat.",
	},
	TicketOpened: {
		Chinese: "您的消息已收到，服务工单号：{ticket}。客服人员会尽快在这里回复您。",
		English: "We have received your message. Your service ticket is number {ticket}. Our service team will answer you here.",
	},
	LinePicture: {
		Chinese: "[图片]",
		English: "[Picture]",
	},
	LineVoice: {
		Chinese: "[语音]",
		English: "[Voice message]",
	},
	LineVoiceRecognised: {
		Chinese: "[语音] {words}",
		English: "[Voice message] {words}",
	},
	LineVideo: {
		Chinese: "[视频]",
		English: "[Video]",
	},
	LineShortVideo: {
		Chinese: "[小视频]",
		English: "[Short video]",
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
		Chinese: "[暂不支持的消息类型：{type}]",
		English: "[Unsupported message: {type}]",
	},
	CustomerPlaceholder: {
		Chinese: "微信用户",
		English: "WeChat follower",
	},
	NoteUnfollowed: {
		Chinese: "客户已取消关注公众号，回复将无法送达其微信，请通过其他方式联系。",
		English: "The customer has unfollowed the account. Replies no longer reach them in WeChat: please use another way.",
	},
	NoteReplySkipped: {
		Chinese: "有一条回复未能送达客户的微信，系统已放弃发送，请通过其他方式联系客户。",
		English: "A reply was given up and has not reached the customer in WeChat: please use another way.",
	},
	ReplyNamed: {
		Chinese: "客服{name}：{words}",
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
	NoteReplyEmpty: {
		Chinese: "您的回复没有可以发送的内容，客户未收到任何消息。",
		English: "Your reply held nothing that can be sent: the customer received no message.",
	},
}
