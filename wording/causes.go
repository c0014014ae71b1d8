package wording

// causes are the meanings and remedies in package activities.
var causes = map[string]string{
	"C4C refused a value that a follower entered in one of your own fields. Everything else of the submission is in C4C.": "C4C 拒绝了粉丝在页面自定义字段中填写的内容。提交的其余内容已在 C4C 中。",
	"Compare property, kind and limits in WECHAT_C4C_WEB_FIELDS_FILE with C4C; the doctor does it. Correct the " +
		"extension field in C4C and retry, or skip: then the agent asks the customer for it.": "将 WECHAT_C4C_WEB_FIELDS_FILE 中的属性、类型和限制与 C4C 核对，doctor 会进行核对。" +
		"在 C4C 中更正扩展字段后 retry，或 skip：由客服向客户询问。",
	"The properties: %s.": "属性：%s。",
	"The error type is not in the catalogue: the sync was written by a newer or older release.":               "目录中没有这一错误类型：该同步任务由更新或更旧的版本写入。",
	"Compare the releases of the workers, then retry.":                                                        "核对各 worker 的版本，然后 retry。",
	"WeChat answered that it is busy (errcode -1, -1000 or 4).":                                               "微信返回系统繁忙（errcode -1、-1000 或 4）。",
	"Nothing: the call is repeated with growing pauses.":                                                      "无需处理：调用会自动重试，间隔逐次加长。",
	"WeChat could not be reached, or its answer did not arrive. Nothing was sent twice.":                      "无法连接微信，或未收到其应答。没有任何内容被重复发送。",
	"Nothing, if it passes. If it stays: check the worker's way to api.weixin.qq.com (DNS, proxy, firewall).": "若很快恢复则无需处理。若持续存在：检查 worker 到 api.weixin.qq.com 的网络（DNS、代理、防火墙）。",
	"The account made too many calls in this minute (errcode 45011).":                                         "该公众号本分钟内调用过于频繁（errcode 45011）。",
	"Nothing: the call is repeated in the next minute.":                                                       "无需处理：下一分钟自动重试。",
	"The day's quota of this API is used up (errcode 45009).":                                                 "该接口当日调用额度已用完（errcode 45009）。",
	"Nothing: syncs under this cause resume automatically after midnight in Beijing. Before that, " +
		"clear the quota at mp.weixin.qq.com (10 times a month); then they resume within minutes.": "无需处理：因此挂起的同步任务在北京时间零点后自动继续。若要提前恢复，请在 mp.weixin.qq.com " +
		"清零额度（每月 10 次），几分钟内即会继续。",
	"WeChat refuses the access token, even a fresh one.": "微信拒绝 access_token，刚获取的也不接受。",
	"Nothing, if it passes within minutes. If it stays: another system fetches tokens of this " +
		"account with /cgi-bin/token, or today's 20 forced refreshes are used up. Look at the row " +
		"maintain-token.": "若几分钟内恢复则无需处理。若持续存在：另有系统用 /cgi-bin/token 获取该公众号的 access_token，" +
		"或当日 20 次强制刷新已用完。请查看 maintain-token 一行。",
	"WeChat does not accept calls from this address (errcode 40164, 61004 or others).": "微信不接受来自该 IP 地址的调用（errcode 40164、61004 等）。",
	"Add the address at mp.weixin.qq.com, Settings and Development, Basic Configuration, IP whitelist. " +
		"Syncs under this cause resume automatically once WeChat accepts a call.": "在 mp.weixin.qq.com 的“设置与开发 → 基本配置 → IP白名单”中加入该地址。微信一旦接受调用，" +
		"因此挂起的同步任务自动继续。",
	"WeChat refuses the AppID or the AppSecret (errcode 40013, 40125, 40243 or others).": "微信不接受 AppID 或 AppSecret（errcode 40013、40125、40243 等）。",
	"Compare WECHAT_C4C_WECHAT_APP_ID and WECHAT_C4C_WECHAT_APP_SECRET with mp.weixin.qq.com; " +
		"a reset or frozen secret needs the new one. Restart the workers; syncs under this cause " +
		"resume automatically.": "将 WECHAT_C4C_WECHAT_APP_ID 和 WECHAT_C4C_WECHAT_APP_SECRET 与 mp.weixin.qq.com 核对；AppSecret " +
		"被重置或冻结时须换成新的。重启 worker 后，因此挂起的同步任务自动继续。",
	"The account may not use this API, or not send this type of message (errcode 48001, 48004, " +
		"48008, 61007 or 61024).": "该公众号无权使用此接口，或不能发送这种消息（errcode 48001、48004、48008、61007 或 61024）。",
	"Look in the permission list of the account at mp.weixin.qq.com. Unverified and personal " +
		"accounts have no customer-service messages; an expired verification takes them away. Renew " +
		"the verification, then retry.": "在 mp.weixin.qq.com 查看该公众号的接口权限。未认证和个人账号没有客服消息权限；认证过期也会失去该权限。" +
		"续期认证后再 retry。",
	"The follower's reply window is closed, or the follower has unfollowed (errcode 45015).":                                                            "该粉丝的回复窗口已关闭，或已取消关注（errcode 45015）。",
	"Nothing: the reply is sent when the follower writes, scans, follows again or taps a menu item without a link. Skip it if it has become pointless.": "无需处理：粉丝再次发消息、扫码、重新关注或点击不带链接的菜单时回复即发出。若已无用，请 skip。",
	"All messages that this window allows are used up (errcode 45047).":                                                                                 "本次回复窗口允许的消息条数已用完（errcode 45047）。",
	"Nothing: the reply is sent when the follower acts again. Skip it if it has become pointless.":                                                      "无需处理：粉丝再次互动时回复即发出。若已无用，请 skip。",
	"The follower does not follow the account any more (errcode 43004 or 50005, or the unfollow was seen).":                                             "该用户已不再关注本公众号（errcode 43004 或 50005，或已收到取消关注事件）。",
	"Reach the customer another way. Skip a parked reply, or retry it after the follower has followed again.":                                           "改用其他方式联系客户。挂起的回复请 skip，或在用户重新关注后 retry。",
	"WeChat does not deliver to this follower: unknown openid, blacklisted, frozen, or messages " +
		"refused (errcode 40003, 43019, 48002, 49003, 50002 or others).": "微信不向该粉丝投递：openid 无效、在黑名单中、账号被冻结或拒收消息（errcode 40003、43019、" +
		"48002、49003、50002 等）。",
	"For 40003 and 49003 the openid belongs to another account: check where the reply came from. " +
		"For 43019 take the follower off the blacklist at mp.weixin.qq.com and retry. Otherwise skip.": "40003 和 49003：该 openid 属于另一个公众号，请检查回复的来源。43019：在 mp.weixin.qq.com " +
		"将其移出黑名单后 retry。其余情况 skip。",
	"WeChat does not have the file any more (errcode 40007 or 46001): it keeps files for three days.": "微信已没有该文件（errcode 40007 或 46001）：文件只保存三天。",
	"Nothing brings a follower's file back: a note in the ticket asks the agent to have it sent " +
		"again. An agent's file is uploaded once more by itself.": "粉丝的文件已无法找回：工单中的备注会请客服让对方重发。客服的文件会自动重新上传。",
	"The follower's file is larger than WECHAT_C4C_MEDIA_MAX_SIZE allows.": "粉丝的文件超过 WECHAT_C4C_MEDIA_MAX_SIZE 允许的大小。",
	"If C4C takes files of that size: raise the setting, restart the workers and retry within " +
		"three days of the message. Otherwise skip; a note in the ticket has told the agent.": "若 C4C 能接收这么大的文件：调高该设置、重启 worker，并在消息发出后三天内 retry。否则 skip；" +
		"工单中的备注已告知客服。",
	"WeChat refused the content of the call.": "微信拒绝了本次调用的内容。",
	"Read the errcode: 45002 means too long, 87014 content that its rules forbid, HTTP 413 that " +
		"a proxy on the way to WeChat takes no calls of that size. Amend or skip.": "看 errcode：45002 表示内容过长，87014 表示内容违规，HTTP 413 表示到微信途中的代理不接受这么大的请求。" +
		"amend 或 skip。",
	"WeChat refused the call with an errcode that the connector does not know.":                                "微信拒绝了调用，其 errcode 本连接器不认识。",
	"Look the errcode up in WeChat's list, or ask its support with the request id. Then retry, amend or skip.": "在微信的返回码列表中查找该 errcode，或凭 request id（rid）咨询微信。然后 retry、amend 或 skip。",
	"WeChat does not accept the template of a notice, its page or one of its values (errcode " +
		"40037, 41030 or 47003).": "微信不接受通知的模板、跳转页面或某个字段值（errcode 40037、41030 或 47003）。",
	"Compare WECHAT_C4C_WINDOW_TEMPLATE_ID and WECHAT_C4C_WINDOW_TEMPLATE_FIELDS, or those of " +
		"the subscription, with the account's templates at mp.weixin.qq.com; restart the workers, " +
		"then retry. The replies wait for the follower all the same.": "将 WECHAT_C4C_WINDOW_TEMPLATE_ID 和 WECHAT_C4C_WINDOW_TEMPLATE_FIELDS（或订阅通知的相应设置）与 " +
		"mp.weixin.qq.com 中该公众号的模板核对；重启 worker 后 retry。无论如何，回复仍在等待该粉丝。",
	"WeChat accepted a notice that an answer is waiting, but could not deliver it.":                      "微信接收了“有回复待查看”的通知，但未能送达。",
	"Nothing: the replies wait for the follower all the same, and a note in the ticket tells the agent.": "无需处理：回复仍在等待该粉丝，工单中的备注会告知客服。",
	"The message was handed to WeChat and no answer came back: it may have arrived, or not.":             "消息已交给微信但没有收到应答：可能已送达，也可能没有。",
	"Ask the follower, or look at the chat in WeChat's own customer-service page. Not arrived: " +
		"retry, which sends this part again. Arrived: skip, which sends neither this part again nor the parts after it. Many at once, where a second copy does no harm: wechat-c4c sync retry --cause WeChatOutcomeUnknown, " +
		"first with --dry-run.": "询问粉丝，或在微信自己的客服页面查看会话。未送达：retry，会重发这一段。已送达：skip，这一段和其后的各段都" +
		"不再发送。若重复一份也无妨，可批量处理：wechat-c4c sync retry --cause WeChatOutcomeUnknown，先加 --dry-run。",
	"C4C could not be reached, is overloaded or down for maintenance.": "无法连接 C4C，或其过载、正在维护。",
	"Nothing: the call is repeated with growing pauses, and looks first whether the last one " +
		"got through. SAP announces maintenance in advance.": "无需处理：调用会自动重试，间隔逐次加长，并先查看上一次是否已成功。SAP 会提前公告维护时间。",
	"Somebody has the object open for editing in C4C.":                                                         "有人正在 C4C 中编辑该对象。",
	"Nothing: the call is repeated until the lock is gone. If it stays, ask that user to leave the edit mode.": "无需处理：调用会一直重试到锁定解除。若长时间不解除，请该用户退出编辑。",
	"C4C could not process the call and gave no details (\"web service processing error\").":                   "C4C 无法处理该调用，且没有更多说明（\"web service processing error\"）。",
	"Look for the transaction id in C4C: Administrator, System Administration, Web Service Message " +
		"Monitoring. Fix the error it reports, then retry.": "在 C4C 的 Administrator → System Administration → Web Service Message Monitoring 中按 transaction " +
		"id 查找。按其提示排除问题后 retry。",
	"The object was changed by somebody else in the same moment.":                                                               "该对象同时被他人修改。",
	"Nothing: it is read again and the call repeated.":                                                                          "无需处理：会重新读取并再次调用。",
	"C4C has the message but has not made its ticket yet.":                                                                      "C4C 已接收消息，但还没有生成工单。",
	"Nothing: it is asked for again. After five minutes the message parks under C4CTicketMissing.":                              "无需处理：会再次查询。五分钟后消息以 C4CTicketMissing 挂起。",
	"C4C has the message but has made no ticket of it for five minutes. Further messages of the follower join the same thread.": "C4C 已接收消息，但五分钟内没有生成工单。粉丝其间发送的内容会进入同一会话。",
	"Check the social media channel and the ticket creation rules in C4C (Service and Social, " +
		"Social Media Channels). Then retry, which looks for the ticket again.": "检查 C4C 中的社交媒体渠道和工单创建规则（Service and Social → Social Media Channels）。" +
		"然后 retry，会再次查找工单。",
	"C4C has pushed an agent's reply but does not show its activity yet, which would hold the attachments.": "C4C 已推送客服的回复，但还查不到可能带附件的那条活动。",
	"Nothing: it is asked again for ten seconds; then the reply counts as one without attachments.":         "无需处理：会在十秒内继续查询，之后按无附件的回复处理。",
	"C4C refuses the technical user or its password, the certificate, or the client of OAuth (401).":        "C4C 拒绝技术用户或其密码、证书或 OAuth 客户端（401）。",
	"Check the communication system's user in C4C and WECHAT_C4C_C4C_USER and WECHAT_C4C_C4C_PASSWORD, " +
		"or what WECHAT_C4C_C4C_AUTH names in their place. Put the new password or key into its file; " +
		"restart the workers where it comes from a variable. Syncs under this cause resume automatically " +
		"once C4C accepts a call.": "检查 C4C 中通信系统的用户，以及 WECHAT_C4C_C4C_USER 和 WECHAT_C4C_C4C_PASSWORD，或 WECHAT_C4C_C4C_AUTH " +
		"所指定的其他凭据。将新的密码或密钥写入其文件；若来自环境变量则重启 worker。C4C 一旦接受调用，" +
		"因此挂起的同步任务自动继续。",
	"The technical user may not use this service: the communication arrangement or an authorisation is missing.": "技术用户无权使用该服务：缺少通信安排（Communication Arrangement）或权限。",
	"In C4C, Administrator, Communication Arrangements: activate the service that the message " +
		"names for our communication system. Syncs under this cause resume automatically once C4C " +
		"accepts a call.": "在 C4C 的 Administrator → Communication Arrangements 中，为本连接器的通信系统启用报错中提到的服务。" +
		"C4C 一旦接受调用，因此挂起的同步任务自动继续。",
	"The object is completed or closed and accepts no change (message 106 or 107).": "该对象已完成或已关闭，不能修改（消息 106 或 107）。",
	"Reopen the ticket and retry, or skip.":                                         "重新打开工单后 retry，或 skip。",
	"C4C refused the data.":                                                         "C4C 拒绝了数据。",
	"Its message names the field or rule. Correct the master data or the configuration in C4C and " +
		"retry; amend or skip if it is the message itself.": "其报错会指明字段或规则。在 C4C 中修正主数据或配置后 retry；若问题在消息本身，则 amend 或 skip。",
	"The object is not in C4C (any more).":                                                                        "C4C 中没有（或已没有）该对象。",
	"Check the ticket number; amend it and retry, or skip.":                                                       "检查工单号；amend 后 retry，或 skip。",
	"The workers do not know this account.":                                                                       "worker 不认识该公众号。",
	"Start the workers with the account's settings (WECHAT_C4C_ACCOUNTS), then retry.":                            "用该公众号的设置（WECHAT_C4C_ACCOUNTS）启动 worker，然后 retry。",
	"The reply has no recipient: the ticket's contact has no social media profile of this channel.":               "找不到回复的收件人：工单的联系人在该渠道没有社交媒体档案。",
	"Set the ticket's contact to the customer who wrote, or amend the ticket number; then retry. Otherwise skip.": "将工单的联系人设为来信的客户，或 amend 工单号；然后 retry。否则 skip。",
	"Temporal was down or was restored from a backup, and does not know whether this was delivered meanwhile.":    "Temporal 曾不可用或从备份恢复，不知道其间是否已经送达。",
	"Ask whether Temporal was restored, and when the backup was made; look at the chat in WeChat's " +
		"own customer-service page. Delivered: skip. Not delivered: retry a reply; of a review (wechat-c4c " +
		"reconcile show) approve the replies that it asks about.": "确认 Temporal 是否做过恢复、备份是何时的；在微信自己的客服页面查看会话。已送达：skip。未送达：" +
		"回复用 retry；若是核查任务（wechat-c4c reconcile show），则 approve 其所问的回复。",
	"A worker could not send a file to the api process that shows it to a follower.": "worker 无法把文件送到粉丝正在访问的 api 进程。",
	"Nothing, if it passes: the follower has closed the page. If it stays: let the workers of " +
		"the role c4c reach the internal address of every api process (network policies, WECHAT_C4C_FILES_URL).": "若很快消失则无需处理：粉丝已关闭页面。若持续存在：让角色为 c4c 的 worker 能访问每个 api 进程的内部地址（网" +
		"络策略、WECHAT_C4C_FILES_URL）。",
	"A worker cannot store an agent's file on its way to WeChat: its temporary folder is full or " +
		"cannot be written to.": "worker 无法暂存正要发往微信的客服文件：临时目录已满或不可写。",
	"Nothing, if it passes. If it stays: free space in the folder that the message names, or make it larger. " +
		"Temporal UI names the worker, under Pending Activities. The text of the reply has arrived.": "若很快消失则无需处理。若持续存在：在错误信息所示的目录腾出空间，" +
		"或加大该目录；Temporal UI 的 Pending Activities 中有该 worker 的名称。回复的文字已经送达。",
	"Other replies to the follower wait, and this one was written after them.":                                                          "给该粉丝的其他回复还在等待，本回复写于其后。",
	"Nothing: it is sent after them. The first of them shows the cause.":                                                                "无需处理：会在它们之后发出。请查看其中第一条。",
	"The reply waited for the follower until its time was over, and was given up.":                                                      "回复等待该粉丝直至超时，已放弃。",
	"Nothing: a note in the ticket tells the agent. WECHAT_C4C_WINDOW_EXPIRE_AFTER sets the time.":                                      "无需处理：工单中的备注会告知客服。期限由 WECHAT_C4C_WINDOW_EXPIRE_AFTER 设置。",
	"An unexpected error. This is a defect.":                                                                                            "发生了连接器无法归类的情况。这是缺陷。",
	"Report it with the message and the workflow id. Retrying is safe: the connector looks for existing objects before it creates any.": "请附上报错和 workflow id 报告问题。retry 是安全的：新建之前会先查找已完成的部分。",
	"The address to add is %s.": "需加入的地址是 %s。",
	"%s said (%s): %s":          "%s 的原话（%s）：%s",
	"%s said: %s":               "%s 的原话：%s",
}
