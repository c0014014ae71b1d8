package operate

import (
	"context"
	"io"
	"log/slog"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// NewAudit writes audit lines as JSON, one per action: time, actor, action, ids or query, reason and counts.
func NewAudit(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// Note writes the audit line of an action that does not concern workflows, such as applying a menu: who did what to
// which subject, why, and whether it succeeded.
func Note(ctx context.Context, audit *slog.Logger, word workflows.Command, action, subject string, err error) {
	result := "done"
	if err != nil {
		result = "failed"
	}
	audit.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "audit", slog.String("action", action),
		slog.String("actor", word.Actor),
		slog.String("subject", subject), slog.String("reason", word.Reason), slog.Any("result", map[string]int{result: 1}))
}

// entry is one action of a person.
type entry struct {
	Action, Actor, Reason string
	IDs                   []string
	Query                 string
	Subject               string // a hash where the id itself must not appear
	Counts                map[string]int
}

// audit writes the line even if the context has ended, because the action has already happened.
func (o *Operator) audit(ctx context.Context, e entry) {
	if o.Audit == nil {
		return
	}
	attrs := []slog.Attr{slog.String("action", e.Action), slog.String("actor", e.Actor),
		slog.String("namespace", o.Namespace)}
	if len(e.IDs) > 0 {
		attrs = append(attrs, slog.Any("ids", e.IDs))
	}
	if e.Query != "" {
		attrs = append(attrs, slog.String("query", e.Query))
	}
	if e.Subject != "" {
		attrs = append(attrs, slog.String("subject", e.Subject))
	}
	attrs = append(attrs, slog.String("reason", e.Reason), slog.Any("result", e.Counts))
	o.Audit.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "audit", attrs...)
}
