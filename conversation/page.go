package conversation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// Limits of what a conversation remembers for the page.
const (
	maxWebThreads  = 50
	maxWebPictures = 60
	maxWebResults  = 50
	maxWebLinks    = 100
	maxWebSessions = 50
	maxUnderway    = 20
	maxAnswers     = 20
	maxUnderwayRun = 300 // characters
)

// Page is what a conversation remembers for the page. Lists are bounded, oldest first.
type Page struct {
	Ended int64 `json:"ended,omitempty"` // CreateTime of the last unfollow: sessions begun before are invalid
	// Sessions are those that the follower ended, kept until they would have expired.
	Sessions []EndedSession `json:"sessions,omitempty"`
	Consent  Consent        `json:"consent,omitzero"`   // the latest consent
	Threads  []Thread       `json:"threads,omitempty"`  // of the tickets the follower wrote in
	Pictures []WebPicture   `json:"pictures,omitempty"` // that WeChat still keeps
	Results  []WebResult    `json:"results,omitempty"`  // of submissions
	Answers  []Answer       `json:"answers,omitempty"`  // when an agent last answered in each ticket
	Underway []Underway     `json:"underway,omitempty"` // submissions that have not reached C4C yet
	Links    []SpentLink    `json:"links,omitempty"`    // used personal links, until they expire
}

// WebResult is the outcome of a submission. Without a ticket number it is received and still on its way.
type WebResult struct {
	Key      string `json:"key"`
	Done     bool   `json:"done,omitempty"`
	TicketID string `json:"ticket_id,omitempty"`
}

// Underway is a submitted ticket or message that has not reached C4C yet.
type Underway struct {
	Key      string `json:"key"`
	TicketID string `json:"ticket_id,omitempty"` // empty: it opens a ticket
	Text     string `json:"text"`                // the ticket's subject, or how the message begins
	At       int64  `json:"at"`                  // seconds since 1970
}

// Answer is when an agent last answered in a ticket.
type Answer struct {
	TicketID string `json:"ticket_id"`
	At       int64  `json:"at"` // when the conversation learned of it, seconds since 1970
}

// recordAnswer remembers when an agent has answered in a ticket.
func (p *Page) recordAnswer(ticketID string, at int64) {
	if ticketID == "" {
		return
	}
	p.Answers = slices.DeleteFunc(p.Answers, func(a Answer) bool { return a.TicketID == ticketID })
	p.Answers = newest(append(p.Answers, Answer{TicketID: ticketID, At: at}), maxAnswers)
}

// addUnderway remembers a submission until its sync has ended.
func (p *Page) addUnderway(in Inbound) {
	key, ok := SubmissionKey(in.Key)
	if !ok || in.Kind != KindMessage || in.Web == nil {
		return
	}
	written := cmp.Or(in.Web.Subject, in.Text)
	shown := text.Beginning(written, maxUnderwayRun)
	if shown != written {
		shown += "…"
	}
	p.Underway = newest(append(p.Underway, Underway{Key: key, TicketID: in.Web.TicketID, Text: shown,
		At: in.CreateTime}), maxUnderway)
}

// removeUnderway removes the submission of a sync that has ended.
func (p *Page) removeUnderway(id string) {
	p.Underway = slices.DeleteFunc(p.Underway, func(u Underway) bool { return strings.HasSuffix(id, "/"+WebMsgID(u.Key)) })
}

// WebPicture is a picture of the follower that WeChat still keeps.
type WebPicture struct {
	TicketID string `json:"ticket_id"`
	MsgID    string `json:"msg_id"`
	MediaID  string `json:"media_id"`
	Until    int64  `json:"until"` // seconds since 1970
}

// Pending reports whether a submission waits or is under way. key is the Key of its Inbound.
func (s *State) Pending(key string) bool {
	l := &s.Messages
	return l.Active != nil && l.Active.Key == key ||
		slices.ContainsFunc(l.Waiting, func(w Waiting) bool { return w.Inbound.Key == key }) ||
		slices.ContainsFunc(l.Turns, func(t WaitingSync) bool { return t.Key == key })
}

// Result is the outcome of a submission. Unknown submissions count as received. key is the submission's own key.
func (s *State) Result(key string) WebResult {
	for _, r := range s.Page.Results {
		if r.Key == key {
			return r
		}
	}
	return WebResult{Key: key}
}

// recordResult remembers the outcome of a submission. A registration is done when its sync is, a message when it has a
// ticket.
func (p *Page) recordResult(id, inboundKey, ticketID string, lost bool) {
	key, ok := SubmissionKey(inboundKey)
	if !ok {
		return
	}
	done := ticketID != "" || strings.HasPrefix(id, "register/") && !lost
	p.Results = slices.DeleteFunc(p.Results, func(r WebResult) bool { return r.Key == key })
	p.Results = newest(append(p.Results, WebResult{Key: key, Done: done, TicketID: ticketID}), maxWebResults)
}

// completeResult adds the ticket of a submission that left its lane before C4C made the ticket.
func (p *Page) completeResult(id, ticketID string) {
	for i := range p.Results {
		if r := &p.Results[i]; ticketID != "" && !r.Done && strings.HasSuffix(id, "/"+WebMsgID(r.Key)) {
			r.Done, r.TicketID = true, ticketID
		}
	}
}

// keep remembers what the page shows of a message: its thread and its pictures.
func (p *Page) keep(found Found, now int64) {
	if t := found.Thread; t.TicketID != "" && t.RootMessageID != "" {
		p.Threads = slices.DeleteFunc(p.Threads, func(known Thread) bool { return sameTicket(known.TicketID, t.TicketID) })
		p.Threads = newest(append(p.Threads, t), maxWebThreads)
	}
	p.Pictures = slices.DeleteFunc(p.Pictures, func(w WebPicture) bool { return w.Until <= now })
	for _, picture := range found.Pictures {
		if !slices.ContainsFunc(p.Pictures, func(w WebPicture) bool { return w.MediaID == picture.MediaID }) {
			p.Pictures = append(p.Pictures, picture)
		}
	}
	p.Pictures = newest(p.Pictures, maxWebPictures)
}

// thread finds one of the follower's threads by the number of its ticket.
func (s *State) thread(ticketID string) (Thread, bool) {
	for _, known := range append(slices.Clip(s.Page.Threads), s.Known.Thread) {
		if sameTicket(known.TicketID, ticketID) && known.RootMessageID != "" {
			return known, true
		}
	}
	return Thread{}, false
}

// EndedSession is a session of the page that the follower has ended.
type EndedSession struct {
	ID      string `json:"id"`
	Expires int64  `json:"expires"` // seconds since 1970
}

// endSession ends a session. If there are too many to remember, it ends all sessions begun until now.
func (p *Page) endSession(in EndedSession, now int64) {
	p.Sessions = slices.DeleteFunc(p.Sessions, func(e EndedSession) bool { return e.Expires <= now || e.ID == in.ID })
	if in.Expires <= now {
		return
	}
	if len(p.Sessions) >= maxWebSessions {
		p.Sessions, p.Ended = nil, max(p.Ended, now)
		return
	}
	p.Sessions = append(p.Sessions, in)
}
