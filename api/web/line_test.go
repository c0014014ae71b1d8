package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// shown writes lines down: links as words(address).
var standard = catalogue.Standard(catalogue.English)

func shown(lines [][]run) string {
	var all []string
	for _, line := range lines {
		var b strings.Builder
		for _, piece := range line {
			b.WriteString(piece.Text)
			if piece.URL != "" {
				fmt.Fprintf(&b, "(%s)", piece.URL)
			}
		}
		all = append(all, b.String())
	}
	return strings.Join(all, "|")
}

func TestLinesOfAThread(t *testing.T) {
	t.Parallel()
	picture := catalogue.Text(catalogue.Chinese, catalogue.LinePicture)
	for _, tt := range []struct {
		name     string
		agent    bool
		text     string
		attached bool
		want     string
	}{
		{"mark-up of C4C's editor", true, "<p>您好，<b>报价</b>如下：</p><ul><li>一</li><li>二</li></ul>", false, "您好，报价如下：|• 一|• 二"},
		{"what only looks like mark-up", true, "select <Ctrl>+<Del>", false, "select <Ctrl>+<Del>"},
		{"blank mark-up", true, "<p> </p>", false, ""},
		{"a link", true, `<p>见<a href="https://a.example/x?a=1&amp;b=2">报价单</a>。</p>`, false,
			"见报价单(https://a.example/x?a=1&b=2)。"},
		{"a link whose address looks like entities", true, `见<a href="https://a.example/x?a=1&amp;copy=2">报价单</a>。`, false,
			"见报价单(https://a.example/x?a=1&copy=2)。"},
		{"a link that is shown below as a card", true, `见<br><a href="https://a.example/x">报价单</a>`, false, "见"},
		{"a link that does something", true, `<a href="javascript:alert(1)">x</a>`, false, "x"},
		{"an address", true, "see https://a.example/x, please", false,
			"see https://a.example/x(https://a.example/x), please"},
		{"an address in Chinese", true, "请看https://a.example/x。谢谢", false, "请看https://a.example/x(https://a.example/x)。谢谢"},
		{"a mobile number", true, "电话138 0013 8000", false, "电话138 0013 8000(tel:13800138000)"},
		{"with its country", true, "+86 13800138000", false, "+86 13800138000(tel:+8613800138000)"},
		{"a number with its area", true, "010-12345678或400-810-1234", false,
			"010-12345678(tel:01012345678)或400-810-1234(tel:4008101234)"},
		{"an order's number", true, "订单 2138001380001 和 A13800138000", false, "订单 2138001380001 和 A13800138000"},
		{"the follower's own words", false, "<b>https://a.example</b>\n13800138000", false,
			"<b>https://a.example</b>|13800138000"},
		{"the follower's picture", false, picture, true, ""},
		{"one that is not there yet", false, picture, false, "图片"},
		{"a voice message", false, catalogue.Text(catalogue.English, catalogue.LineVoice), false, "语音"},
		{"an agent who writes the same", true, picture, true, picture},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBubble(workflows.ThreadItem{FromAgent: tt.agent, Text: tt.text})
			require.Equal(t, tt.want, shown(b.lines(standard, catalogue.Chinese, tt.attached)))
		})
	}
}

func FuzzLinesOfAThread(f *testing.F) {
	for _, seed := range []string{"see https://a.example/x 13800138000", `<a href="https://a.example">x</a>`,
		"<p>&lt;b&gt;</p>", "https://", "010-12345678"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := newBubble(workflows.ThreadItem{FromAgent: true, Text: text})
		for _, line := range b.lines(standard, catalogue.English, false) {
			for _, piece := range line {
				url := string(piece.URL)
				require.True(t, url == "" || strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://") ||
					strings.HasPrefix(url, "tel:"), url)
			}
		}
	})
}

// A file's name is cut between what a reader sees as characters.
func TestNamesOfFilesAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	start := strings.Repeat("x", 39)
	require.Equal(t, start+"…", shownName(start+"🇨🇳.jpg"))
}
