package workflows

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestNoticeForm(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"ticket": "8000012", "text": "客服已回复，请打开公众号查看，谢谢您的耐心等待", "count": "2", "time": "2026-01-05 16:00",
	}
	for _, tt := range []struct {
		name, fields string
		want         map[string]string
	}{
		{"nothing", "", map[string]string{}},
		{"sources", "character_string1=ticket,number2=count,time3=time,date4=time", map[string]string{
			"character_string1": "8000012", "number2": "2", "time3": "2026-01-05 16:00", "date4": "2026-01-05 16:00",
		}},
		{"words", `phrase2="已回复", thing1="hello there"`, map[string]string{"phrase2": "已回复", "thing1": "hello there"}},
		{"too long", "thing2=text,phrase1=text,short_thing3=text,const4=text", map[string]string{
			"thing2": "客服已回复，请打开公众号查看，谢谢您的…", "phrase1": "客服已回复", "short_thing3": "客服已回…",
			"const4": "客服已回复，请打开公众号查看，谢谢您的…",
		}},
		{"any length", "remark=text", map[string]string{"remark": values["text"]}},
		{"line break", "thing1=\"a\nb\t c\"", map[string]string{"thing1": "a b c"}},
		{"of another kind", "phrase1=ticket,letter2=text,number3=text,symbol4=ticket,character_string5=text,amount6=text",
			map[string]string{
				"phrase1": "已回复", "letter2": "answer", "number3": "0", "symbol4": "-", "character_string5": "-", "amount6": "0",
			}},
		{"in part", `phrase1="已回复 OK!", letter2="Ticket 7", number3="no. 7", character_string4="工单 7/A", amount5="¥12 元"`,
			map[string]string{
				"phrase1": "已回复", "letter2": "Ticket", "number3": "7", "character_string4": "7/A", "amount5": "12",
			}},
		{"decimal", `number1="-39.80"`, map[string]string{"number1": "-39.80"}},
		{"phone and car", `phone_number1="+86-0766-66888866 ext", car_number2="粤A8Z888挂 (x)", phone_number3=text`,
			map[string]string{
				"phone_number1": "+86-0766-66888866", "car_number2": "粤A8Z888挂", "phone_number3": "0",
			}},
		{"names", `name1="Maximilian Mustermann", name2="欧阳建国和他的朋友们一起", name3="Anna 2"`, map[string]string{
			"name1": "Maximilian Musterman", "name2": "欧阳建国和他的朋友们", "name3": "Anna",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, noticeData(conversation.NoticeForm{Fields: tt.fields}, values))
		})
	}
}

// FuzzNoticeValues: every value is adapted so that its keyword accepts it.
func FuzzNoticeValues(f *testing.F) {
	for _, value := range []string{"", "客服已回复", "a\nb", "8000012", "\xff", "😀😀😀😀😀😀", "-1.5", "粤A8Z888挂"} {
		f.Add(value)
	}
	takes := map[string]*regexp.Regexp{
		"thing1":       regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,20}$`),
		"short_thing1": regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,5}$`),
		"const1":       regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,20}$`), "phrase1": regexp.MustCompile(`^\p{Han}{1,5}$`),
		"character_string1": regexp.MustCompile(`^[ -~]{1,32}$`), "letter1": regexp.MustCompile(`^[A-Za-z]{1,32}$`),
		"number1": regexp.MustCompile(`^-?[0-9]{1,32}(\.[0-9]+)?$`), "symbol1": regexp.MustCompile(`^[\p{P}\p{S}]{1,5}$`),
		"amount1": regexp.MustCompile(`^[0-9]{1,10}$`), "phone_number1": regexp.MustCompile(`^[0-9+\-() ]{1,17}$`),
		"car_number1": regexp.MustCompile(`^[\p{Han}A-Za-z0-9]{1,8}$`),
		"name1":       regexp.MustCompile(`^([^0-9]{1,10}|[^0-9\p{Han}]{1,20})$`),
	}
	f.Fuzz(func(t *testing.T, value string) {
		for keyword, takes := range takes {
			require.Regexp(t, takes, fitNotice(keyword, strings.ToValidUTF8(value, "")), keyword)
		}
	})
}
