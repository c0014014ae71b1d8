package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// triesOfAddresses write one caller's address in many ways. All must count as the same caller.
func triesOfAddresses() []try {
	const kind = "addresses"
	spellings := map[string]func(a string, i int) string{
		"one IPv4 address, four spellings": func(a string, i int) string {
			return []string{a, "::ffff:" + a, "[::ffff:" + a + "]", " " + a + " "}[i%4]
		},
		"strangers before it":    func(a string, i int) string { return fmt.Sprintf("198.51.%d.%d, %s", i>>8, i&255, a) },
		"words before it":        func(a string, i int) string { return fmt.Sprintf("x%d, %s", i, a) },
		"its own network before": func(a string, i int) string { return fmt.Sprintf("10.0.0.%d, %s, 10.0.0.1", i, a) },
		"hosts of one IPv6 /64":  func(a string, i int) string { return fmt.Sprintf("2001:db8:%s::%x", network(a), i+1) },
		"the same, written long": func(a string, i int) string {
			return fmt.Sprintf("2001:0DB8:%s:0000:0000:0000:0000:%04X", network(a), i+1)
		},
		"IPv6 with zones": func(a string, i int) string {
			return fmt.Sprintf("2001:db8:%s::1%%eth%d", network(a), i)
		},
		"IPv4 as a number behind": func(a string, i int) string { return fmt.Sprintf("::ffff:%s", a) },
	}
	var all []try
	for _, name := range sorted(spellings) {
		for _, path := range []string{"/wechat", "/web/login"} {
			all = append(all, try{kind, name + ", " + path, func(ctx context.Context, l *live) error {
				a := anywhere()
				return l.limited(ctx, 300, func(i int) attempt {
					return attempt{method: http.MethodGet, path: path, from: spellings[name](a, i)}
				})
			}})
		}
	}
	for _, header := range []string{"X-Real-Ip", "Forwarded", "X-Client-Ip", "Cf-Connecting-Ip", "True-Client-Ip",
		"X-Originating-Ip"} {
		all = append(all, try{kind, "another address each time by " + header, func(ctx context.Context, l *live) error {
			a := anywhere()
			return l.limited(ctx, 300, func(i int) attempt {
				other := fmt.Sprintf("198.51.%d.%d", i>>8, i&255)
				if header == "Forwarded" {
					other = "for=" + other
				}
				return attempt{method: http.MethodGet, path: "/wechat", from: a, header: map[string]string{header: other}}
			})
		}})
	}
	return all
}

// network turns an unused IPv4 address into two groups of an IPv6 address.
func network(a string) string {
	var b [4]int
	_, _ = fmt.Sscanf(a, "%d.%d.%d.%d", &b[0], &b[1], &b[2], &b[3]) // always an address
	return fmt.Sprintf("%02x%02x:%02x%02x", b[0], b[1], b[2], b[3])
}

// triesOfWords send texts and forms that Unicode and parsers can read in several ways.
func triesOfWords() []try {
	const kind = "words"
	jsons := map[string]func(csrf string) string{
		"a name twice, another entity last": func(c string) string {
			return jsonForm(c, `"entity":"ticket","entity":"agent"`)
		},
		"a name in capitals":       func(c string) string { return jsonForm(c, `"ENTITY":"ticket"`) },
		"half a character":         func(c string) string { return jsonForm(c, `"entity":"tick\ud800"`) },
		"a mark of the byte order": func(c string) string { return "\ufeff" + jsonForm(c, `"entity":"agent"`) },
		"a comment":                func(c string) string { return "/**/" + jsonForm(c, `"entity":"ticket"`) },
		"a comma too many":         func(c string) string { return jsonForm(c, `"entity":"ticket",`) },
		"a number as key":          func(c string) string { return jsonForm(c, `"entity":"ticket","key":1e999`) },
		"a key of Greek capitals": func(c string) string {
			return jsonForm(c, `"entity":"ticket","key":"ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ"`)
		},
		"a key with a line's end": func(c string) string {
			return jsonForm(c, `"entity":"ticket","key":"FORGEDFORGEDFORGED\n"`)
		},
		"true in place of a text": func(c string) string { return jsonForm(c, `"entity":true`) },
		"bytes that are no text":  func(c string) string { return jsonForm(c, "\"entity\":\"\xc0\xaeticket\"") },
		"a text of marks that nobody sees": func(c string) string {
			return jsonForm(c, `"entity":"ticket","subject":"forged","text":"\u200b\u200d\ufeff"`)
		},
	}
	var all []try
	for _, name := range sorted(jsons) {
		all = append(all, asking(kind, "JSON: "+name, func(l *live) attempt {
			p := l.guest()
			return l.as(p, attempt{method: http.MethodPost, path: "/web/create", body: jsons[name](p.csrf),
				header: map[string]string{"Content-Type": "application/json"}})
		}, badRequests...))
	}
	for name, kindOf := range map[string]string{
		"a form in UTF-7": formType + "; charset=utf-7", "two types": formType + ", application/json",
		"a boundary in quotation marks": `multipart/form-data; boundary="x\r\ny"`,
		"a boundary of 100 letters":     "multipart/form-data; boundary=" + strings.Repeat("x", 100),
		"parts of another kind":         "multipart/mixed; boundary=x", "parts of parts": "multipart/related; boundary=x",
	} {
		all = append(all, asking(kind, "the type: "+name, func(l *live) attempt {
			p := l.guest()
			return l.as(p, attempt{method: http.MethodPost, path: "/web/create",
				body:   "--x\r\nContent-Disposition: form-data; name=\"entity\"\r\n\r\nagent\r\n--x--\r\n",
				header: map[string]string{"Content-Type": kindOf}})
		}, badRequests...))
	}
	return all
}

// jsonForm is a JSON form with a valid CSRF token.
func jsonForm(csrf, fields string) string {
	return fmt.Sprintf(`{"csrf":%q,"key":"FORGEDFORGEDFORGED","category":"CA_9",%s}`, csrf, fields)
}
