package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestListBeginsWithTheLastNews(t *testing.T) {
	t.Parallel()
	at := func(id string, seconds int64) workflows.TicketLine {
		return workflows.TicketLine{ID: id, ChangedAt: time.Unix(seconds, 0)}
	}
	list := []workflows.TicketLine{at("changed", 30), at("new", 20), at("answered", 10), at("old", 5), at("older", 5)}
	var ids []string
	for _, ticket := range byLastNews(list, map[string]int64{"answered": 40, "changed": 2}) {
		ids = append(ids, ticket.ID)
	}
	require.Equal(t, []string{"answered", "changed", "new", "old", "older"}, ids)
	require.Equal(t, "changed", list[0].ID, "what is kept for others stays as it is")
}
