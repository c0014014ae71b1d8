package wording

// helps are the help texts of commands and flags, and the words around them.
var helps = map[string]string{
	"Usage:":              "用法：",
	"Examples:":           "示例：",
	"Available Commands:": "可用命令：",
	"Flags:":              "选项：",
	"Global Flags:":       "共用选项：",
	`Use "{{.CommandPath}} [command] --help" for more information about a command.`: `用 "{{.CommandPath}} [command] --help" 查看某个命令的更多说明。`,
	"help for %s":    "%s 的帮助",
	"version for %s": "%s 的版本",

	"Connects a WeChat Official Account with SAP Cloud for Customer": "将微信公众号与 SAP Cloud for Customer 连接起来",
	"Connects a WeChat Official Account with SAP Cloud for Customer, durable through Temporal.\n\n" +
		"Settings come from WECHAT_C4C_* variables, Temporal's address from TEMPORAL_* variables.\n" +
		"Exit codes: 0 done, 1 refused or failed, 2 the command line is wrong.": "将微信公众号与 SAP Cloud for Customer 连接起来，由 Temporal 保证持久可靠。\n\n" +
		"设置来自 WECHAT_C4C_* 变量，Temporal 的地址来自 TEMPORAL_* 变量。\n" +
		"退出码：0 完成，1 被拒绝或失败，2 命令行有误。",
	"Serve the webhooks and the H5 page":                    "提供 webhook 和 H5 页面",
	"Run the workflows and activities":                      "运行 workflow 和 activity",
	"what to work on: workflows, wechat, c4c or all":        "承担哪一部分：workflows、wechat、c4c 或 all",
	"Help about any command":                                "查看任一命令的帮助",
	"Print the version":                                     "显示版本",
	"table or json":                                         "table 或 json",
	"Check that the api or worker on this machine is alive": "检查本机的 api 或 worker 是否存活",
	"check that it is ready for work":                       "检查它是否已可接受工作",

	"Print a script that completes commands, flags and values in a shell": "输出在 shell 中自动补全命令、选项和值的脚本",
	"Print the script for bash":       "输出用于 bash 的脚本",
	"Print the script for zsh":        "输出用于 zsh 的脚本",
	"Print the script for fish":       "输出用于 fish 的脚本",
	"Print the script for PowerShell": "输出用于 PowerShell 的脚本",
	"complete without descriptions":   "补全时不显示各项的说明",

	"account; required if there are several":                                       "公众号；有多个时必须指定",
	"account (default: all)":                                                       "公众号（默认：全部）",
	"do it without asking; required without a terminal":                            "不询问直接执行；没有终端时必须加上",
	"your name, for the history and the audit line (default: this machine's user)": "操作者；保存在历史记录和审计记录中（默认：本机的用户）",
	"your reason, for the history and the audit line":                              "理由；保存在历史记录和审计记录中",
	"file that the audit line is appended to (default: standard error)":            "追加审计记录的文件（默认：标准错误输出）",
	"your name, for the audit log (default: this machine's user)":                  "操作者；保存在审计记录中（默认：本机的用户）",
	"your reason, for the audit log":                                               "理由；保存在审计记录中",
	"file that audit lines are appended to (default: standard error)":              "追加审计记录的文件（默认：标准错误输出）",
	"base address of Temporal UI for links (default: WECHAT_C4C_UI_ORIGIN)":        "链接所用的 Temporal UI 地址（默认：WECHAT_C4C_UI_ORIGIN）",

	"Bring an account's existing followers to C4C, with start, status, follow, pause and resume": "将公众号已有的粉丝导入 C4C：start、status、follow、pause 和 resume",
	"Reads the account's list of followers and creates a customer for each one that C4C does not know. Followers notice nothing.\n" +
		"It runs in Temporal, so it continues when this command ends and when workers restart. Running it again is harmless.": "逐一读取公众号的粉丝列表，为 C4C 中没有的粉丝创建客户。不会告知粉丝。\n" +
		"它在 Temporal 中运行，因此本命令结束或 worker 重启后仍会继续。再运行一次无妨。",
	"Follow its progress to the end":              "显示进度直至结束",
	"Pause: begin with no further followers":      "暂停：不再开始处理新的粉丝",
	"Resume after a pause":                        "暂停之后继续",
	"Start it and follow its progress to the end": "启动并显示进度直至结束",
	"do not wait for the end":                     "不等待其结束",
	"only count them":                             "只计数",
	"followers a second at most; each new one costs about three calls to C4C": "每秒最多处理的粉丝数；每个新粉丝约耗费三次对 C4C 的调用",
	"Show its progress": "说明进行到哪里",

	"Prepare the Temporal namespace: retention, search attributes, schedules": "准备 Temporal 的命名空间：保留期、search attribute、schedule",
	"only show what would be done":                                            "只说明将会做什么",
	"apply the accounts' menus as well":                                       "同时设置各公众号的菜单",
	"apply menus without asking; required without a terminal":                 "不询问直接设置菜单；没有终端时必须加上",

	"Check or show the settings":      "检查或显示设置",
	"List missing and wrong settings": "列出缺失或有误的设置",
	"role whose secrets are required: every role, a worker with all roles, or one role": "须有其密钥的角色：所有角色、承担全部角色的 worker，或某一角色",
	"Print an example of a file with all settings":                                      "输出一个列出全部设置的示例文件",
	"Print all settings, secrets masked":                                                "输出全部设置，密钥已遮盖",
	"Print all settings with their defaults and meanings, as docs/settings.md has them": "输出全部设置及其默认值和含义，与 docs/settings.md 相同",

	"Show the workers' builds, or make one current":                        "显示 worker 的构建版本，将其中一个设为当前版本",
	"worker deployment (default: TEMPORAL_DEPLOYMENT_NAME, or wechat-c4c)": "worker deployment（默认：TEMPORAL_DEPLOYMENT_NAME，或 wechat-c4c）",
	"Wait for a build's workers and give them all workflows, new and open": "等待某一构建版本的 worker，并将工作交给它们：新的和未结束的 workflow",
	"only show which build is current and what the new one lacks":          "只说明哪个是当前版本，以及新版本还缺什么",
	"how long to wait for the build's workers":                             "等待该构建版本的 worker 多久",
	"List the builds and their states":                                     "列出各构建版本及其状态",

	"Check the settings against the real WeChat, C4C and Temporal": "对照真实的微信、C4C 和 Temporal 检查设置",
	"Checks the settings against the real WeChat, C4C and Temporal: a verdict and a remedy per line, exit code 1 if anything fails.\n" +
		"It changes nothing: it sends nothing to followers, and its test write in C4C is for a ticket that does not exist.": "对照真实的微信、C4C 和 Temporal 检查设置：每行一个结论和处理办法，有任何一项失败时退出码为 1。\n" +
		"它不作任何更改：不会向粉丝发送任何内容，在 C4C 中尝试的写入针对的是不存在的工单。",
	"longest time of one check": "单项检查的最长时间",

	"Show or erase a follower's data":                                "查看或清除一个粉丝的数据",
	"Close a follower's conversation and delete all their histories": "关闭粉丝的会话并删除其全部历史记录",
	"Closes the follower's conversation and open syncs, deletes all their histories in Temporal and everything that the\n" +
		"page has read, and writes a receipt. C4C and WeChat keep their data; the receipt lists what to delete there.\n" +
		"Erasing again is harmless.": "关闭粉丝的会话和未结束的同步任务，删除其在 Temporal 中的全部历史记录以及页面所读取的内容，并给出回执。\n" +
		"不触及 C4C 和微信所保存的；回执会说明还须在那里做什么。再清除一次无妨。",
	"file for the receipt, which must not exist yet (default: standard output)":            "回执的文件，须尚不存在（默认：标准输出）",
	"how long to wait for Temporal":                                                        "给 Temporal 多长时间",
	"check again after this time and record the result in the receipt; 0: no second check": "经过此时间后再查看一次，并写入回执；0：不再查看",
	"erase; without it, only show what would be deleted":                                   "执行清除；不加则只说明将会删除什么",
	"Show a follower's conversation and syncs, without texts":                              "显示粉丝的会话和同步任务，不含文本",

	"Show, apply or delete an account's menu":                      "显示、设置或删除公众号的菜单",
	"Apply a menu from a file, after showing what changes":         "按文件设置菜单，先显示有哪些变更",
	"only show what would change":                                  "只显示将有哪些变更",
	"menu file (default: the built-in menu)":                       "菜单的文件（默认：自带的菜单）",
	"Delete the menu, conditional ones included, after showing it": "删除菜单，包括个性化菜单，先显示其内容",
	"only show what would be deleted":                              "只显示将会删除什么",
	"Show the menu that followers see":                             "显示粉丝看到的菜单",

	"Show the comparison of agents' replies and decide after a restore, with show, approve, move and restored": "客服回复的比对进行到哪里，以及恢复之后须决定什么：show、approve、move 和 restored",
	"A comparison delivers agents' replies that are in C4C but have not arrived. After an outage or a restore Temporal does\n" +
		"not know what was delivered meanwhile: a review then asks, and nothing of that time is sent before somebody decides.\n" +
		"docs/restore.md has the procedure.": "将 C4C 中客服的回复与已收到的比对，并投递缺少的。若 Temporal 曾中断或从备份恢复，\n" +
		"它不知道其间送达了什么：此时由核查任务询问，在有人决定之前不发送那段时间的任何内容。\n步骤见 docs/zh/restore.md。",
	"account; required if there are several, except for restored, which covers all of them":                            "公众号；有多个时必须指定，restored 除外，它针对全部公众号",
	"Deliver the replies that a review asks about: they have not reached the followers":                                "投递核查任务所问的回复：它们没有送达粉丝",
	"only show what would be delivered":                                                                                "只说明将会投递什么",
	"Move the cursor: back, to be asked about the replies written since; or ahead, to leave them undelivered for good": "移动比对的位置：移回更早处，会询问此后所写的回复；移到更晚处，则永远不再处理其间的回复",
	"only show what it would do":                                 "只说明将会做什么",
	"time such as 2026-03-02T08:30:00Z, or 6h for six hours ago": "时间，例如 2026-03-02T08:30:00Z，或 6h，即六小时以前",
	"After a restore of Temporal, before workers run: make the replies that were open at the backup wait for a person": "Temporal 恢复之后、worker 运行之前：使备份时未结束的回复等待人工决定",
	"time of the backup, such as 2026-03-02T02:00:00Z, or 6h for six hours ago":                                        "备份的时间，例如 2026-03-02T02:00:00Z，或 6h，即六小时以前",
	"Show how far the comparison is, and what needs a decision":                                                        "说明比对进行到哪里，以及什么在等待决定",

	"Show or hand over the events that an api keeps on disk while Temporal is down": "显示或移交 Temporal 中断期间 api 保存在磁盘上的内容",
	"Shows or hands over the events that an api keeps on disk while Temporal is down. Without --dir it asks the api of this\n" +
		"machine at its internal address; if none answers, it opens the folder of WECHAT_C4C_SPOOL_DIR. With --dir it opens\n" +
		"that folder, which no api may be using, for example one from another machine.": "显示或移交 Temporal 中断期间 api 保存在磁盘上的内容。不带 --dir 时询问本机 api 的内部地址；\n" +
		"没有应答则打开 WECHAT_C4C_SPOOL_DIR 所指的目录。带 --dir 时打开指定的目录，\n该目录不得有 api 在使用：例如从另一台机器取来的。",
	"Hand over the waiting events, and retry the refused ones": "移交等待的内容，并将被拒绝的再试一次",
	"folder of a spool that no api uses":                       "没有 api 使用的 spool 的目录",
	"Give up an event that Temporal refused for good":          "放弃一个 Temporal 永远拒绝的事件",
	"Deletes an event that Temporal refused for good, and so the words of a follower or an agent. No api may be using the\n" +
		"spool: events cannot be dropped remotely.": "删除一个 Temporal 永远拒绝的事件，粉丝或客服所写的内容也随之丢弃。\n不得有 api 在使用该 spool：不能远程丢弃事件。",
	"only show the event":                                "只显示该事件",
	"List the waiting events, without texts and openids": "列出等待的内容，不含文本和 openid",

	"Show the state of the installation on one screen": "在一屏中显示整套安装的状况",
	"Shows the state of the installation on one screen: what needs a person and what to do, the accounts with their tokens\n" +
		"and reply windows, the oldest unfinished sync, the last follow, message and reply, the queues with their workers, each\n" +
		"process's share of the parallel calls to C4C, and the spool of the api on this machine or of those that --api names.\n" +
		"It asks only Temporal and the api, and changes nothing. While Temporal does not answer, it shows the spools and exits\n" +
		"with 1.": "在一屏中显示整套安装的状况：需要人工处理的事及处理办法，各公众号及其 access_token 和回复窗口，\n" +
		"最早的未完成同步任务，最近的关注、消息和回复，各队列及其 worker，C4C 同时允许的调用由谁占用多少，\n" +
		"以及本机 api 或 --api 所指各 api 的 spool。它只询问 Temporal 和 api，不作任何更改。Temporal 无应答时\n" +
		"仍显示各 spool，并以退出码 1 结束。",

	"Set up Temporal UI: saved views and columns for operators": "设置 Temporal UI：供运维使用的 saved view 和列",
	"Prints links that open the operators' lists in Temporal UI and keep them as saved views, and a script that sets all of\n" +
		"them at once, with the columns SyncState, SyncError and TicketID. Temporal UI keeps both in each person's browser.\n" +
		"Connects to nothing.": "输出在 Temporal UI 中打开运维所需列表并保存为 saved view 的链接，以及一次设置全部视图\n" +
		"和 SyncState、SyncError、TicketID 列的脚本。Temporal UI 将两者保存在各人的浏览器中。不连接任何系统。",
	"internal address of an api whose spool to show; for a name with several addresses, the api at each; repeatable " +
		"(default: that of this machine)": "要询问其 spool 的 api 的内部地址；对应多个地址的名称表示每个地址上各有一个 api；可重复指定（默认：本机的）",

	"Find syncs, understand them, get them moving":                                                    "查找同步任务，了解原因，让它们继续",
	"Correct the input of a parked, held or stuck sync: a text, a ticket number, an unknown follower": "更正挂起、暂缓或 stuck 的任务的输入：文本、工单号、找不到的粉丝",
	"only show what would be amended":                                                                 "只说明将会更正什么",
	"openid of the follower who gets the reply":                                                       "回复所给粉丝的 openid",
	"new text in place of the refused one; - reads standard input":                                    "代替被拒绝文本的文本；- 表示从标准输入读取",
	"the right ticket number":                                                                         "正确的工单号",
	"how long to wait for the outcome of one sync; 0: not at all":                                     "针对单个任务，等待其结果多久；0：不等待",
	"List syncs, oldest first; without --state those that are not finished":                           "列出同步任务，最早的在前；不带 --state 则列出未完成的",
	"account (default: all; required with --follower if there are several)":                           "公众号（默认：全部；有多个时，与 --follower 一同使用必须指定）",
	"error type, for example C4CCredentials; repeatable":                                              "原因，例如 C4CCredentials；可重复指定",
	"openid of a follower":                                                                            "粉丝的 openid",
	"maximum number of rows; 0 shows all (default with --output json)":                                "最多显示多少行；0 显示全部，--output json 时默认如此",
	"started at most this long ago":                                                                   "启动至今不超过此时长",
	"started at least this long ago, for example 30m, 12h or 3d":                                      "启动至今至少此时长，例如 30m、12h 或 3d",
	"state: needs_attention, stuck, held, syncing, waiting, synced, skipped or all; repeatable":       "状态：needs_attention、stuck、held、syncing、waiting、synced、skipped 或 all；可重复指定",
	"ticket number": "工单号",
	"workflow type, for example CreateTicket; repeatable":                            "workflow 类型，例如 CreateTicket；可重复指定",
	"Retry parked, held or stuck syncs: one by its id, or all that filters select":   "重试挂起、暂缓或 stuck 的同步任务：按 id 指定一个，或按筛选条件选中全部",
	"only show which syncs would be signalled":                                       "只说明将会通知哪些",
	"syncs per second, the oldest first":                                             "每秒的任务数，最早的先行",
	"Explain one sync: state, cause, remedy, what is being tried":                    "说明一个同步任务：状态、原因、处理办法、正在尝试什么",
	"Give up parked, held or stuck syncs: one by its id, or all that filters select": "放弃挂起、暂缓或 stuck 的同步任务：按 id 指定一个，或按筛选条件选中全部",
	"Show what happened to one sync, step by step":                                   "逐步说明一个同步任务的经历",

	"Play the story once against the real WeChat and C4C, with a tester's own openid": "用测试者自己的 openid 在真实的微信和 C4C 上完整走一遍流程",
	"Creates profile, customer, message, ticket, note and attachment in C4C, and sends a text and a picture, all for one\n" +
		"follower: a tester, who follows the account and has written to it within 48 hours. Each answer is compared with the\n" +
		"simulators' answer to the same call, and each difference is named. At the end the ticket is completed; C4C deletes\n" +
		"nothing. The report holds no secrets and no personal data: attach it to an issue.": "以一个粉丝的名义，在 C4C 中创建档案、客户、消息、工单、备注和附件，并发送一段文字和一张图片。\n" +
		"该粉丝须为测试者，已关注公众号并在 48 小时内发过消息。每个应答都与模拟器对同一调用的应答比对，\n" +
		"并指出每处差别。最后将工单设为已完成；C4C 不会删除任何内容。\n报告中没有密钥和个人信息：请将它附在 issue 中。",
	"user status that completes a ticket in this tenant":      "在本租户中使工单完成的用户状态",
	"only show what it would create":                          "只说明将会创建什么",
	"openid of the tester: your own, as the account knows it": "测试者的 openid：您自己的，即公众号所知的那个",
	"longest time of one step":                                "单个步骤的最长时间",
}
