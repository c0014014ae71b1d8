package c4csim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf16"
)

type jsonObject = map[string]any

// odataError is an error in English.
func odataError(p problem) answer { return odataErrorIn("en", p, answer{}) }

// odataErrorIn is the error body, and the header sap-message that contains the useful detail. For an application
// error, an information precedes it, and the body has both under innererror, as in SAP Gateway. former is the answer
// that it replaces; its other headers are kept.
func odataErrorIn(language string, p problem, former answer) answer {
	text := translated(language, p.text)
	body := jsonObject{"code": p.code(), "message": jsonObject{"lang": language, "value": text}}
	details := []jsonObject{
		{"code": "AP_ESI_COMMON:000", "message": translated(language, "The data was checked"), "target": "",
			"severity": "info"},
		{"code": p.code(), "message": text, "target": "", "severity": "error"},
	}
	if p.class != "" {
		body["innererror"] = jsonObject{"errordetails": details}
	}
	a := jsonAnswer(p.status, jsonObject{"error": body})
	a.refused, a.problem = former.refused, &p
	for name, values := range former.header {
		if a.header[name] == nil {
			a.header[name] = values
		}
	}
	if p.class == "" {
		return a
	}
	message, err := json.Marshal(jsonObject{
		"code": "ODATA_ERROR", "message": "Error occurred during processing", "severity": "error", "target": "",
		"details": details,
	})
	if err == nil {
		a.header.Set("sap-message", asciiJSON(string(message)))
	}
	return a
}

// spoken translates an error into the language of the answer.
func (s *Simulator) spoken(c *call, a answer) answer {
	if a.problem == nil {
		return a
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inLanguage(c, a)
}

// inLanguage is spoken for callers that hold the lock.
func (s *Simulator) inLanguage(c *call, a answer) answer {
	if a.problem == nil {
		return a
	}
	return odataErrorIn(cmp.Or(s.set.ErrorLanguage, languageOf(c.r)), *a.problem, a)
}

// userLanguage is the technical user's language: C4C uses it if a call asks for no language that it has.
const userLanguage = "zh"

// languageOf is the language of an answer.
func languageOf(r *http.Request) string {
	for asked := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Language")), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(asked), ";")
		if tag, _, _ = strings.Cut(tag, "-"); tag == "en" || tag == "de" || tag == "zh" {
			return tag
		}
	}
	return userLanguage
}

// translations are texts of the tenant in other languages; other texts stay English, as in much of SAP.
var translations = []struct {
	english *regexp.Regexp
	others  map[string]string
}{
	{regexp.MustCompile(`^Locking failed: record locked by user (\S+)`), map[string]string{
		"zh": "锁定失败：记录已被用户 $1 锁定", "de": "Sperren fehlgeschlagen: Datensatz ist von Benutzer $1 gesperrt",
	}},
	{regexp.MustCompile(`^(.*) is completed; data is read-only$`), map[string]string{
		"zh": "$1 已完成；数据为只读", "de": "$1 ist abgeschlossen; Daten sind schreibgeschützt",
	}},
	{regexp.MustCompile(`^The data was checked$`), map[string]string{"zh": "数据已检查", "de": "Die Daten wurden geprüft"}},
	{regexp.MustCompile(`^The file could not be scanned: virus found in (.*)$`), map[string]string{
		"zh": "无法扫描文件：在 $1 中发现病毒", "de": "Datei konnte nicht geprüft werden: Virus gefunden in $1",
	}},
	{regexp.MustCompile(`^Property (\w+) is mandatory$`),
		map[string]string{"zh": "属性 $1 为必填项", "de": "Eigenschaft $1 ist ein Mussfeld"}},
}

func translated(language, text string) string {
	for _, t := range translations {
		if to := t.others[language]; to != "" && t.english.MatchString(text) {
			return t.english.ReplaceAllString(text, to)
		}
	}
	return text
}

// asciiJSON escapes what a header cannot contain.
func asciiJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r >= 0x20 && r <= 0x7e {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.String()
}
