package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Bounds of what a conversation remembers for the page.
const (
	maxWebThreads  = 50
	maxWebPictures = 60
	maxWebResults  = 50
	maxWebLinks    = 100
)

// mediaLife is how long WeChat keeps a file, in seconds.
// Source: https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia.html
const mediaLife = 3 * 24 * 60 * 60

// WebState is what a conversation remembers for the page. Lists are bounded, oldest first.
type WebState struct {
	Ended    int64        `json:"ended,omitempty"`    // CreateTime of the last unfollow: sessions from before are over
	Consent  Consent      `json:"consent,omitzero"`   // the last one given
	Threads  []Thread     `json:"threads,omitempty"`  // of the tickets the follower wrote in
	Pictures []WebPicture `json:"pictures,omitempty"` // that WeChat still keeps
	Results  []WebResult  `json:"results,omitempty"`  // of submissions
	Links    []SpentLink  `json:"links,omitempty"`    // personal links that were used, until they expire
}

// SpentLink is a personal link that was used.
type SpentLink struct {
	ID      string `json:"id"`
	Expires int64  `json:"expires"`
}

// webRequest is a submission of the page.
type webRequest interface {
	Inbound() Inbound
	check() error
}

// serveWeb takes what the page sends. Submissions queue in the lane of messages with everything else.
func (wf *conversation) serveWeb(ctx workflow.Context) error {
	return errors.Join(
		takeSubmissions[RegisterRequest](ctx, wf, UpdateRegister, "The follower registers on the page."),
		takeSubmissions[OpenTicketRequest](ctx, wf, UpdateOpenTicket, "The follower opens a ticket on the page."),
		takeSubmissions[AddMessageRequest](ctx, wf, UpdateAddMessage, "The follower writes in one of their tickets on the page."),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateSpendLink, wf.spendLink,
			workflow.UpdateHandlerOptions{Description: "A personal link is used: once, and not by somebody who left."}),
		workflow.SetQueryHandlerWithOptions(ctx, QueryWeb, func() (WebView, error) { return wf.state.webView(), nil },
			workflow.QueryHandlerOptions{Description: "What the page's server needs to know."}),
	)
}

// takeSubmissions offers one kind of submission as an update. It answers when the submission is done or has left its lane.
func takeSubmissions[T webRequest](ctx workflow.Context, wf *conversation, name, does string) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name,
		func(ctx workflow.Context, in T) (WebResult, error) { return wf.submit(ctx, in.Inbound()) },
		workflow.UpdateHandlerOptions{Description: does, Validator: func(in T) error {
			if wf.state.Gone {
				return temporal.NewApplicationError("the follower has left", ErrorFollowerGone)
			}
			return in.check()
		}})
}

// submit queues a submission and waits for its end. A conversation that is about to continue as new keeps the submission
// and does not wait.
func (wf *conversation) submit(ctx workflow.Context, in Inbound) (WebResult, error) {
	wf.takeWeb(in)
	key := webKey(in)
	err := workflow.Await(ctx, func() bool { return wf.draining || !wf.webPending(in.Key) })
	return wf.state.webResult(key), err
}

// takeWeb takes a submission. It never yields, and says nothing about the reply window or whether the follower follows.
func (wf *conversation) takeWeb(in Inbound) {
	if wf.state.first(in.Key) {
		wf.state.Inbox = append(wf.state.Inbox, in)
	}
}

func (wf *conversation) webPending(key string) bool {
	return wf.submission == key || slices.ContainsFunc(wf.state.Inbox, func(in Inbound) bool { return in.Key == key })
}

// webKey is the idempotency key of a submission.
func webKey(in Inbound) string { return in.MsgID[len(WebMsgID("")):] }

// spendLink uses a personal link up.
func (wf *conversation) spendLink(ctx workflow.Context, in SpendLinkRequest) error {
	web, now := &wf.state.Web, workflow.Now(ctx).Unix()
	web.Links = slices.DeleteFunc(web.Links, func(l SpentLink) bool { return l.Expires <= now })
	switch {
	case wf.state.Gone || in.Issued <= web.Ended:
		return temporal.NewApplicationError("the follower has left", ErrorFollowerGone)
	case in.Expires <= now || slices.ContainsFunc(web.Links, func(l SpentLink) bool { return l.ID == in.ID }):
		return temporal.NewApplicationError("the link was used or has expired", ErrorLinkSpent)
	case len(web.Links) >= maxWebLinks:
		return temporal.NewApplicationError("too many links at once", ErrorLinkSpent)
	}
	web.Links = append(web.Links, SpentLink{ID: in.ID, Expires: in.Expires})
	return nil
}

// register runs the sync of a registration.
func (wf *conversation) register(ctx workflow.Context, in Inbound) {
	key := webKey(in)
	id := RegisterID(wf.in.Account, wf.in.FollowerKey, key)
	child := wf.sync().child(ctx, id, "Follower "+wf.in.FollowerKey+" registers", StateSyncing)
	sync := workflow.ExecuteChildWorkflow(child, TypeRegisterCustomer, RegisterCustomerInput{
		SyncInput: wf.sync(), Facts: wf.state.Facts, Registration: *in.Web.Register,
	})
	event := wf.await(ctx, LaneMessages, id, sync)
	wf.state.Web.Consent = in.Web.Register.Consent
	wf.state.keepResult(WebResult{Key: key, Done: event == EventEnded})
}

// ticketFacts are the facts for the sync of a message: one of the page has a thread of its own choice.
func (wf *conversation) ticketFacts(in Inbound) Facts {
	facts := wf.state.Facts
	if in.Web == nil {
		return facts
	}
	facts.Thread = Thread{}
	if in.Web.TicketID == "" {
		return facts
	}
	facts.Thread.TicketID = in.Web.TicketID
	if known, ok := wf.state.thread(in.Web.TicketID); ok {
		facts.Thread = known
	}
	return facts
}

// keepWeb remembers of a finished message what the page shows: its thread, its pictures and, for a submission, its ticket.
func (wf *conversation) keepWeb(ctx workflow.Context, in Inbound, event Event, sync workflow.ChildWorkflowFuture) {
	var found Facts
	if event == EventEnded && sync.IsReady() {
		if err := sync.Get(ctx, &found); err != nil {
			found = Facts{} // not carried out here
		}
	}
	wf.state.keepThread(found.Thread)
	wf.state.keepPictures(in, found.Thread.TicketID)
	if in.Web != nil {
		wf.state.keepResult(WebResult{Key: webKey(in), Done: found.Thread.TicketID != "", TicketID: found.Thread.TicketID})
	}
}

func (s *ConversationState) keepThread(t Thread) {
	if t.TicketID == "" || t.RootMessageID == "" {
		return
	}
	s.Web.Threads = slices.DeleteFunc(s.Web.Threads, func(known Thread) bool { return known.TicketID == t.TicketID })
	s.Web.Threads = newest(append(s.Web.Threads, t), maxWebThreads)
}

func (s *ConversationState) keepPictures(in Inbound, ticketID string) {
	if ticketID == "" {
		return
	}
	s.Web.Pictures = slices.DeleteFunc(s.Web.Pictures, func(p WebPicture) bool { return p.Until <= in.CreateTime })
	for _, media := range in.files() {
		if media.Kind == mediaImage {
			s.Web.Pictures = append(s.Web.Pictures, WebPicture{
				TicketID: ticketID, MsgID: in.MsgID, MediaID: media.ID, Until: in.CreateTime + mediaLife,
			})
		}
	}
	s.Web.Pictures = newest(s.Web.Pictures, maxWebPictures)
}

func (s *ConversationState) keepResult(r WebResult) {
	s.Web.Results = newest(append(s.Web.Results, r), maxWebResults)
}

// webResult is what became of a submission; unknown ones are received.
func (s *ConversationState) webResult(key string) WebResult {
	for _, r := range s.Web.Results {
		if r.Key == key {
			return r
		}
	}
	return WebResult{Key: key}
}

func (s *ConversationState) webView() WebView {
	customerID := s.Facts.Profile.CustomerID
	if customerID == "" {
		customerID = s.Facts.Customer.ID
	}
	return WebView{
		Gone: s.Gone, Ended: s.Web.Ended, CustomerID: customerID, Consent: s.Web.Consent,
		Pictures: s.Web.Pictures, Results: s.Web.Results,
	}
}

// newest drops what is beyond the bound, oldest first.
func newest[T any](list []T, bound int) []T { return list[max(0, len(list)-bound):] }
