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
		{"12345", "", false},
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
