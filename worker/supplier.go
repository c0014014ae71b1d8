package worker

import (
	"context"
	"sync"

	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/slots/holder"
)

// noneOther is how many tasks a worker of C4C's queues may take of kinds that it does not handle.
const noneOther = 1

// supplier lets a worker take as many tasks of a queue as its process has slots for. It implements Temporal's
// sdk.SlotSupplier.
type supplier struct {
	slots *Slots
	kind  holder.Kind

	mu     sync.Mutex
	issued int
	freed  chan struct{} // closed when a permit was released
}

// tuner makes the activities of a queue follow the slots.
func tuner(slots *Slots, kind holder.Kind) (sdk.WorkerTuner, error) {
	others, err := sdk.NewFixedSizeSlotSupplier(noneOther)
	if err != nil {
		return nil, err
	}
	return sdk.NewCompositeTuner(sdk.CompositeTunerOptions{
		ActivitySlotSupplier: &supplier{slots: slots, kind: kind, freed: make(chan struct{})},
		WorkflowSlotSupplier: others, LocalActivitySlotSupplier: others, NexusSlotSupplier: others,
		SessionActivitySlotSupplier: others,
	})
}

// ReserveSlot waits until another task may be fetched.
func (s *supplier) ReserveSlot(ctx context.Context, _ sdk.SlotReservationInfo) (*sdk.SlotPermit, error) {
	for {
		permit, freed, changed := s.reserve()
		if permit != nil {
			return permit, nil
		}
		select {
		case <-freed:
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// TryReserveSlot reserves a slot without waiting.
func (s *supplier) TryReserveSlot(sdk.SlotReservationInfo) *sdk.SlotPermit {
	permit, _, _ := s.reserve()
	return permit
}

func (s *supplier) reserve() (_ *sdk.SlotPermit, freed, changed <-chan struct{}) {
	permits, changed := s.slots.permits(s.kind)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.issued < permits {
		s.issued++
		return &sdk.SlotPermit{}, nil, nil
	}
	return nil, s.freed, changed
}

// MarkSlotUsed does nothing: calls take slots, not tasks.
func (s *supplier) MarkSlotUsed(sdk.SlotMarkUsedInfo) {}

// ReleaseSlot takes a permit back.
func (s *supplier) ReleaseSlot(sdk.SlotReleaseInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued--
	close(s.freed)
	s.freed = make(chan struct{})
}

// MaxSlots reports that there is no fixed maximum.
func (s *supplier) MaxSlots() int { return 0 }
