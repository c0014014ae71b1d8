package text

import "strings"

const (
	// minData is how long the content of a data: URI must be, in bytes, so that nobody can have typed it.
	minData = 200
	// minDataLine is the shortest line of such content.
	minDataLine = 60
	// maxDataHead is the longest description before the content.
	maxDataHead = 200
)

// withoutData removes data: URIs, such as pasted pictures: they contain nothing to read.
func withoutData(text string) string {
	var b strings.Builder
	done := 0
	for at := 0; ; {
		colon := strings.IndexByte(text[at:], ':')
		if colon < 0 {
			break
		}
		at += colon + 1
		start := at - len("data:")
		if start < done || !begins(text[start:], "data:") || start > 0 && isNameByte(text[start-1]) {
			continue
		}
		if end := dataEnd(text, at); end > 0 {
			b.WriteString(text[done:start])
			done, at = end, end
		}
	}
	if done == 0 {
		return text
	}
	if done == len(text) { // cut off within a tag
		return withoutLastTag(b.String())
	}
	return b.String() + text[done:]
}

// dataEnd is where a data: URI ends whose description begins at a position; 0: it is not one, or a short one.
func dataEnd(text string, at int) int {
	comma := strings.IndexByte(text[at:min(len(text), at+maxDataHead)], ',')
	if comma < 0 || strings.ContainsAny(text[at:at+comma], " \t\r\n\"'<>") {
		return 0
	}
	head := strings.ToLower(text[at : at+comma])
	base64 := strings.HasSuffix(head, ";base64")
	if !base64 && !strings.Contains(head, "/") {
		return 0
	}
	start := at + comma + 1
	end := start + dataRun(text[start:])
	for base64 { // continues on the next line
		next := end
		for next < len(text) && (text[next] == '\r' || text[next] == '\n') {
			next++
		}
		run := dataRun(text[next:])
		if next == end || run < minDataLine {
			break
		}
		end = next + run
	}
	if end-start < minData {
		return 0
	}
	return end
}

// dataRun is how much of a text consists of characters allowed in a URI.
func dataRun(text string) int {
	at := 0
	for at < len(text) && (isNameByte(text[at]) || strings.IndexByte("+/=%-_.~!$&*;@,?", text[at]) >= 0) {
		at++
	}
	return at
}

// withoutLastTag removes a tag that ends within an attribute.
func withoutLastTag(text string) string {
	at := strings.LastIndexByte(text, '<')
	if at < 0 || strings.Contains(text[at:], ">") || !strings.Contains(`"'=`, text[len(text)-1:]) {
		return text
	}
	s := scanner{text: text, at: at + 1}
	if !s.name(&mark{}) {
		return text
	}
	return text[:at]
}
