package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// refusal expects the one answer to all unproven requests: 401 with an empty body.
func refusal(ctx context.Context, l *live, a attempt) error {
	a.from = anywhere()
	got, err := l.do(ctx, a)
	if err != nil {
		return err
	}
	if got.body != "" {
		return fmt.Errorf("the answer is not empty: %q", got.body)
	}
	return errors.Join(want(got, http.StatusUnauthorized), l.tells(got))
}

// sealedPush is a push as WeChat would send it.
func (l *live) sealedPush(at time.Time) (url.Values, string, error) {
	sealed, err := l.seal(l.push(at))
	if err != nil {
		return nil, "", err
	}
	path, body := l.envelope(at, sealed)
	_, query, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(query)
	return q, body, err
}

// forged is a try that alters a valid push.
func forged(kind, name string, alter func(l *live, q url.Values, body *string)) try {
	return try{kind, name, func(ctx context.Context, l *live) error {
		q, body, err := l.sealedPush(time.Now())
		if err != nil {
			return err
		}
		alter(l, q, &body)
		return refusal(ctx, l, attempt{method: http.MethodPost, path: "/wechat?" + q.Encode(), body: body})
	}}
}

func triesOfSignatures() []try {
	const kind = "signatures"
	alter := map[string]func(string) string{
		"none":                  func(string) string { return "" },
		"cut":                   func(s string) string { return s[:39] },
		"longer":                func(s string) string { return s + "0" },
		"in capitals":           strings.ToUpper,
		"with a blank":          func(s string) string { return s + " " },
		"with a zero byte":      func(s string) string { return s + "\x00" },
		"of zeros":              func(string) string { return strings.Repeat("0", 40) },
		"reversed":              func(s string) string { return s[20:] + s[:20] },
		"twice":                 func(s string) string { return s + s },
		"a MD5":                 func(string) string { return "d41d8cd98f00b204e9800998ecf8427e" },
		"of a SHA-256's length": func(s string) string { return s + s[:24] },
	}
	var all []try
	for _, name := range sorted(alter) {
		for _, field := range []string{"signature", "msg_signature"} {
			all = append(all, forged(kind, field+" "+name, func(_ *live, q url.Values, _ *string) {
				q.Set(field, alter[name](q.Get(field)))
			}))
		}
	}
	for _, field := range []string{"timestamp", "nonce", "signature", "msg_signature"} {
		all = append(all, forged(kind, field+" left out", func(_ *live, q url.Values, _ *string) { q.Del(field) }))
		if field == "timestamp" || field == "nonce" {
			all = append(all, forged(kind, field+" changed", func(_ *live, q url.Values, _ *string) {
				q.Set(field, q.Get(field)+"1")
			}),
				forged(kind, field+" empty", func(_ *live, q url.Values, _ *string) { q.Set(field, "") }))
		}
	}
	for name, token := range map[string]string{"an empty token": "", "a guessed token": "token",
		"the AES key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"} {
		all = append(all, forged(kind, "signed with "+name, func(_ *live, q url.Values, _ *string) {
			q.Set("signature", sign(token, q.Get("timestamp"), q.Get("nonce")))
		}))
	}
	for name, timestamp := range map[string]string{
		"of 1970": "0", "before 1970": "-1", "of two hours ago": strconv.FormatInt(time.Now().Add(-2*time.Hour).Unix(), 10),
		"in words":     "now",
		"with a point": "1700000000.5", "in hexadecimal": "0x6553f100", "beyond 64 bits": "99999999999999999999",
		"of tomorrow":             strconv.FormatInt(time.Now().Add(24*time.Hour).Unix(), 10),
		"of ten years to come":    strconv.FormatInt(time.Now().AddDate(10, 0, 0).Unix(), 10),
		"of six minutes to come":  strconv.FormatInt(time.Now().Add(6*time.Minute).Unix(), 10),
		"in milliseconds of 1990": "631152000",
	} {
		all = append(all, forged(kind, "rightly signed, a time "+name, func(l *live, q url.Values, _ *string) {
			q.Set("timestamp", timestamp)
			q.Set("signature", sign(l.token, timestamp, q.Get("nonce")))
		}))
	}
	for name, query := range map[string]string{"without anything": "", "with a word": "?signature=x&timestamp=x&nonce=x",
		"with a script": "?signature=%3Cscript%3E&timestamp=1&nonce=1&echostr=%3Cscript%3E"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			all = append(all, try{kind, method + " " + name, func(ctx context.Context, l *live) error {
				return refusal(ctx, l, attempt{method: method, path: "/wechat" + query, body: l.push(time.Now())})
			}})
		}
	}
	for name, size := range map[string]int{"2 MiB": 2 << 20, "a byte more than 1 MiB": 1<<20 + 1} {
		all = append(all, try{kind, name + " under a right signature", func(ctx context.Context, l *live) error {
			q, _, err := l.sealedPush(time.Now())
			if err != nil {
				return err
			}
			got, err := l.do(ctx, attempt{method: http.MethodPost, path: "/wechat?" + q.Encode(),
				body: strings.Repeat(" ", size), from: anywhere()})
			if err != nil {
				return err
			}
			return errors.Join(want(got, http.StatusRequestEntityTooLarge), l.tells(got))
		}})
	}
	for name, off := range map[string]time.Duration{"two hours ago": -2 * time.Hour,
		"a quarter of an hour ago": -15 * time.Minute, "for tomorrow": 24 * time.Hour} {
		all = append(all, try{kind, "the check of the address, signed " + name, func(ctx context.Context, l *live) error {
			q := l.query(time.Now().Add(off))
			q.Set("echostr", "attack")
			return refusal(ctx, l, attempt{method: http.MethodGet, path: "/wechat?" + q.Encode()})
		}})
	}
	return all
}

// sealedTry sends a ciphertext with valid signatures, as an attacker could who knows only the token, or another
// account's key.
func sealedTry(name string, seal func(l *live) ([]byte, error)) try {
	return try{"ciphertexts", name, func(ctx context.Context, l *live) error {
		sealed, err := seal(l)
		if err != nil {
			return err
		}
		path, body := l.envelope(time.Now(), sealed)
		return refusal(ctx, l, attempt{method: http.MethodPost, path: path, body: body})
	}}
}

func triesOfCiphertexts() []try {
	genuine := func(l *live) ([]byte, error) { return l.seal(l.push(time.Now())) }
	altered := func(alter func([]byte) []byte) func(*live) ([]byte, error) {
		return func(l *live) ([]byte, error) {
			sealed, err := genuine(l)
			return alter(sealed), err
		}
	}
	as := func(change func(*target)) func(*live) ([]byte, error) {
		return func(l *live) ([]byte, error) {
			t := l.target
			change(&t)
			return t.seal(t.push(time.Now()))
		}
	}
	text := func(alter func(string) string) func(*live) ([]byte, error) {
		return func(l *live) ([]byte, error) { return l.seal(alter(l.push(time.Now()))) }
	}
	all := []try{
		sealedTry("nothing", func(*live) ([]byte, error) { return nil, nil }),
		sealedTry("one byte", func(*live) ([]byte, error) { return []byte{1}, nil }),
		sealedTry("one block", altered(func(b []byte) []byte { return b[:16] })),
		sealedTry("zeros", altered(func(b []byte) []byte { return make([]byte, len(b)) })),
		sealedTry("half a block less", altered(func(b []byte) []byte { return b[:len(b)-8] })),
		sealedTry("a block less", altered(func(b []byte) []byte { return b[:len(b)-16] })),
		sealedTry("two blocks less", altered(func(b []byte) []byte { return b[:len(b)-32] })),
		sealedTry("first block altered", altered(func(b []byte) []byte { b[0] ^= 1; b[17] ^= 0xff; return b })),
		sealedTry("length altered", altered(func(b []byte) []byte { b[3] ^= 0x80; b[16] ^= 0x80; return b })),
		sealedTry("two blocks changed about", altered(func(b []byte) []byte {
			c := bytes.Clone(b)
			copy(c[32:48], b[48:64])
			copy(c[48:64], b[32:48])
			return c
		})),
		sealedTry("last block repeated", altered(func(b []byte) []byte { return append(b, b[len(b)-16:]...) })),
		sealedTry("in plain text", func(l *live) ([]byte, error) { return []byte(l.push(time.Now())), nil }),
		sealedTry("of another AppID", as(func(t *target) { t.appID = "wx00000000000000ff" })),
		sealedTry("of no AppID", as(func(t *target) { t.appID = "" })),
		sealedTry("of a longer AppID", as(func(t *target) { t.appID += "0" })),
		sealedTry("for another account", as(func(t *target) { t.originalID = "gh_ffffffffffff" })),
		sealedTry("for no account", as(func(t *target) { t.originalID = "" })),
		sealedTry("with another key", as(func(t *target) { t.aesKey = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba" })),
		sealedTry("told two days ago", func(l *live) ([]byte, error) {
			return l.seal(l.push(time.Now().Add(-48 * time.Hour)))
		}),
		sealedTry("no document", text(func(string) string { return "hello" })),
		sealedTry("an empty document", text(func(string) string { return "" })),
		sealedTry("a document cut off", text(func(s string) string { return s[:len(s)/2] })),
		sealedTry("a document type with an entity",
			text(func(s string) string { return `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + s })),
		sealedTry("entities that grow", text(func(s string) string {
			return `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>` + s
		})),
		sealedTry("an include", text(func(s string) string {
			return strings.Replace(s, "<MsgType>", `<xi:include href="file:///etc/passwd"/><MsgType>`, 1)[:40]
		})),
		sealedTry("ten thousand levels",
			text(func(string) string { return strings.Repeat("<a>", 10_000) + strings.Repeat("</a>", 10_000) })),
		sealedTry("without a sender", text(func(s string) string { return strings.Replace(s, "oAttackNobody", "", 1) })),
		sealedTry("a sender that leads up",
			text(func(s string) string { return strings.Replace(s, "oAttackNobody", "../../x", 1) })),
		sealedTry("a sender with a quotation mark",
			text(func(s string) string { return strings.Replace(s, "oAttackNobody", `o" OR "1`, 1) })),
		sealedTry("a sender with a slash",
			text(func(s string) string { return strings.Replace(s, "oAttackNobody", "o/"+victimOpenID, 1) })),
		sealedTry("without a time", text(func(s string) string { return strings.Replace(s, "CreateTime", "Created", 2) })),
	}
	for name, body := range map[string]func(l *live, q url.Values, sealed string) string{
		"no Encrypt":       func(l *live, _ url.Values, _ string) string { return l.push(time.Now()) },
		"Encrypt is empty": func(*live, url.Values, string) string { return "<xml><Encrypt></Encrypt></xml>" },
		"no Base64":        func(*live, url.Values, string) string { return "<xml><Encrypt>%%%</Encrypt></xml>" },
		"an empty body":    func(*live, url.Values, string) string { return "" },
		"a JSON array":     func(*live, url.Values, string) string { return "[]" },
		"JSON, null":       func(*live, url.Values, string) string { return "null" },
		"JSON, a number":   func(*live, url.Values, string) string { return `{"Encrypt":1}` },
		"another signature": func(_ *live, q url.Values, sealed string) string {
			q.Set("msg_signature", strings.Repeat("1", 40))
			return jsonOf("Encrypt", sealed)
		},
	} {
		all = append(all, try{"ciphertexts", "the envelope: " + name, func(ctx context.Context, l *live) error {
			sealed, err := genuine(l)
			if err != nil {
				return err
			}
			q := l.query(time.Now())
			q.Set("encrypt_type", "aes")
			text := base64.StdEncoding.EncodeToString(sealed)
			q.Set("msg_signature", sign(l.token, q.Get("timestamp"), q.Get("nonce"), text))
			content := body(l, q, text)
			return refusal(ctx, l, attempt{method: http.MethodPost, path: "/wechat?" + q.Encode(), body: content})
		}})
	}
	for _, kind := range []string{"raw", "", "AES", "none"} {
		all = append(all, try{"ciphertexts", fmt.Sprintf("plain text in secure mode, encrypt_type %q", kind),
			func(ctx context.Context, l *live) error {
				q := l.query(time.Now())
				q.Set("encrypt_type", kind)
				return refusal(ctx, l, attempt{method: http.MethodPost, path: "/wechat?" + q.Encode(), body: l.push(time.Now())})
			}})
	}
	return all
}

func jsonOf(name, value string) string {
	text, _ := json.Marshal(map[string]string{name: value}) // strings always marshal
	return string(text)
}

// triesOfRepeats reuse the signature of a captured push for other content.
func triesOfRepeats() []try {
	return []try{
		forged("repeats", "another ciphertext under a seen signature", func(l *live, _ url.Values, body *string) {
			sealed, err := l.seal(l.push(time.Now().Add(time.Second)))
			if err == nil {
				*body = "<xml><Encrypt>" + base64.StdEncoding.EncodeToString(sealed) + "</Encrypt></xml>"
			}
		}),
		forged("repeats", "a plain body under a seen signature", func(l *live, _ url.Values, body *string) {
			*body = l.push(time.Now())
		}),
		forged("repeats", "a plain body, told to be raw", func(l *live, q url.Values, body *string) {
			q.Set("encrypt_type", "raw")
			q.Del("msg_signature")
			*body = l.push(time.Now())
		}),
		{"repeats", "a ciphertext of yesterday's yesterday, signed anew", func(ctx context.Context, l *live) error {
			sealed, err := l.seal(l.push(time.Now().Add(-47 * time.Hour)))
			if err != nil {
				return err
			}
			path, body := l.envelope(time.Now(), sealed)
			return refusal(ctx, l, attempt{method: http.MethodPost, path: path, body: body})
		}},
		{"repeats", "an unfollow of two hours ago in the victim's name", func(ctx context.Context, l *live) error {
			at := time.Now().Add(-2 * time.Hour)
			sealed, err := l.seal(
				fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>"+
					"<MsgType>event</MsgType><Event>unsubscribe</Event></xml>", l.originalID, victimOpenID, at.Unix()))
			if err != nil {
				return err
			}
			path, body := l.envelope(at, sealed)
			return refusal(ctx, l, attempt{method: http.MethodPost, path: path, body: body})
		}},
	}
}
