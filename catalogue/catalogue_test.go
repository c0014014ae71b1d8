package catalogue

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// arguments says which arguments each key takes. A key without a row here fails the test.
var arguments = map[Key][]Arg{
	Welcome:             {},
	TicketOpened:        {Ticket("8000012")},
	Received:            {},
	ReceivedTicket:      {Ticket("8000012")},
	Closed:              {Opens("Monday 09:00")},
	LinePicture:         {},
	LineVoice:           {},
	LineVoiceRecognised: {Words("my brakes squeal")},
	LineVideo:           {},
	LineShortVideo:      {},
	LineLocation:        {Label("Shanghai"), Latitude(31.2304), Longitude(121.4737)},
	LineLink:            {Title("a title"), Description("a description"), Address("https://example.com/x")},
	LineMiniProgram:     {Title("a title"), Page("pages/index")},
	LineUnknown:         {Type("file")},
	LineUnfetched:       {Type("image")},
	CustomerPlaceholder: {},
	NoteUnfollowed:      {},
	NoteReplySkipped:    {Words("please come by")},
	NoteReplyGone:       {Words("please come by")},
	ReplyNamed:          {Agent("Chen Li"), Words("please come by")},
	ReplyRest:           {Address("https://example.com/x")},
	NoteReplyCut:        {},
	NoteReplyLong:       {},
	NoteReplyEmpty:      {},
	NoteReplyQuote:      {},

	ReplyFiles:            {Files("manual.pdf"), Address("https://example.com/x")},
	ReplyFilesUnsent:      {Files("manual.pdf")},
	NoteReplyFiles:        {Files("manual.pdf")},
	NoteReplyFilesSkipped: {},
	WhyFileType:           {},
	WhyFileSize:           {},
	WhyFileLength:         {},
	WhyFileEmpty:          {},
	WhyFileGone:           {},
	WhyFileContent:        {},
	NoteMediaExpired:      {Message("[Picture]")},
	NoteMediaTooLarge:     {Message("[Picture]")},
	NoteMediaRefused:      {Message("[Picture]")},
	NoteMediaAttached:     {Message("[Picture]")},
	StatusAccepted:        {Ticket("8000012")},
	StatusTechnician:      {Ticket("8000012")},
	StatusWaiting:         {Ticket("8000012")},
	StatusResolved:        {Ticket("8000012")},
	SurveyQuestion:        {Ticket("8000012")},
	SurveySatisfied:       {},
	SurveyNeutral:         {},
	SurveyDissatisfied:    {},
	SurveyThanks:          {},
	NoteSurvey:            {Ticket("8000012"), Words("Satisfied")},
	NoteSurveyChanged:     {Ticket("8000012"), Words("Satisfied")},
	NoteOrigin:            {Words("shop-7")},

	NoteReplyHeld:        {Words("please come by"), Reason("The window is closed."), Next("It goes out later.")},
	NoteReplyParked:      {Words("please come by"), Reason("WeChat refused it.")},
	NoteReplyArrived:     {Words("please come by")},
	NoteReplyExpired:     {Words("please come by")},
	NoteReplyUnsure:      {Words("please come by")},
	NoteWindowEnding:     {Until("2026-03-01 09:00")},
	NoteWindowLow:        {Count(3), Until("2026-03-01 09:00")},
	NoteAnnounced:        {},
	NoteNoticeTaken:      {},
	NoteNumberBarred:     {},
	NoteNotAnnounced:     {Reason("WeChat refused it.")},
	NextWhenFollowerActs: {}, NextOnPage: {}, NextAnnouncement: {Minutes(10)}, NextNoAnnouncement: {},
	NextExpiry: {Days(1.5)}, NextRetry: {},
	ReplyPartly:        {Sent(3), Parts(7), Rest("the brakes")},
	ReasonWindowClosed: {}, ReasonWindowUsedUp: {}, ReasonBehind: {}, ReasonGone: {}, ReasonUnreachable: {},
	ReasonRejected: {}, ReasonRefused: {},
	ReasonOutcomeUnknown: {}, ReasonInDoubt: {}, ReasonNotPermitted: {}, ReasonUnrouted: {}, ReasonOther: {},
	ReasonTemplateRefused: {}, ReasonNotDelivered: {},
	NoteAutomatic: {Words("please come by")}, NoteAutomaticUnsure: {Words("please come by")},
	AnnouncementText: {}, AnnouncementChat: {},
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	for _, part := range []map[Key]map[Language]string{texts, replyWaitTexts} {
		for key := range part {
			require.True(t, arguments[key] != nil, "arguments does not say which arguments %s takes; {}: none", key)
		}
	}
	for key, args := range arguments {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			require.Regexp(t, `^[a-z_]+\.v[1-9][0-9]*$`, string(key))
			words := wordsOf(key)
			require.Len(t, words, len(Languages()))
			var want []string
			for _, arg := range args {
				want = append(want, arg.name)
			}
			slices.Sort(want)
			for _, lang := range Languages() {
				var got []string
				for _, match := range placeholder.FindAllStringSubmatch(words[lang], -1) {
					got = append(got, match[1])
				}
				slices.Sort(got)
				require.Equal(t, want, got, "%s: placeholders", lang)

				text := Text(lang, key, args...)
				require.NotEmpty(t, text)
				require.NotRegexp(t, `[{}]`, text)
				for _, arg := range args {
					require.Contains(t, text, arg.value)
				}
				// A passive reply holds 2048 bytes:
				// https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message.html
				require.Less(t, len(text), 2048)
				require.Equal(t, lang == Chinese, strings.ContainsFunc(words[lang], han), "%s: script", lang)
			}
		})
	}
}

// A key whose words or arguments were forgotten would be shown to followers as nothing.
func TestEveryKeyHasItsWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	declared := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, key := range regexp.MustCompile(`(?m)^\t\w+ +Key = "([^"]+)"`).FindAllSubmatch(source, -1) {
			require.Len(t, wordsOf(Key(key[1])), len(Languages()), "%s: %s needs words in each language, in texts.go", file,
				key[1])
			declared++
		}
	}
	require.Greater(t, declared, len(texts))
}

// What is said before C4C has anything promises, and does not claim that it is done.
func TestNothingIsClaimedBeforeItIsDone(t *testing.T) {
	t.Parallel()
	for _, key := range []Key{Received, ReceivedTicket, Closed, "web_received_text", "web_received_message",
		"web_saving"} {
		require.NotRegexp(t, `已(记入|创建|转交|送达|保存)`, Text(Chinese, key), key)
		require.NotRegexp(t, `(has|have|is) (been )?(added|noted|saved|passed)`, Text(English, key), key)
	}
}

func wordsOf(key Key) map[Language]string {
	for _, part := range []map[Key]map[Language]string{texts, webTexts, replyWaitTexts} {
		if words, ok := part[key]; ok {
			return words
		}
	}
	return nil
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		lang Language
		key  Key
		args []Arg
		want string
	}{
		{"filled", English, LineVoiceRecognised, []Arg{Words("hello")}, "[Voice message] hello"},
		{"Chinese", Chinese, LinePicture, nil, "[图片，文件稍后见工单附件]"},
		{"missing argument", English, LineVoiceRecognised, nil, "[Voice message]"},
		{"empty line goes", English, LineLink, []Arg{Title("T"), Address("http://x")}, "[Link] T\nhttp://x"},
		{"place without a name", English, LineLocation, []Arg{Latitude(23.134521), Longitude(-113)},
			"[Location]\nlatitude 23.134521, longitude -113"},
		{"braces in a value", English, LineMiniProgram, []Arg{Title("{page}"), Page("{title}")},
			"[Mini program] {page}\n{title}"},
		{"a placeholder as the value", English, TicketOpened, []Arg{Ticket("{ticket}")},
			"We have received your message. Your ticket number is {ticket}. Our service team will answer you here."},
		{"unknown language", "fr", LinePicture, nil, "[图片，文件稍后见工单附件]"},
		{"unknown key", English, "nothing.v1", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, Text(tt.lang, tt.key, tt.args...))
		})
	}
}

func TestParseLanguage(t *testing.T) {
	t.Parallel()
	lang, err := ParseLanguage("en")
	require.NoError(t, err)
	require.Equal(t, English, lang)
	_, err = ParseLanguage("fr")
	require.ErrorContains(t, err, `"fr"`)
}
