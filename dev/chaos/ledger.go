package main

import (
	"slices"
	"time"
)

// record is what one follower and the agent who answers remember of a cell.
type record struct {
	OpenID   string
	Messages []*message // in the order written
	Replies  []*reply   // in the order written
}

// message is a follower's message, or an event: a follow, an unfollow.
type message struct {
	ID      string // MsgId; empty for an event
	Event   bool
	Picture bool
	Written time.Time // when WeChat had it
	Sent    time.Time // when the first delivery began
	Acked   time.Time // when the connector acknowledged it; zero: it did not
	GaveUp  bool      // WeChat did, after its last delivery
	// Refusals are the answers to deliveries that were not acknowledged: a status, or 0 for no answer.
	Refusals []int
}

// reply is an agent's reply.
type reply struct {
	SMA     string // C4C's id; empty where C4C did not say, and then nobody knows whether it has the reply
	Text    string
	Written time.Time
	Acked   time.Time // when the connector acknowledged C4C's push; zero: it did not
}

// ledger is what all followers and agents remember.
type ledger []record

// messages returns all messages, without events, that were sent after a time.
func (l ledger) messages(after time.Time) []*message {
	var all []*message
	for _, r := range l {
		for _, m := range r.Messages {
			if !m.Event && !m.Sent.Before(after) {
				all = append(all, m)
			}
		}
	}
	return all
}

// givenUp returns the pushes, events included, that WeChat gave up.
func (l ledger) givenUp() []*message {
	var all []*message
	for _, r := range l {
		for _, m := range r.Messages {
			if m.GaveUp {
				all = append(all, m)
			}
		}
	}
	return all
}

// p99 is the time that 99 of 100 acknowledgements took at most, from the first delivery on; zero: there was none.
func p99(messages []*message) time.Duration {
	var took []time.Duration
	for _, m := range messages {
		if !m.Acked.IsZero() {
			took = append(took, m.Acked.Sub(m.Sent))
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)-1, len(took)*99/100)]
}
