package catalogue

// Value fills a placeholder of a text on the H5 page.
func Value(name, text string) Arg { return Arg{name, text} }

// WebKeys are the keys of the H5 page's texts. They are shown and never stored, so they have no versions.
func WebKeys() []Key {
	keys := make([]Key, 0, len(webTexts))
	for key := range webTexts {
		keys = append(keys, key)
	}
	return keys
}

// both is a text in both languages.
func both(chinese, english string) map[Language]string {
	return map[Language]string{Chinese: chinese, English: english}
}

// webTexts are the texts of the H5 page.
var webTexts = map[Key]map[Language]string{
	"web_home":        both("服务中心", "Service"),
	"web_hello":       both("您好，{name}", "Hello, {name}"),
	"web_intro":       both("提交问题、查看进度、与客服沟通，都在这里。", "Ask us, follow the progress and talk to our service team, all in one place."),
	"web_register_me": both("请先完善您的联系方式，方便我们为您服务。", "Please tell us who you are, so that we can help you better."),
	"web_new":         both("新建工单", "New ticket"),
	"web_tickets":     both("我的工单", "My tickets"),
	"web_account":     both("我的账户", "My account"),
	"web_back":        both("返回", "Back"),

	"web_name":         both("姓名", "Name"),
	"web_name_hint":    both("请输入姓名", "Your full name"),
	"web_phone":        both("手机", "Phone"),
	"web_phone_hint":   both("请输入手机号", "Your phone number"),
	"web_email":        both("邮箱", "E-mail"),
	"web_street":       both("地址", "Street"),
	"web_city":         both("城市", "City"),
	"web_postal":       both("邮编", "Postcode"),
	"web_optional":     both("选填", "Optional"),
	"web_consent":      both("我已阅读并同意", "I have read and agree to the"),
	"web_privacy":      both("《隐私声明》", "privacy notice"),
	"web_save":         both("保存", "Save"),
	"web_saved":        both("资料已保存。", "Your details are saved."),
	"web_saving":       both("资料已收到，正在保存。", "We have received your details and are saving them."),
	"web_customer_no":  both("客户编号", "Customer number"),
	"web_logout":       both("退出", "Sign out"),
	"web_privacy_name": both("隐私声明", "Privacy notice"),
	"web_privacy_1": both("我们收集您的姓名、电话，以及您自愿填写的邮箱和地址，仅用于处理您的服务请求并与您联系。",
		"We collect your name and phone number, and the e-mail and address if you give them, only to handle your service requests and to contact you."),
	"web_privacy_2": both("您的资料和消息保存在我们的客户服务系统中，由客服人员处理，不会出售或用于其他目的。图片在微信服务器上最多保留三天。",
		"Your details and messages are kept in our customer service system and handled by our service team. They are not sold or used for anything else. WeChat keeps pictures for three days at most."),
	"web_privacy_3": both("您可以随时在“我的账户”中更正资料，或在对话中要求删除资料、撤回同意。",
		"You may correct your details under “My account” at any time, and ask in the chat to have them deleted or to withdraw your consent."),
	"web_privacy_version": both("版本 {version}", "Version {version}"),

	"web_subject":       both("标题", "Subject"),
	"web_subject_hint":  both("一句话说明问题", "What is it about?"),
	"web_category":      both("类别", "Category"),
	"web_choose":        both("请选择", "Please choose"),
	"web_description":   both("问题描述", "Description"),
	"web_text_hint":     both("请描述您遇到的问题", "Please describe what happened"),
	"web_pictures":      both("图片", "Pictures"),
	"web_pictures_hint": both("最多 {count} 张，每张不超过 {size} MB，支持 JPG、PNG", "Up to {count}, each at most {size} MB, JPG or PNG"),
	"web_submit":        both("提交", "Submit"),
	"web_send":          both("发送", "Send"),
	"web_sending":       both("正在提交…", "Sending…"),
	"web_message":       both("消息", "Message"),
	"web_message_hint":  both("输入消息", "Write a message"),

	"web_no_tickets":     both("还没有工单", "No tickets yet"),
	"web_newer":          both("上一页", "Newer"),
	"web_older":          both("下一页", "Older"),
	"web_ticket":         both("工单 {ticket}", "Ticket {ticket}"),
	"web_changed":        both("更新于", "Updated"),
	"web_status_1":       both("待处理", "Open"),
	"web_status_2":       both("处理中", "In progress"),
	"web_status_3":       both("已完成", "Completed"),
	"web_status_4":       both("已关闭", "Closed"),
	"web_status_":        both("处理中", "In progress"),
	"web_yesterday":      both("昨天", "Yesterday"),
	"web_add_picture":    both("添加图片", "Add a picture"),
	"web_pictures_again": both("请重新选择图片", "Please choose your pictures again"),
	"web_remove_picture": both("移除图片", "Remove the picture"),
	"web_agent":          both("客服", "Service team"),
	"web_you":            both("我", "You"),
	"web_picture":        both("图片", "Picture"),
	"web_file_hint":      both("如需此文件，请在对话中联系客服", "ask for it in the chat"),
	"web_reopen_hint":    both("工单已完成。发送消息将重新打开工单。", "This ticket is completed. A message opens it again."),
	"web_closed_hint":    both("工单已关闭，如需帮助请新建工单。", "This ticket is closed. Please open a new one if you need help."),
	"web_no_thread_hint": both("此工单不是通过微信提交的，如需补充请新建工单或在对话中留言。", "This ticket was not opened through WeChat. Please open a new one or write to us in the chat."),
	"web_opened":         both("工单已提交，编号 {ticket}。", "Your ticket is open. Its number is {ticket}."),

	"web_received":         both("已收到", "Received"),
	"web_received_text":    both("我们已收到您的提交，工单编号稍后会在公众号对话中发送给您。", "We have received it. The ticket number follows in the chat."),
	"web_received_message": both("消息已收到，正在送达客服。", "We have received your message and are passing it on."),
	"web_stale":            both("系统暂时无法连接，以下为 {minutes} 分钟前的数据。", "The service system does not answer. This is how things stood {minutes} minutes ago."),
	"web_unavailable":      both("暂时无法查询", "Not available right now"),
	"web_unavailable_text": both("系统正忙，请稍后再试。您仍然可以提交工单或在对话中留言。", "Our system is busy. Please try again in a moment. You can still open a ticket or write to us in the chat."),

	"web_link":           both("打开服务中心", "Open the service page"),
	"web_link_text":      both("此链接仅供您本人使用一次。", "This link is for you alone and works once."),
	"web_continue":       both("继续", "Continue"),
	"web_expired":        both("链接已失效", "The link does not work any more"),
	"web_expired_text":   both("个人链接只能使用一次，且十分钟内有效。请回到公众号对话，点击菜单获取新的链接。", "A personal link works once and for ten minutes. Please go back to the chat and tap the menu for a new one."),
	"web_signed_out":     both("请从公众号进入", "Please come from the chat"),
	"web_from_chat":      both("为保护您的资料，请在公众号对话中点击菜单打开本页面。", "To protect your data, please open this page from the menu of the chat."),
	"web_to_chat":        both("回到对话", "Back to the chat"),
	"web_retry":          both("重试", "Try again"),
	"web_snapshot":       both("请使用完整服务", "Please use the full page"),
	"web_snapshot_text":  both("微信以快照方式打开了本页面。请点击右下角“使用完整服务”后重试。", "WeChat has opened a snapshot of this page. Please tap “Use full service” at the bottom and try again."),
	"web_denied":         both("登录未完成", "Not signed in"),
	"web_denied_text":    both("微信没有确认您的身份，请重试。", "WeChat has not confirmed who you are. Please try again."),
	"web_gone":           both("您已取消关注", "You do not follow us any more"),
	"web_gone_text":      both("请重新关注公众号后，从菜单打开本页面。", "Please follow the account again and open this page from its menu."),
	"web_not_found":      both("没有找到", "Not found"),
	"web_not_found_text": both("您要查看的内容不存在。", "There is no such page or ticket."),
	"web_busy":           both("操作过于频繁", "Too many requests"),
	"web_busy_text":      both("请稍等片刻再试。", "Please wait a moment and try again."),
	"web_refused":        both("页面已过期", "The page has expired"),
	"web_refused_text":   both("请返回并刷新页面后重试，您填写的内容没有提交。", "Please go back, reload the page and try again. Nothing was sent."),
	"web_error":          both("出错了", "Something went wrong"),
	"web_error_text":     both("请稍后重试。", "Please try again later."),
	"web_too_large":      both("文件太大", "Too large"),
	"web_too_large_text": both("提交的内容超出限制，请减少或压缩图片后重试。", "That is more than we can take. Please send fewer or smaller pictures."),

	"web_link_new_ticket": both("点击<a href=\"{address}\">新建工单</a>（链接仅供本人使用一次，十分钟内有效）", "<a href=\"{address}\">Open a new ticket</a> (this link is yours alone, works once and for ten minutes)"),
	"web_link_my_tickets": both("点击查看<a href=\"{address}\">我的工单</a>（链接仅供本人使用一次，十分钟内有效）", "<a href=\"{address}\">See your tickets</a> (this link is yours alone, works once and for ten minutes)"),
	"web_link_account":    both("点击进入<a href=\"{address}\">我的账户</a>（链接仅供本人使用一次，十分钟内有效）", "<a href=\"{address}\">See your account</a> (this link is yours alone, works once and for ten minutes)"),

	"web_bad_required": both("请填写此项", "Please fill this in"),
	"web_bad_long":     both("最多 {max} 个字", "At most {max} characters"),
	"web_bad_phone":    both("请输入正确的电话号码", "Please enter a valid phone number"),
	"web_bad_email":    both("请输入正确的邮箱", "Please enter a valid e-mail address"),
	"web_bad_category": both("请选择类别", "Please choose a category"),
	"web_bad_consent":  both("请阅读并同意隐私声明", "Please agree to the privacy notice"),
	"web_bad_count":    both("最多上传 {max} 张图片", "At most {max} pictures"),
	"web_bad_size":     both("“{file}”超过 {size} MB", "“{file}” is larger than {size} MB"),
	"web_bad_kind":     both("“{file}”不是 JPG 或 PNG 图片", "“{file}” is not a JPG or PNG picture"),
	"web_bad_upload":   both("图片上传失败，请重试，或在对话中发送图片。", "The pictures could not be uploaded. Please try again, or send them in the chat."),
	"web_check":        both("请检查标出的内容。", "Please check what is marked."),
}
