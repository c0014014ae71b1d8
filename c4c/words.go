package c4c

import (
	"regexp"
	"strings"
)

// Information that only a text contains is recognised in the languages of SAP's own staff and of this product's
// market, although every call asks for English: C4C answers some errors in the technical user's language. A code
// always takes precedence.
var (
	lockWords = regexp.MustCompile(`(?i)` + strings.Join([]string{
		`\blocking\b`, `\blocked\b.{0,40}\b(by|for edit|for chang)`, `\block (conflict|failed|could not)`,
		`\b(being|currently|already)\b.{0,20}\b(edited|processed|changed|modified|locked)\b.{0,40}\b(by|user)\b`,
		`\buser \S+ is (currently |already |just )?(process|edit|chang|modify)ing\b`, `\bcurrently in use by\b`,
		`\b(entry|record|object|data|resource|document|ticket|activity)\b.{0,20}\b(is|are) (currently |already )?locked\b`,
		`\b(unable|failed) to (acquire |get |set )?(a |the )?lock\b`, `\b(cannot|can not|could not) (be locked|lock)\b`,
		`\bforeign lock\b`, `\benqueue (failed|conflict)`,
		`\b(von|durch)\b.{0,60}\b(gesperrt|bearbeitet)\b`, `\bvom benutzer\b.{0,60}\b(gesperrt|bearbeitet)\b`,
		`\bbenutzer \S+ bearbeitet\b`, `\bwird (bereits|gerade|momentan|derzeit|aktuell|zurzeit)\b.{0,40}\bbearbeitet\b`,
		`\b(daten|datensatz|objekt|beleg|ticket)\b.{0,20}\b(ist|sind) ((momentan|derzeit|bereits|aktuell|zurzeit) )?gesperrt\b`,
		`\bkonnten? nicht gesperrt werden\b`, `\bgesperrt (von|durch)\b`, `\bsperrkonflikt`,
		`\bsperr(e|en|ung)\b.{0,40}\b(fehlgeschlagen|nicht (gesetzt|möglich))`, `\bin bearbeitung (von|durch)\b`,
		`[被由].{0,60}(锁定|锁住|鎖定|鎖住|加锁)`, `(锁定|鎖定|加锁).{0,10}(失败|失敗|冲突|衝突)`,
		`(正在|正被|正由).{0,60}(编辑|編輯|处理|處理|修改)`, `[无無]法(获取|取得|獲取)?(锁|鎖|加锁)`, `正在?被.{0,20}(使用|占用|佔用)`,
		`(对象|對象|物件|记录|記錄|数据|資料|凭证|工单).{0,6}[被已][锁鎖]`,
	}, "|"))

	readOnlyWords = regexp.MustCompile(`(?i)\bread.only\b|schreibgeschützt|只读|唯讀`)

	roleWords = regexp.MustCompile(`(?i)authorization role missing|berechtigungsrolle|(缺少|没有|無|无).{0,10}(授权|權限|权限)角色|` +
		`授权角色(缺失|不存在)`)

	csrfWords = regexp.MustCompile(`(?i)[cx]srf`)

	sessionWords = regexp.MustCompile(`(?i)` + strings.Join([]string{
		`\bsession\b.{0,20}\b(timed? ?out|timeout|not (found|valid)|expired|terminated|ended|closed|in(valid|active)|no longer|does not exist)`,
		`\bsession_?timeout\b`, `\blogged (off|out)\b`, `\bnot logged on\b`, `\bIC[MT]\w*SESSION`, `\bsitzungs-?timeout\b`,
		`\bsitzung\b.{0,30}\b(abgelaufen|beendet|geschlossen|ungültig|nicht (gefunden|mehr))`,
		`\bsession not available\b`, `\b(invalid|no valid|no active) ((security|http|user|logon) )?session(\s*[.,:;!(]|\s*$)`,
		`\blog-?on (ticket |session )?(has |is )?expired\b`, `\banmeldung (ist )?(erforderlich|abgelaufen)\b`,
		`\bsie sind nicht (mehr )?angemeldet\b`, `\bsitzung existiert nicht\b`, `\bungültige sitzung(\s*[.,:;!(]|\s*$)`,
		`(无效|無效)的?(会话|會話)(\s*[.,:;!。，！（(]|\s*$)`, `重新(登录|登錄|登入)`, `(登录|登錄|登入).{0,6}(超时|逾時|过期|過期|失效)`,
		`(会话|會話).{0,10}(断开|斷開|中断|中斷|超时|逾時|过期|過期|失效|终止|終止|结束|結束|无效|無效|不再有效|不存在|未找到)`,
	}, "|"))

	// Errors of a failed scanner also mention viruses.
	virusWords = regexp.MustCompile(`(?i)` + strings.Join([]string{
		`\b(virus|malware|schadsoftware)\b.{0,30}\b(found|detected|gefunden|erkannt)\b`, `\b(infected|infiziert)\b`,
		`\b(contains|enthält)\b.{0,20}\b(virus|malware|schadsoftware)\b`, `\bvirus signature\b`,
		`\bbecause of (a )?(virus|malware)\b`, `\bmalicious content\b`, `\bvirenverseucht\b`,
		`(发现|發現|检测到|检出|感染|包含|含有|存在|带有|帶有).{0,10}(病毒|恶意软件|惡意軟體)`,
	}, "|"))
)

var messageNumber = regexp.MustCompile(`\b\d{3}\b`)

// esiNumber is the number of a message of class AP_ESI_COMMON in any spelling: "101(/AP_ESI_COMMON/)",
// "AP_ESI_COMMON/101", "AP_ESI_COMMON:101".
func esiNumber(code string) string {
	if !strings.Contains(strings.ToUpper(code), "AP_ESI_COMMON") {
		return ""
	}
	return messageNumber.FindString(code)
}

func isLock(code, text string) bool {
	number := esiNumber(code)
	return number == "101" || number != "106" && number != "107" && lockWords.MatchString(text)
}

func isReadOnly(code, text string) bool {
	number := esiNumber(code)
	return number == "106" || number == "107" || code == "" && readOnlyWords.MatchString(text)
}

// isGeneric reports whether a code names the exception that carries a message, and not the message itself: such a
// line says only that something was wrong.
func isGeneric(code string) bool {
	code = strings.ToUpper(code)
	return code == "" || code == "ODATA_ERROR" || strings.HasPrefix(code, "/IWBEP/CX_") || strings.HasPrefix(code, "CX_")
}
