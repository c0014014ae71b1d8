package c4c

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocksInThreeLanguages(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"record locked by user LI", "Object 4711 is locked for editing", "Ticket is currently being edited by user LI",
		"Locking of object failed",
		"The data is currently locked by another user", "is already being processed by LI", "Lock conflict",
		"Account is locked for changes by LI",
		"Datensatz ist von Benutzer AGENT01 gesperrt", "Objekt wird gerade von Benutzer AGENT01 bearbeitet",
		"Ticket ist gesperrt durch LI",
		"Sperren des Objekts fehlgeschlagen", "Sperrkonflikt", "Beleg ist in Bearbeitung durch LI",
		"User AGENT01 is currently processing ticket 8000", "User LI is editing this object", "Table entry is locked",
		"Data is locked",
		"Resource is currently locked", "Document is currently in use by LI",
		"Object requested is currently locked by user LI",
		"Das angeforderte Objekt ist momentan vom Benutzer LI gesperrt", "Beleg wird gerade vom Benutzer LI bearbeitet",
		"Benutzer LI bearbeitet bereits Ticket 8000", "Daten sind gesperrt", "Ticket wird bereits bearbeitet",
		"Unable to lock object 4711", "Cannot lock ticket 8000", "Object could not be locked", "Failed to acquire lock",
		"Failed to lock business object", "Enqueue failed for object", "There is a foreign lock on the object",
		"Objekt ist aktuell gesperrt", "Objekt konnte nicht gesperrt werden", "Der Datensatz wird aktuell bearbeitet",
		"对象正在被其他用户使用", "工单正被用户 LI 使用", "数据正在被占用", "无法获取锁",
		"对象已锁定", "记录当前被锁", "无法锁定对象", "数据被锁定", "該記錄已鎖定",
		"记录已被用户 AGENT01 锁定", "对象由 AGENT01 锁住", "用户 AGENT01 正在编辑该记录", "锁定失败", "記錄被使用者 AGENT01 鎖定", "使用者正在編輯",
	} {
		require.True(t, isLock("CM_DS_APPL_ERROR:000", text), text)
		require.False(t, isLock("107(/AP_ESI_COMMON/)", text), "the code goes first: %s", text)
	}
	for _, text := range []string{
		"", "Customer has an order block", "Kunde ist für Aufträge gesperrt", "Auftragssperre", "客户已冻结",
		"Enter a country/region", "Blocked", "The clock is wrong",
		"已处理完成", "Block by credit", "User LI is locked, contact your administrator", "Customer is locked for deliveries",
		"Der Benutzer ist gesperrt",
		"Customer cannot be blocked", "该邮箱已被其他用户使用", "编号已被占用", "Price cannot be unlocked",
		"Kunde ist vom Vertrieb gesperrt", "Field is in use by an extension", "Price list is processed", "账户已锁定",
	} {
		require.False(t, isLock("CM_DS_APPL_ERROR:000", text), text)
		require.True(t, isLock("AP_ESI_COMMON/101", text), "the code goes first: %s", text)
	}
}

// TestDeadSessionsInThreeLanguages: a text next to an uninformative code.
func TestDeadSessionsInThreeLanguages(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Session Timed Out", "Session not found", "Your session has expired", "Session no longer exists", "Session has ended",
		"session was closed",
		"The session is not valid any more", "Logon session has been terminated", "SESSION_TIMEOUT",
		"User session is inactive", "You have been logged off",
		"You are not logged on", "ICMENOSESSION", "Die Sitzung ist nicht mehr gültig", "Ihre Sitzung wurde geschlossen",
		"Sitzungs-Timeout",
		"Your logon has expired", "Logon ticket expired", "Invalid session", "No valid session.", "Session not available",
		"Anmeldung erforderlich", "Sie sind nicht mehr angemeldet", "Sitzung existiert nicht", "Ungültige Sitzung",
		"登录已过期", "请重新登录", "会话已断开", "无效会话", "無效的會話",
		"会话已超时", "您的会话已过期", "会话已结束", "会话不再有效", "會話已失效",
	} {
		require.Regexp(t, sessionWords, text, text)
	}
	for _, text := range []string{"", "Enter a session", "Session type is mandatory", "Sitzungsprotokoll fehlt",
		"Invalid session type", "No session is planned", "Kunde ist nicht angemeldet", "Ungültige Sitzungsart", "无效的会话类型",
		"会话类型为必填项", "The user logged a call"} {
		require.NotRegexp(t, sessionWords, text)
	}
}

// TestInfectedFilesInThreeLanguages: a file with a virus is refused for good, one that could not be scanned is not.
func TestInfectedFilesInThreeLanguages(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Virus found in a.txt", "File contains a virus", "Malware detected", "The file is infected",
		"Virus signature EICAR in file",
		"Virus: Eicar-Test-Signature FOUND", "Datei enthält einen Virus", "Schadsoftware gefunden",
		"Datei ist mit einem Virus infiziert",
		"Upload refused because of a virus", "File holds malicious content", "Die Datei ist virenverseucht",
		"文件中存在病毒", "上传的文件带有病毒", "文件包含病毒", "附件含有病毒", "检测到病毒", "文件感染了病毒", "发现恶意软件",
	} {
		require.Regexp(t, virusWords, text)
	}
	for _, text := range []string{
		"No virus scan server available", "Virus scan profile is not active", "Der Virenscanner ist nicht erreichbar",
		"Malware scanner unavailable", "病毒扫描服务器不可用",
	} {
		require.NotRegexp(t, virusWords, text)
	}
}

// TestLocksOfBothServices through the errors of their clients.
func TestLocksOfBothServices(t *testing.T) {
	t.Parallel()
	const chinese = "记录已被用户 AGENT01 锁定"
	for _, test := range []struct {
		name, social string
		status       int
		header       map[string]string
		body         string
		class        error
	}{
		{"in the body", SocialOData, 400, jsonType,
			`{"error":{"code":"CM_DS_APPL_ERROR:000","message":{"lang":"zh","value":"` + chinese + `"}}}`, ErrLocked},
		{"in innererror", SocialOData, 400, jsonType,
			`{"error":{"code":"005056","message":"An exception was raised","innererror":{"errordetails":[{"code":"/IWBEP/CX_MGW_BUSI_EXCEPTION","message":"An exception was raised","severity":"error"},{"code":"X:1","message":"` + chinese + `","severity":"error"}]}}}`, ErrLocked},
		{"code without a text", SocialOData, 400, jsonType,
			`{"error":{"code":"AP_ESI_COMMON:101","message":{"lang":"en","value":null}}}`, ErrLocked},
		{"header in XML", SocialOData, 400, map[string]string{"Content-Type": "application/json",
			"sap-message": `<notification><code>X:1</code><message>No</message><severity>info</severity><details><detail><code>AP_ESI_COMMON:101</code><message>` + "No" + `</message><severity>error</severity></detail></details></notification>`}, "", ErrLocked},
		{"in innererror of atom", SocialOData, 400, xmlType,
			`<error><code>X</code><message>An exception was raised</message><innererror><errordetails><errordetail><code>AP_ESI_COMMON:101</code><message/><severity>error</severity></errordetail></errordetails></innererror></error>`, ErrLocked},
		{"as information only", SocialOData, 400, jsonType,
			`{"error":{"code":"X:1","message":"No","details":[{"code":"Y","message":"not locked by anybody","severity":"info"}]}}`, ErrRejected},
		{"in a log", SocialSOAP, 200, xmlType, soapLogBody("020(CL_X)", chinese), ErrLocked},
		{"in a log without severities", SocialSOAP, 200, xmlType,
			soapEnvelope("X", `<Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode><Item><Note>`+chinese+
				`</Note></Item></Log>`), ErrLocked},
		{"in a fault", SocialSOAP, 500, xmlType, soapFaultBody(chinese), ErrLocked},
		{"missing role in German", SocialSOAP, 500, xmlType, soapFaultBody("Berechtigungsrolle für Service X fehlt"),
			ErrNotAuthorized},
		{"read-only without a code", SocialSOAP, 200, xmlType, soapLogBody("", "Daten sind schreibgeschützt"), ErrReadOnly},
		{"virus", SocialOData, 500, jsonType, `{"error":{"code":"VSI:001","message":"Virus found in file"}}`, ErrRejected},
		{"scanner out of order", SocialOData, 500, jsonType,
			`{"error":{"code":"VSI:002","message":"No virus scan server available"}}`, ErrUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, test.social)
			f.answer(test.status, test.header, test.body)
			_, err := c.Social().CreateActivity(t.Context(), requestID("x"), newMessage(Profile{ID: "1", UUID: someUUID}, "m1",
				"text"))
			requireClass(t, err, test.class)
		})
	}
}

// TestEnglishIsAskedFor on every call.
func TestEnglishIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		w := f.settle()
		for _, m := range methods() {
			_, _ = m.call(t.Context(), c, w)
		}
		for _, call := range f.calls {
			require.Equal(t, "en", call.header.Get("Accept-Language"), call.path)
		}
	}
}

// TestHeaviestDetail: the line that names the reason is used, wherever it is.
func TestHeaviestDetail(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, message, body, code, text string }{
		{"information first",
			`{"code":"ODATA_ERROR","message":"Error","details":[{"severity":"info","message":"Account was determined","code":"AP_ESI_COMMON:000"},{"severity":"error","code":"ABSL_1","message":"Enter a country/region"}]}`, jsonError, "ABSL_1", "Enter a country/region"},
		{"warning first",
			`{"details":[{"severity":"warning","message":"Check","code":"A"},{"severity":"error","code":"B","message":"Bad"},{"severity":"error","code":"C","message":"Worse"}]}`, jsonError, "B", "Bad"},
		{"only information", `{"details":[{"severity":"info","message":"Account was determined","code":"A"}]}`, jsonError,
			"X:001", "Invalid input"},
		{"only information, no body", `{"details":[{"severity":"info","message":"Account was determined","code":"A"}]}`, "",
			"A", "Account was determined"},
		{"no severity", `{"details":[{"message":"Bad","code":"A"}]}`, jsonError, "A", "Bad"},
		{"exception first", "",
			`{"error":{"code":"005056","message":"An exception was raised","innererror":{"errordetails":[{"code":"/IWBEP/CX_MGW_BUSI_EXCEPTION","message":"An exception was raised","severity":"error"},{"code":"ABSL/1","message":"Enter a country","severity":"error"}]}}}`, "ABSL/1", "Enter a country"},
		{"exception alone", "",
			`{"error":{"code":"SY/530","message":"Enter a country","innererror":{"errordetails":[{"code":"/IWBEP/CX_MGW_BUSI_EXCEPTION","message":"An exception was raised","severity":"error"}]}}}`, "SY/530", "Enter a country"},
		{"header before body", `{"details":[{"severity":"error","message":"Bad","code":"A"}]}`,
			`{"error":{"code":"X","message":"Y","innererror":{"errordetails":[{"code":"B","message":"Inner","severity":"error"}]}}}`, "A", "Bad"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			f.answer(400, map[string]string{"Content-Type": "application/json", "sap-message": test.message}, test.body)
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			var odata *ODataError
			require.ErrorAs(t, err, &odata)
			require.Equal(t, test.code, odata.Code)
			require.Equal(t, test.text, odata.Message)
		})
	}
	business := &BusinessError{Items: []LogItem{{Severity: 2, Note: "warned"}, {Severity: 3, Note: "bad"},
		{Note: "silent"}}}
	require.Equal(t, "bad", business.Heaviest().Note)
	business = &BusinessError{Items: []LogItem{{Severity: 1, Note: "told"}, {Note: "silent"}}}
	require.Equal(t, "silent", business.Heaviest().Note)
	require.Empty(t, (&BusinessError{}).Heaviest())
}
