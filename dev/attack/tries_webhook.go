package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

func basicOf(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }

// triesOfWebhooks post as C4C: without its password, or with it but with content that C4C would never post.
func triesOfWebhooks() []try {
	const kind = "C4C's webhooks"
	reply := func(l *live) string {
		return fmt.Sprintf(`{"type":"REP","sma_id":"FORGED1","service_req_no":%q,"text":"forged","private_ind":"FALSE"}`,
			l.ticket)
	}
	credentials := map[string]string{
		"none": "", "an empty Basic": "Basic ", "no Base64": "Basic %%%", "no colon": basicOf("c4c"),
		"an empty password": basicOf("c4c:"), "another user": basicOf("admin:dev-c4c-key"),
		"the user in capitals": basicOf("C4C:dev-c4c-key"), "the password cut": basicOf("c4c:dev-c4c-webhook-ke"),
		"the password longer":      basicOf("c4c:dev-c4c-key "),
		"the password in capitals": basicOf("c4c:DEV-C4C-WEBHOOK-KEY"),
		"a zero byte behind":       basicOf("c4c:dev-c4c-key\x00"), "a bearer": "Bearer dev-c4c-key",
		"Digest": `Digest username="c4c"`, "SQL": basicOf("c4c:' OR '1'='1"), "the password alone": "dev-c4c-key",
		"the user of the simulator": basicOf("wechat:dev-password"),
	}
	var all []try
	for _, name := range sorted(credentials) {
		for _, path := range []string{"/c4c/wechat", "/c4c/events"} {
			all = append(all, asking(kind, path+", credentials: "+name, func(l *live) attempt {
				return attempt{method: http.MethodPost, path: path, body: reply(l), from: anywhere(),
					header: map[string]string{"Authorization": credentials[name], "Content-Type": "application/json"}}
			}, http.StatusUnauthorized))
		}
	}
	for _, query := range []string{"?secret=", "?secret=x", "?secret[]=x", "?password=dev-c4c-key",
		"?user=c4c&password=dev-c4c-key"} {
		all = append(all, asking(kind, "a secret in the address: "+query, func(l *live) attempt {
			return attempt{method: http.MethodPost, path: "/c4c/wechat" + query, body: reply(l), from: anywhere()}
		}, http.StatusUnauthorized))
	}
	for name, id := range map[string]string{
		"a quotation mark": `1"2`, "an apostrophe": "1'2", "a slash": "1/2", "leading up": "../1", "a blank": "1 2",
		"a line": "1\n2", "a zero byte": "1\x00", "a filter": "x' or '1'='1", "a wildcard": "*",
		"200 digits": strings.Repeat("1", 200), "in full width": "１２", "a script": "<script>", "nothing": "",
		"a query of Temporal": `" OR WorkflowType="Conversation`,
	} {
		for _, field := range []string{"sma_id", "service_req_no"} {
			if id == "" && field == "service_req_no" {
				continue // C4C leaves it out
			}
			all = append(all, asking(kind, field+": "+name, func(l *live) attempt {
				fields := url.Values{"type": {"REP"}, "sma_id": {"FORGED2"}, "service_req_no": {"1"}, "text": {"forged"},
					"private_ind": {"FALSE"}}
				fields.Set(field, id)
				return attempt{method: http.MethodPost, path: "/c4c/wechat", body: jsonOfForm(fields), from: anywhere(),
					header: map[string]string{"Authorization": l.basic, "Content-Type": "application/json"}}
			}, http.StatusBadRequest))
		}
	}
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "an array": "[]", "a number": "1", "cut off": `{"sma_id":`,
		"numbers":         `{"sma_id":1,"private_ind":false}`,
		"private neither": `{"type":"REP","sma_id":"F3","service_req_no":"1","text":"x","private_ind":"maybe"}`,
		"100,000 levels":  strings.Repeat("[", 100_000), "a form without content": "a=b", "no UTF-8": "{\"sma_id\":\"\xff\"}",
	} {
		all = append(all, asking(kind, "the right password, the body: "+name, func(l *live) attempt {
			return attempt{method: http.MethodPost, path: "/c4c/wechat", body: body, from: anywhere(),
				header: map[string]string{"Authorization": l.basic, "Content-Type": "application/json"}}
		}, http.StatusBadRequest))
	}
	return append(all, asking(kind, "2 MiB under the right password", func(l *live) attempt {
		return attempt{method: http.MethodPost, path: "/c4c/wechat", body: strings.Repeat(" ", 2<<20), from: anywhere(),
			header: map[string]string{"Authorization": l.basic}}
	}, http.StatusRequestEntityTooLarge))
}

// triesOfPaths look for files and paths that must not be served.
func triesOfPaths() []try {
	paths := []string{
		"/metrics", "/readyz", "/livez", "/health", "/codec/decode", "/files/guess", "/spool", "/spool/retry",
		"/debug/pprof/", "/debug/vars", "/.env", "/.git/config", "/.git/HEAD", "/server-status", "/actuator/env",
		"/wp-login.php", "/admin", "/api/v1/namespaces/default/workflows", "/cgi-bin/token", "/sap/c4c/odata/v1/c4codataapi/",
		"/_sim/requests", "/MP_verify_attack.txt", "/web/assets/", "/web/assets/..%2f..%2fmain.go",
		"/web/assets/%2e%2e/%2e%2e/etc/passwd", "/web/assets/page.css", "/web/assets/../views/layout.html",
		"/web/views/layout.html", "/web/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/web/%00", "/wechat/other",
		"/wechat/..", "/c4c/other",
		"/web/files/..%2f..%2f..%2fetc%2fpasswd/x", "/favicon.ico/../../etc/passwd", "/web/pictures/a/b/c/d", "/swagger.json",
		"/openapi.yaml", "/graphql",
	}
	var all []try
	for _, path := range paths {
		all = append(all, asking("paths", path, func(l *live) attempt {
			a := get(path)
			if strings.HasPrefix(path, "/web/") {
				a = l.as(l.guest(), a)
			}
			return a
		}, http.StatusNotFound, http.StatusBadRequest))
	}
	return all
}

// triesOfMethods call addresses with methods they do not support.
func triesOfMethods() []try {
	var all []try
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace,
		http.MethodOptions, "PROPFIND", "DEBUG", "POSTX"} {
		for _, path := range []string{"/wechat", "/c4c/wechat", "/web/tickets", "/web/create", "/web/login"} {
			statuses := []int{http.StatusMethodNotAllowed, http.StatusNotFound, http.StatusNotImplemented,
				http.StatusUnauthorized}
			if method == http.MethodOptions {
				statuses = append(statuses, http.StatusNoContent) // lists the allowed methods
			}
			all = append(all, asking("methods", method+" "+path, func(l *live) attempt {
				a := get(path)
				// TRACE would echo this
				a.method, a.body, a.header = method, l.push0(), map[string]string{"X-Attack": "VICTIMS-WORDS"}
				return a
			}, statuses...))
		}
	}
	return all
}

// push0 is a body that no method but POST may bring.
func (l *live) push0() string {
	return "<xml><FromUserName>" + l.guest().openid + "</FromUserName></xml>"
}
