package operate

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// windowState asks the conversation what may still be sent.
func (o *Operator) windowState(ctx context.Context, id string, now time.Time) (string, error) {
	answer, err := o.Temporal.QueryWorkflow(ctx, id, "", workflows.QueryWindow)
	if err != nil {
		return "", fmt.Errorf("the conversation's reply window is not known: %w", err)
	}
	var view conversation.WindowView
	if err := answer.Get(&view); err != nil {
		return "", fmt.Errorf("the conversation's reply window cannot be read: %w", err)
	}
	return windowLine(view, now), nil
}

// windowLine describes in words what may still be sent. Only WeChat knows for certain.
func windowLine(view conversation.WindowView, now time.Time) string {
	if view.Gone {
		return "closed: the follower has left"
	}
	var parts []string
	for _, g := range view.Alive(now) {
		parts = append(parts, fmt.Sprintf("%s: %d until %s", g.Trigger, g.Left,
			time.Unix(g.Until, 0).UTC().Format(time.RFC3339)))
	}
	line := "nothing open that we know of"
	if len(parts) > 0 {
		line = fmt.Sprintf("%d left (%s)", view.Left(now), strings.Join(parts, ", "))
	}
	if view.Held > 0 {
		line += fmt.Sprintf("; %d held: replies wait until the follower acts", view.Held)
	}
	return line
}
