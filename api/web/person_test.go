package web

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSplitName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ full, first, last string }{
		{"张三", "三", "张"},
		{"欧阳小明", "小明", "欧阳"},
		{"司马懿", "懿", "司马"},
		{"诸葛", "", "诸葛"},
		{"王", "", "王"},
		{"李 小龙", "小龙", "李"},
		{"李　小龙", "小龙", "李"},
		{"歐陽修", "修", "歐陽"},
		{"東方不敗", "不敗", "東方"},
		{"长孙无忌", "无忌", "长孙"},
		{"陈方安生", "方安生", "陈"},
		{"David 王", "David", "王"},
		{"Mary Ann 欧阳", "Mary Ann", "欧阳"},
		{"王 David", "David", "王"},
		{"买买提·艾合买提", "", "买买提·艾合买提"},
		{"Ann Smith", "Ann", "Smith"},
		{"  Ann   Mary  Smith ", "Ann Mary", "Smith"},
		{"Ludwig van Beethoven", "Ludwig", "van Beethoven"},
		{"Maria de la Cruz", "Maria", "de la Cruz"},
		{"Smith, Ann", "Ann", "Smith"},
		{"Madonna", "", "Madonna"},
		{"", "", ""},
	} {
		t.Run(tt.full, func(t *testing.T) {
			t.Parallel()
			first, last := splitName(tt.full)
			require.Equal(t, tt.first, first)
			require.Equal(t, tt.last, last)
		})
	}
	require.Equal(t, "欧阳小明", joinName("小明", "欧阳"))
	require.Equal(t, "Ann Smith", joinName("Ann", "Smith"))
	require.Equal(t, "David 王", joinName("David", "王"))
	require.Equal(t, "Madonna", joinName("", "Madonna"))
}

func TestNormalPhone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, want string
		ok       bool
	}{
		{"138 0013 8000", "+8613800138000", true},
		{"+86-138-0013-8000", "+8613800138000", true},
		{"(030) 123456", "030123456", true},
		{"+49 30 123456", "+4930123456", true},
		{"１３８－００１３－８０００", "+8613800138000", true},
		{"（010）6552 9988", "01065529988", true},
		{"0086 138 0013 8000", "+8613800138000", true},
		{"86 13800138000", "+8613800138000", true},
		{" +86 138\u00a00013 8000 ", "+8613800138000", true},
		{"400-800-8820", "4008008820", true},
		{"010-65529988转12", "", false},
		{"138+00138000", "", false},
		{"12345", "", false},
		{"000 0000 0000", "", false},
		{"138 0013 800", "", false},
		{"138 0013 8000 0", "", false},
		{"86 138 0013 800", "861380013800", true},
		{"1234567890123456", "", false},
		{"13800138000;drop", "", false},
		{"1*3800138000", "", false},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, ok := normalPhone(tt.in)
			require.Equal(t, tt.ok, ok)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestEntrance(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"my_tickets": MenuMyTickets, " My Tickets ": MenuMyTickets, "我的工单": MenuMyTickets, "新建工单": MenuNewTicket,
		"我的账户": MenuAccount, "my tickets please": "", "": "", "ACCOUNT": MenuAccount,
	} {
		require.Equal(t, want, Entrance(word), word)
	}
}
