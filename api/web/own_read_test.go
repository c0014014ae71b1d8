package web

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func sameDay(limit string) string {
	if limit == today {
		return "2026-03-01"
	}
	return limit
}

func TestOwnValues(t *testing.T) {
	t.Parallel()
	number := OwnField{Kind: workflows.OwnNumber, Decimals: 2}
	date := OwnField{Kind: workflows.OwnDate}
	text := OwnField{Kind: workflows.OwnText, MaxLength: 10}
	plate := OwnField{Kind: workflows.OwnText, MaxLength: 10, Compact: true}
	for _, tt := range []struct {
		field       OwnField
		given, want string
	}{
		{number, "007", "7"}, {number, "-0.0", "0"}, {number, "1.50", "1.5"}, {number, "1.5000", "1.5"},
		{number, "-12", "-12"},
		{number, "1,234,567.8", "1234567.8"}, {number, "１２", "12"}, {number, "999999999999999", "999999999999999"},
		{number, "1,23", ""}, {number, "1000000000000000", ""}, {number, "0x10", ""}, {number, "1/2", ""}, {number, ".5", ""},
		{date, "2026-03-01", "2026-03-01"}, {date, "2026年3月1日", "2026-03-01"}, {date, "20260301", "2026-03-01"},
		{date, "2026.3.1", "2026-03-01"}, {date, "０1/02/2026", ""}, {date, "1700-01-01", ""},
		{text, " a \r\n b ", "a b"}, {text, "a\x00b\u200b", "ab"}, {text, "0123456789", "0123456789"},
		{text, "01234567890", ""},
		{plate, "沪a·1 23-45", "沪A12345"}, {plate, "ｂ１", "B1"},
	} {
		got, bad := tt.field.read(tt.given, sameDay)
		require.Equal(t, tt.want, got, tt.given)
		require.Equal(t, tt.want == "", bad != nil, tt.given)
	}
	short := OwnField{Kind: workflows.OwnText, MinLength: 3, MaxLength: 10}
	_, bad := short.read("ab", sameDay)
	require.Equal(t, &fault{Key: "web_bad_short", Args: []any{"min", 3}}, bad)
	whole := OwnField{Kind: workflows.OwnNumber}
	_, bad = whole.read("1.5", sameDay)
	require.Equal(t, "web_bad_whole", string(bad.Key))
}

// FuzzOwnValues: what a stranger enters is refused, or has the form of its kind, which entering it again keeps.
func FuzzOwnValues(f *testing.F) {
	for _, seed := range []string{"LSVAA49J132047811", "沪A·12345", "１２,345.50", "2026年3月1日", "true", "101",
		"-0", "\xff\u202e\u0000", "1e9", "ǆ"} {
		f.Add(seed)
	}
	fields := []OwnField{
		{Kind: workflows.OwnText, MaxLength: 17, Pattern: regexp.MustCompile(`^(?:[A-HJ-NPR-Z0-9]{17})$`), Compact: true},
		{Kind: workflows.OwnText, MaxLength: 255}, {Kind: workflows.OwnNumber, Min: "-5", Max: "1000000", Decimals: 2},
		{Kind: workflows.OwnDate, Min: "1990-01-01", Max: today},
		{Kind: workflows.OwnChoice, Options: []OwnOption{{Code: "101"}}}, {Kind: workflows.OwnYesNo},
	}
	forms := map[string]*regexp.Regexp{
		workflows.OwnNumber: regexp.MustCompile(`^(0|-?[1-9][0-9]{0,14}(\.[0-9]{0,1}[1-9])?|-?0\.[0-9]?[1-9])$`),
		workflows.OwnChoice: regexp.MustCompile(`^101$`), workflows.OwnYesNo: regexp.MustCompile(`^(true|false)$`),
	}
	f.Fuzz(func(t *testing.T, given string) {
		if given = strings.TrimSpace(given); given == "" {
			return
		}
		for _, field := range fields {
			value, bad := field.read(given, sameDay)
			require.Equal(t, bad == nil, value != "", "a value or an error")
			if bad != nil {
				continue
			}
			require.True(t, utf8.ValidString(value))
			require.NotContains(t, value, "\n")
			if form := forms[field.Kind]; form != nil {
				require.Regexp(t, form, value)
			}
			if field.Kind == workflows.OwnDate {
				_, err := time.Parse(time.DateOnly, value)
				require.NoError(t, err)
			}
			if field.MaxLength > 0 {
				require.LessOrEqual(t, utf8.RuneCountInString(value), field.MaxLength)
			}
			again, bad := field.read(value, sameDay)
			require.Nil(t, bad)
			require.Equal(t, value, again)
		}
	})
}
