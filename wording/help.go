package wording

// helps are what the help of commands and flags says, and the words around it.
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
	"Serve the webhooks and the H5 page":                     "提供 webhook 和 H5 页面",
	"Run the workflows and activities":                       "运行 workflow 和 activity",
	"what to work on: workflows, wechat, c4c or all":         "承担哪一部分：workflows、wechat、c4c 或 all",
	"Help about any command":                                 "查看任一命令的帮助",
	"Print the version":                                      "显示版本",
	"table or json":                                          "table 或 json",
	"Ask the api or worker on this machine whether it lives": "询问本机的 api 或 worker 是否存活",
	"ask whether it may be given work":                       "询问是否可以交给它工作",

	"Print a script that completes commands, flags and values in a shell": "输出在 shell 中自动补全命令、选项和值的脚本",
	"Print the script for bash":                                "输出用于 bash 的脚本",
	"Print the script for zsh":                                 "输出用于 zsh 的脚本",
	"Print the script for fish":                                "输出用于 fish 的脚本",
	"Print the script for PowerShell":                          "输出用于 PowerShell 的脚本",
	"complete without the words that say what a completion is": "补全时不显示各项的说明",

	"account; needed where there are several":                                                   "公众号；有多个时必须指定",
	"account (default: all)":                                                                    "公众号（默认：全部）",
	"do it without a question; needed where there is no terminal":                               "不询问直接执行；没有终端时必须加上",
	"who does this; kept in the history and the audit line (default: the user of this machine)": "操作者；保存在历史记录和审计记录中（默认：本机的用户）",
	"why; kept in the history and the audit line":                                               "理由；保存在历史记录和审计记录中",
	"file that the audit line is appended to (default: standard error)":                         "追加审计记录的文件（默认：标准错误输出）",
	"who does this; kept in the audit log (default: the user of this machine)":                  "操作者；保存在审计记录中（默认：本机的用户）",
	"why; kept in the audit log":                                                                "理由；保存在审计记录中",
	"file that audit lines are appended to (default: standard error)":                           "追加审计记录的文件（默认：标准错误输出）",
	"base address of Temporal UI for links (default: WECHAT_C4C_UI_ORIGIN)":                     "链接所用的 Temporal UI 地址（默认：WECHAT_C4C_UI_ORIGIN）",

	"Bring an account's existing followers to C4C, with start, status, follow, pause and resume": "将公众号已有的粉丝导入 C4C：start、status、follow、pause 和 resume",
	"Walks the account's list of followers and makes a customer of everyone whom C4C does not know. Followers are not told.\n" +
		"It runs in Temporal, so it goes on when this command ends and when workers are restarted. Running it again is harmless.": "逐一读取公众号的粉丝列表，为 C4C 中没有的粉丝创建客户。不会告知粉丝。\n" +
		"它在 Temporal 中运行，因此本命令结束或 worker 重启后仍会继续。再运行一次无妨。",
	"Show its progress to its end":      "显示进度直至结束",
	"Begin with no more followers":      "不再处理新的粉丝",
	"Go on after a pause":               "暂停之后继续",
	"Start it and follow it to its end": "启动并显示进度直至结束",
	"do not wait for its end":           "不等待其结束",
	"only count them":                   "只计数",
	"followers a second at most; each new one costs about three calls to C4C": "每秒最多处理的粉丝数；每个新粉丝约耗费三次对 C4C 的调用",
	"Say how far it is": "说明进行到哪里",

	"Prepare the Temporal namespace: retention, search attributes, schedules": "准备 Temporal 的命名空间：保留期、search attribute、schedule",
	"only say what would be done":                                       "只说明将会做什么",
	"apply the accounts' menus as well":                                 "同时设置各公众号的菜单",
	"apply menus without a question; needed where there is no terminal": "不询问直接设置菜单；没有终端时必须加上",

	"Check or show the settings":   "检查或显示设置",
	"Say what is missing or wrong": "列出缺失或有误的设置",
	"whose secrets must be there: those of every role, of a worker that plays all, or of one role": "须有谁的密钥：所有角色的、承担全部角色的 worker 的，或某一角色的",
	"Print an example of a file with all settings":                                                 "输出一个列出全部设置的示例文件",
	"Print all settings, secrets masked":                                                           "输出全部设置，密钥已遮盖",
	"Print all settings with their defaults and meanings, as docs/settings.md has them":            "输出全部设置及其默认值和含义，与 docs/settings.md 相同",

	"Show the builds of the workers, make one current":                                    "显示 worker 的构建版本，将其中一个设为当前版本",
	"worker deployment (default: TEMPORAL_DEPLOYMENT_NAME, or wechat-c4c)":                "worker deployment（默认：TEMPORAL_DEPLOYMENT_NAME，或 wechat-c4c）",
	"Wait for the workers of a build and give them the work: new workflows and open ones": "等待某一构建版本的 worker，并将工作交给它们：新的和未结束的 workflow",
	"only say which build is current and what the new one lacks":                          "只说明哪个是当前版本，以及新版本还缺什么",
	"how long to wait for the workers of the build":                                       "等待该构建版本的 worker 多久",
	"List the builds and their states":                                                    "列出各构建版本及其状态",

	"Check the settings against the real WeChat, C4C and Temporal": "对照真实的微信、C4C 和 Temporal 检查设置",
	"Checks the settings against the real WeChat, C4C and Temporal: a verdict and a remedy per line, exit code 1 when anything fails.\n" +
		"It changes nothing: nothing is sent to a follower, and the write that it tries in C4C is of a ticket that does not exist.": "对照真实的微信、C4C 和 Temporal 检查设置：每行一个结论和处理办法，有任何一项失败时退出码为 1。\n" +
		"它不作任何更改：不会向粉丝发送任何内容，在 C4C 中尝试的写入针对的是不存在的工单。",
	"longest time of one check": "单项检查的最长时间",

	"Show or erase what is kept of one follower":                     "查看或清除一个粉丝的数据",
	"Close a follower's conversation and delete all their histories": "关闭粉丝的会话并删除其全部历史记录",
	"Closes the follower's conversation and open syncs and deletes all their histories in Temporal, and what\n" +
		"the page has read, with a receipt. What C4C and WeChat keep is not touched; the receipt says what is left to do\n" +
		"there. Erasing again is harmless.": "关闭粉丝的会话和未结束的同步任务，删除其在 Temporal 中的全部历史记录以及页面所读取的内容，并给出回执。\n" +
		"不触及 C4C 和微信所保存的；回执会说明还须在那里做什么。再清除一次无妨。",
	"file for the receipt, which must not exist (default: standard output)": "回执的文件，须尚不存在（默认：标准输出）",
	"how long Temporal may take":                                      "给 Temporal 多长时间",
	"look again after this time and say so in the receipt; 0: do not": "经过此时间后再查看一次，并写入回执；0：不再查看",
	"do it; without, only say what would be deleted":                  "执行清除；不加则只说明将会删除什么",
	"Show a follower's conversation and syncs, without texts":         "显示粉丝的会话和同步任务，不含文本",

	"Show, apply or delete an account's menu":                      "显示、设置或删除公众号的菜单",
	"Make the menu that of a file, after showing what changes":     "按文件设置菜单，先显示有哪些变更",
	"only show what would change":                                  "只显示将有哪些变更",
	"the menu's file; without it the one that comes along":         "菜单的文件；不指定则用自带的",
	"Delete the menu, conditional ones included, after showing it": "删除菜单，包括个性化菜单，先显示其内容",
	"only show what would be deleted":                              "只显示将会删除什么",
	"Show the menu that followers see":                             "显示粉丝看到的菜单",

	"How far the comparison of agents' replies is, and what to decide after a restore, with show, approve, move and restored": "客服回复的比对进行到哪里，以及恢复之后须决定什么：show、approve、move 和 restored",
	"Agents' replies in C4C are compared with those that arrived, and missed ones are delivered. Where Temporal was away or was\n" +
		"restored from a backup it does not know what was delivered meanwhile: a review then asks, and nothing of that time is sent\n" +
		"before somebody decides. docs/restore.md has the procedure.": "将 C4C 中客服的回复与已收到的比对，并投递缺少的。若 Temporal 曾中断或从备份恢复，\n" +
		"它不知道其间送达了什么：此时由核查任务询问，在有人决定之前不发送那段时间的任何内容。\n步骤见 docs/zh/restore.md。",
	"account; needed where there are several, but for restored, which is about all of them":                         "公众号；有多个时必须指定，restored 除外，它针对全部公众号",
	"Deliver the replies that a review asks about: they have not reached the followers":                             "投递核查任务所问的回复：它们没有送达粉丝",
	"only say what would be delivered":                                                                              "只说明将会投递什么",
	"Move the cursor: back, which asks about the replies written since; or ahead, which leaves them alone for good": "移动比对的位置：移回更早处，会询问此后所写的回复；移到更晚处，则永远不再处理其间的回复",
	"only say what it would do": "只说明将会做什么",
	"time such as 2026-03-02T08:30:00Z, or an age such as 6h: so long ago":                                             "时间，例如 2026-03-02T08:30:00Z，或时长，例如 6h：多久以前",
	"After Temporal was restored, before workers run: have the replies that were open at the backup wait for a person": "Temporal 恢复之后、worker 运行之前：使备份时未结束的回复等待人工决定",
	"when the backup was made, such as 2026-03-02T02:00:00Z, or an age such as 6h":                                     "备份的时间，例如 2026-03-02T02:00:00Z，或时长，例如 6h",
	"Say how far the comparison is, and what waits for a decision":                                                     "说明比对进行到哪里，以及什么在等待决定",

	"Show or hand over what an api keeps on disk while Temporal is away": "显示或移交 Temporal 中断期间 api 保存在磁盘上的内容",
	"Shows or hands over what an api keeps on disk while Temporal is away. Without --dir it asks the api of this machine,\n" +
		"at its internal address; where none answers it opens the folder of WECHAT_C4C_SPOOL_DIR. With --dir it opens\n" +
		"that folder, which no api may be using: one that was brought from another machine, for example.": "显示或移交 Temporal 中断期间 api 保存在磁盘上的内容。不带 --dir 时询问本机 api 的内部地址；\n" +
		"没有应答则打开 WECHAT_C4C_SPOOL_DIR 所指的目录。带 --dir 时打开指定的目录，\n该目录不得有 api 在使用：例如从另一台机器取来的。",
	"Hand over what waits, and once more what was refused": "移交等待的内容，并将被拒绝的再试一次",
	"folder of a spool that no api uses":                   "没有 api 使用的 spool 的目录",
	"Give up an event that Temporal refused for good":      "放弃一个 Temporal 永远拒绝的事件",
	"Deletes an event that Temporal refused for good, and with it what a follower or an agent wrote. No api may be using\n" +
		"the spool: nobody drops events from afar.": "删除一个 Temporal 永远拒绝的事件，粉丝或客服所写的内容也随之丢弃。\n不得有 api 在使用该 spool：不能远程丢弃事件。",
	"only show the event":                        "只显示该事件",
	"List what waits, without texts and openids": "列出等待的内容，不含文本和 openid",

	"Show on one screen how the installation is": "在一屏中显示整套安装的状况",
	"Shows on one screen how the installation is: what wants a person and what to do about it, the accounts with their tokens\n" +
		"and reply windows, the oldest sync that is not finished, the last follow, message and reply, the queues with their workers,\n" +
		"who holds how many of the calls that C4C allows at once, and the spool of the api on this machine, or of those that --api\n" +
		"names. It asks only Temporal and the api, and changes nothing. While Temporal does not answer it shows the spools, and\n" +
		"exits with 1.": "在一屏中显示整套安装的状况：需要人工处理的事及处理办法，各公众号及其 access_token 和回复窗口，\n" +
		"最早的未完成同步任务，最近的关注、消息和回复，各队列及其 worker，C4C 同时允许的调用由谁占用多少，\n" +
		"以及本机 api 或 --api 所指各 api 的 spool。它只询问 Temporal 和 api，不作任何更改。Temporal 无应答时\n" +
		"仍显示各 spool，并以退出码 1 结束。",

	"Set up Temporal UI: saved views and columns for operators": "设置 Temporal UI：供运维使用的 saved view 和列",
	"Prints links that open the lists operators need in Temporal UI and keep them as saved views, and a script that\n" +
		"sets all of them at once, with the columns SyncState, SyncError and TicketID. Temporal UI keeps both in each person's\n" +
		"browser. Connects to nothing.": "输出在 Temporal UI 中打开运维所需列表并保存为 saved view 的链接，以及一次设置全部视图\n" +
		"和 SyncState、SyncError、TicketID 列的脚本。Temporal UI 将两者保存在各人的浏览器中。不连接任何系统。",
	"internal address of an api whose spool is asked; a name with several addresses means an api at each; repeatable " +
		"(default: that of this machine)": "要询问其 spool 的 api 的内部地址；对应多个地址的名称表示每个地址上各有一个 api；可重复指定（默认：本机的）",

	"Find syncs, understand them, get them moving":                                              "查找同步任务，了解原因，让它们继续",
	"Repair the input of a parked sync: a text, a ticket number, an unknown follower":           "更正挂起任务的输入：文本、工单号、找不到的粉丝",
	"only say what would be amended":                                                            "只说明将会更正什么",
	"openid of the follower whom the reply is for":                                              "回复所给粉丝的 openid",
	"the text in place of the one that was refused; - reads it from standard input":             "代替被拒绝文本的文本；- 表示从标准输入读取",
	"the right ticket number":                                                                   "正确的工单号",
	"how long to wait for what comes of it, for one sync; 0: not at all":                        "针对单个任务，等待其结果多久；0：不等待",
	"List syncs, oldest first; without --state those that are not finished":                     "列出同步任务，最早的在前；不带 --state 则列出未完成的",
	"account (default: all; needed with --follower where there are several)":                    "公众号（默认：全部；有多个时，与 --follower 一同使用必须指定）",
	"error type, for example C4CCredentials; repeatable":                                        "原因，例如 C4CCredentials；可重复指定",
	"openid of a follower":                                                                      "粉丝的 openid",
	"at most so many rows; 0 shows all, which is the default with --output json":                "最多显示多少行；0 显示全部，--output json 时默认如此",
	"started at most this long ago":                                                             "启动至今不超过此时长",
	"started at least this long ago, for example 30m, 12h or 3d":                                "启动至今至少此时长，例如 30m、12h 或 3d",
	"state: needs_attention, stuck, held, syncing, waiting, synced, skipped or all; repeatable": "状态：needs_attention、stuck、held、syncing、waiting、synced、skipped 或 all；可重复指定",
	"ticket number": "工单号",
	"workflow type, for example CreateTicket; repeatable":                              "workflow 类型，例如 CreateTicket；可重复指定",
	"Try parked, held or stuck syncs again: one by its id, or all that filters select": "重试挂起、暂缓或 stuck 的同步任务：按 id 指定一个，或按筛选条件选中全部",
	"only say what would be told":                                                      "只说明将会通知哪些",
	"syncs per second, the oldest first":                                               "每秒的任务数，最早的先行",
	"Explain one sync: state, cause, remedy, what is being tried":                      "说明一个同步任务：状态、原因、处理办法、正在尝试什么",
	"Give parked, held or stuck syncs up: one by its id, or all that filters select":   "放弃挂起、暂缓或 stuck 的同步任务：按 id 指定一个，或按筛选条件选中全部",
	"Tell what happened to one sync, step by step":                                     "逐步说明一个同步任务的经历",

	"Play the story once against the real WeChat and C4C, with a tester's own openid": "用测试者自己的 openid 在真实的微信和 C4C 上完整走一遍流程",
	"Makes profile, customer, message, ticket, note and attachment in C4C, and sends a text and a picture, all in the name of one\n" +
		"follower: a tester, who follows the account and has written to it within 48 hours. Each answer is compared with what the\n" +
		"simulators say to the same call, and each difference is named. At the end the ticket is completed; C4C deletes nothing.\n" +
		"The report holds no secrets and no personal data: attach it to an issue.": "以一个粉丝的名义，在 C4C 中创建档案、客户、消息、工单、备注和附件，并发送一段文字和一张图片。\n" +
		"该粉丝须为测试者，已关注公众号并在 48 小时内发过消息。每个应答都与模拟器对同一调用的应答比对，\n" +
		"并指出每处差别。最后将工单设为已完成；C4C 不会删除任何内容。\n报告中没有密钥和个人信息：请将它附在 issue 中。",
	"user status that completes a ticket in this tenant":      "在本租户中使工单完成的用户状态",
	"only say what it would make":                             "只说明将会创建什么",
	"openid of the tester: your own, as the account knows it": "测试者的 openid：您自己的，即公众号所知的那个",
	"longest time of one step":                                "单个步骤的最长时间",
}
