package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// ticketForm is a form that would open a ticket.
func ticketForm(p person) url.Values {
	return url.Values{"csrf": {p.csrf}, "entity": {"ticket"}, "key": {"FORGEDFORGEDFORGED"}, "subject": {"forged"},
		"text": {"forged"}, "category": {"CA_1"}}
}

// triesOfBodies send forms that are expensive to read, or that lie about their content.
func triesOfBodies() []try {
	const kind = "bodies"
	post := func(name, contentType string, body func(p person) string, statuses ...int) try {
		return asking(kind, name, func(l *live) attempt {
			p := l.guest()
			return l.as(p, attempt{method: http.MethodPost, path: "/web/create", body: body(p),
				header: map[string]string{"Content-Type": contentType, "X-CSRF-Token": p.csrf}})
		}, statuses...)
	}
	changed := func(field, value string) func(person) string {
		return func(p person) string {
			form := ticketForm(p)
			form.Set(field, value)
			return form.Encode()
		}
	}
	text := func(s string) func(person) string { return func(person) string { return s } }
	const broken, refused, large = http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge
	all := []try{
		post("1 MiB as a form", formType, text("text="+strings.Repeat("x", 1<<20)), large),
		post("200,000 fields", formType, text(strings.Repeat("a=b&", 200_000)), large),
		post("1 MiB of JSON", "application/json", text(`{"text":"`+strings.Repeat("x", 1<<20)+`"}`), large),
		post("JSON of 30,000 levels", "application/json", text(strings.Repeat(`{"a":`, 10_000)), broken),
		post("JSON, lists in place of texts", "application/json", text(`{"entity":["ticket"]}`), broken),
		post("JSON, objects in place of texts", "application/json", text(`{"entity":{"$gt":""}}`), broken),
		post("JSON twice", "application/json", text(`{}{"entity":"ticket"}`), broken),
		post("JSON in UTF-16", "application/json; charset=utf-16", text("\xff\xfe{\x00}\x00"), broken),
		post("XML", "application/xml", text(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`),
			http.StatusUnsupportedMediaType),
		post("YAML", "application/yaml", text("entity: !!python/object/apply:os.system [id]"),
			http.StatusUnsupportedMediaType),
		post("no type", "", text("x"), http.StatusUnsupportedMediaType),
		post("a broken type", "multipart/form-data; boundary", text("x"), http.StatusUnsupportedMediaType, broken),
		post("parts without a boundary", "multipart/form-data", text("x"), broken),
		post("parts that end early", "multipart/form-data; boundary=x",
			text("--x\r\nContent-Disposition: form-data; name=\"entity\"\r\n\r\nticket"), broken),
		post("1,000 parts", "multipart/form-data; boundary=x",
			text(strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n", 1000)+"--x--\r\n"), broken,
			large),
		post("a part of 1 MiB", "multipart/form-data; boundary=x",
			text("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n"+strings.Repeat("x", 1<<20)+"\r\n--x--\r\n"),
			large, broken),
		post("packed with gzip", formType, func(p person) string { return packed(ticketForm(p).Encode()) }, broken),
		post("a key that leads up", formType, changed("key", "../../../../../FORGED"), broken),
		post("a key with an apostrophe", formType, changed("key", "FORGEDFORGED' or '1'='1"), broken),
		post("a key in full width", formType, changed("key", strings.Repeat("Ａ", 20)), broken),
		post("a key of 1,000 letters", formType, changed("key", strings.Repeat("A", 1000)), broken),
		post("a key with a zero byte", formType, changed("key", "FORGEDFORGEDFORGED\x00"), broken),
		post("an unknown entity", formType, changed("entity", "agent"), broken),
		post("an entity that leads up", formType, changed("entity", "../ticket"), broken),
		post("a text of 3,000 characters", formType, changed("text", strings.Repeat("车", 3000)), refused),
		post("a subject of 200", formType, changed("subject", strings.Repeat("x", 200)), refused),
		post("a text of blanks", formType, changed("text", " \t\r\n\u00a0"), refused),
		post("a category that is none", formType, changed("category", "CA_9' or '1'='1"), refused),
	}
	for name, words := range map[string]string{
		"a script": `"><script>alert(1)</script>`, "a handler": `" onmouseover="alert(1)`,
		"the end of a field":   `</textarea><script>alert(1)</script>`,
		"a template of Go":     "{{.CSRF}}{{printf \"%s\" .Who}}",
		"a template of others": "${48271*16807}<%= 48271*16807 %>#{48271*16807}",
		"an entity":            "&lt;script&gt;</textarea><img src=x onerror=alert(1)>",
		"writing backwards":    "\u202e<script>alert(1)</script>",
		"a style":              "</style><style>*{background:url(//" + elsewhere + ")}",
	} {
		all = append(all, mirrored(name, words))
	}
	return all
}

// calculated is what a page holds that executes a template of others. No key of the page is likely to have it.
const calculated = "811290697"

// mirrored submits text in a form that is shown again: the text must stay text, not markup.
func mirrored(name, words string) try {
	ask := func(l *live) attempt {
		p := l.guest()
		form := ticketForm(p)
		form.Set("subject", words)
		form.Set("text", words+strings.Repeat("x", 2100))
		return l.as(p, attempt{method: http.MethodPost, path: "/web/create", body: form.Encode(),
			header: map[string]string{"Content-Type": formType, "Accept": "text/html"}})
	}
	return askingAlso("bodies", "shown again: "+name, ask, func(got answer) error {
		for _, live := range []string{"<script>alert", "<img src=x", `" onmouseover="`, "<style>*", calculated} {
			if strings.Contains(got.body, live) {
				return fmt.Errorf("the page holds %q", live)
			}
		}
		if strings.Contains(words, "{{") && !strings.Contains(got.body, "{{.CSRF}}") {
			return errors.New("the words were carried out as a template")
		}
		return nil
	}, http.StatusUnprocessableEntity)
}

func packed(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // into memory
	_ = w.Close()
	return b.String()
}

// triesOfFiles upload files that are no pictures.
func triesOfFiles() []try {
	png := "\x89PNG\r\n\x1a\n"
	files := map[string]struct{ name, content string }{
		"a page":                  {"a.jpg", "<html><script>alert(1)</script></html>"},
		"a drawing with a script": {"a.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`},
		"a program":               {"a.png", "\x7fELF\x02\x01\x01"},
		"a program for Windows":   {"a.exe", "MZ\x90\x00"}, "a document": {"a.png", "%PDF-1.4"},
		"an archive": {"a.png", "PK\x03\x04"}, "an animation": {"a.gif", "GIF89a\x01\x00\x01\x00/*"},
		"a head alone":       {"a.png", png},
		"100,000 by 100,000": {"a.png", png + pngHead(100_000, 100_000)},
		"10,000 by 10,000":   {"a.png", png + pngHead(10_000, 10_000)}, "no width": {"a.png", png + pngHead(0, 10)},
		"a negative width":     {"a.png", png + pngHead(0xffffffff, 0xffffffff)},
		"a head and a script":  {"a.png", png + "<script>"},
		"a name that leads up": {"../../../etc/cron.d/a", "* * * * * root id"},
		"a name with a line":   {"a\r\nX: 1.png", "no picture"}, "a name with a script": {"<script>alert(1)</script>.png",
			"no picture"}, "a name of 4,000 characters": {strings.Repeat("n", 4000), "no picture"},
		"a polyglot": {"a.jpg", "\xff\xd8\xff\xe0<?php system($_GET[0]); ?>"},
		"WebP":       {"a.jpg", "RIFF\x22\x00\x00\x00WEBPVP8 "}, "text": {"a.txt", "hello"},
		"an entity of XML": {"a.png", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg>&e;</svg>`},
	}
	var all []try
	for _, name := range sorted(files) {
		all = append(all, askingAlso("files", name, func(l *live) attempt {
			p := l.guest()
			kind, body := formWith(ticketForm(p), files[name].name, files[name].content)
			return l.as(p, attempt{method: http.MethodPost, path: "/web/create", body: body,
				header: map[string]string{"Content-Type": kind, "Accept": "text/html"}})
		}, func(got answer) error {
			if strings.Contains(got.body, "<script>alert") {
				return errors.New("the page holds the file's name as it is")
			}
			return nil
		}, http.StatusUnprocessableEntity))
	}
	return all
}

// formWith is a form with one file.
func formWith(form url.Values, name, content string) (kind, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range []string{"csrf", "entity", "key", "subject", "text", "category"} {
		_ = w.WriteField(field, form.Get(field)) // into memory
	}
	header := textproto.MIMEHeader{"Content-Type": {"image/png"},
		"Content-Disposition": {multipart.FileContentDisposition("pictures", name)}}
	part, err := w.CreatePart(header)
	if err == nil {
		_, _ = part.Write([]byte(content))
	}
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

// pngHead is the header of a PNG of the given size.
func pngHead(width, height uint32) string {
	head := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)...)
	head = append(head, 8, 6, 0, 0, 0)
	return "\x00\x00\x00\x0d" + string(head) + string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(head)))
}
