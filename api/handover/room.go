package handover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
)

// The largest history at which a conversation still gets more events. Temporal ends a workflow whose history exceeds
// 50 MB or 51,200 events, and accepts 10,000 signals per run. What a conversation starts enters its history a second
// time. A conversation with a worker drops its history long before.
const (
	maxHistory = 12 << 20 // bytes
	maxEvents  = 6000
)

// What a conversation gets from one process before its history is checked. Each process may add this much.
const (
	lookBytes  = 1 << 20
	lookEvents = 250
)

// maxLooked is how many conversations a process remembers, twice.
const maxLooked = 25_000

// rooms track what conversations may get before their histories are checked. Those not used for long are forgotten.
type rooms struct {
	mu          sync.Mutex
	now, before map[string]room
}

// room is what a conversation may still get before the next check.
type room struct{ bytes, events int }

// take takes room for one event. It returns false if the conversation's history must be checked first.
func (r *rooms) take(id string, size int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	left, known := r.now[id]
	if !known {
		if left, known = r.before[id]; !known {
			left = room{lookBytes, lookEvents}
		}
	}
	if left.bytes <= 0 || left.events <= 0 {
		return false
	}
	r.set(id, room{left.bytes - size, left.events - 1})
	return true
}

// renew records that a conversation was checked and may get more.
func (r *rooms) renew(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.set(id, room{lookBytes, lookEvents})
}

func (r *rooms) set(id string, left room) {
	if len(r.now) >= maxLooked {
		r.now, r.before = nil, r.now
	}
	if r.now == nil {
		r.now = map[string]room{}
	}
	r.now[id] = left
}

// mayGet makes sure that a conversation may get an event. The error wraps spool.ErrLaneFull if the conversation has
// so much already that more could end it.
func (h *Handover) mayGet(ctx context.Context, id string, arg any) error {
	data, err := json.Marshal(arg)
	if err != nil {
		return fmt.Errorf("%w: %w", spool.ErrRefused, err)
	}
	for !h.rooms.take(id, len(data)) {
		if err := h.checkHistory(ctx, id); err != nil {
			return err
		}
		h.rooms.renew(id)
	}
	return nil
}

// checkHistory asks Temporal whether a conversation's history has room for more.
func (h *Handover) checkHistory(ctx context.Context, id string) error {
	found, err := h.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return nil
	}
	if err != nil {
		return err
	}
	info := found.GetWorkflowExecutionInfo()
	if info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil
	}
	if size, length := info.GetHistorySizeBytes(), info.GetHistoryLength(); size >= maxHistory || length >= maxEvents {
		return fmt.Errorf("%w: its history has %d events and %d bytes: does a worker run its tasks?",
			spool.ErrLaneFull, length, size)
	}
	return nil
}
