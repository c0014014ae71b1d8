package conversation_test

import "github.com/wechat-c4c/wechat-c4c/conversation"

// mailKind is the recipient of something in the queue.
type mailKind uint8

const (
	mailEvent   mailKind = iota // for the conversation
	mailCommand                 // for a sync
	mailTimer                   // a sync's own clock
	mailWake                    // the conversation's worker is back
	mailBack                    // Temporal is back
)

// mail is a message in transit.
type mail struct {
	at    int64
	seq   int
	kind  mailKind
	run   int // of the conversation: mail for an earlier run is lost; 0: never lost
	unit  *unit
	timer int
	event conversation.Event
	order conversation.Command
}

func (m *mail) before(o *mail) bool { return m.at < o.at || m.at == o.at && m.seq < o.seq }

// queue is a heap of mail, the next in front.
type queue []mail

func (q *queue) push(m mail) {
	*q = append(*q, m)
	h := *q
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(&h[parent]) {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (q *queue) pop() mail {
	h := *q
	first, last := h[0], len(h)-1
	h[0], h[last] = h[last], mail{}
	h = h[:last]
	*q = h
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return first
		}
		if child+1 < last && h[child+1].before(&h[child]) {
			child++
		}
		if !h[child].before(&h[i]) {
			return first
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
