package wechat

import (
	"bytes"
	"slices"
)

var (
	startMark = []byte("<![CDATA[")
	endMark   = []byte("]]>")
	splitMark = []byte("]]]]><![CDATA[>") // the correct encoding of an end mark within CDATA
)

// writtenByUsers are the elements whose text is not WeChat's own: a follower wrote it, or it comes from a page or QR
// code that a follower chose.
var writtenByUsers = []string{"Content", "Title", "Description", "Url", "Label", "Poiname", "ScanResult", "Recognition"}

// sealCDATA turns WeChat's output into valid XML: WeChat puts texts into CDATA without splitting end marks in them. A
// text of WeChat's own ends at the first end mark that its closing tag follows. A user's text ends at the last, so that
// no user's text can close its element and add others. It returns body itself if there is nothing to do.
//
// Source: https://github.com/silenceper/wechat/issues/750.
func sealCDATA(body []byte) []byte {
	if paired(body) && !closesTwice(body) {
		return body
	}
	out := make([]byte, 0, len(body)+64)
	for {
		start := bytes.Index(body, startMark)
		if start < 0 {
			return append(out, body...)
		}
		text := body[start+len(startMark):]
		length := textLength(elementBefore(body[:start]), text)
		if length < 0 {
			return append(out, body...)
		}
		out = append(out, body[:start]...)
		out = append(out, startMark...)
		whole := bytes.ReplaceAll(text[:length], splitMark, endMark)
		out = append(out, bytes.ReplaceAll(whole, endMark, splitMark)...)
		out = append(out, endMark...)
		body = text[length+len(endMark):]
	}
}

// paired reports whether the marks alternate, as in nearly every push.
func paired(body []byte) bool {
	for {
		start, end := bytes.Index(body, startMark), bytes.Index(body, endMark)
		if start < 0 || end < start {
			return start < 0 && end < 0
		}
		if bytes.Contains(body[start+len(startMark):end], startMark) {
			return false
		}
		body = body[end+len(endMark):]
	}
}

// closesTwice reports whether a user's text may contain its own closing tag.
func closesTwice(body []byte) bool {
	return slices.ContainsFunc(writtenByUsers, func(name string) bool {
		return bytes.Count(body, []byte("]]></"+name+">")) > 1
	})
}

// elementBefore is the name of the element that opens directly before a text; empty: none.
func elementBefore(before []byte) string {
	before, tag := bytes.CutSuffix(bytes.TrimRight(before, " \t\r\n"), []byte(">"))
	open := bytes.LastIndexByte(before, '<')
	if !tag || open < 0 {
		return ""
	}
	name := before[open+1:]
	if len(name) == 0 || bytes.ContainsAny(name, "/!? \t\r\n\"'>") {
		return ""
	}
	return string(name)
}

// textLength is the length of an element's text in CDATA; -1: it does not end.
func textLength(element string, text []byte) int {
	if element == "" {
		return bytes.Index(text, endMark)
	}
	closing := []byte("]]></" + element + ">")
	if slices.Contains(writtenByUsers, element) {
		if last := bytes.LastIndex(text, closing); last >= 0 {
			return last
		}
	} else if first := bytes.Index(text, closing); first >= 0 {
		return first
	}
	return bytes.Index(text, endMark) // something is between the mark and the tag
}
