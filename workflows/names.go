package workflows

import "go.temporal.io/sdk/temporal"

// Task queues. Workflows run on TaskQueue; activities on the queue of the system they call, so that each
// system has its own rate and concurrency limits.
const (
	TaskQueue   = "wechat-c4c"
	QueueWeChat = "wechat"
	QueueC4C    = "c4c"
	QueuePage   = "c4c-page" // what the page reads of C4C: it takes a part of the calls and never waits behind syncs
	// QueueFiles has what followers send along, on its way to C4C: each takes its time, so together they take a part of
	// the calls, and no message waits behind them.
	QueueFiles = "c4c-files"

	QueueErased = "erased" // of TypeErasedReply and TypeErasedFollower: nobody polls it
)

// Workflow types, as they stand in histories and in Temporal UI.
const (
	TypeConversation    = "Conversation"
	TypeOnboardFollower = "OnboardFollower"
	TypeCreateTicket    = "CreateTicket"
	TypeDeliverReply    = "DeliverReply"
	TypeRouteReply      = "RouteReply"
	TypeNoteTicket      = "NoteTicket"
	TypeMaintainToken   = "MaintainToken"
	TypeRefreshToken    = "RefreshToken"
	TypeResumeCause     = "ResumeCause"

	TypeAnnounceReply     = "AnnounceReply"
	TypeAttachMedia       = "AttachMedia"
	TypeBackfillFollowers = "BackfillFollowers"
	TypeReconcileReplies  = "ReconcileReplies"
	TypeReviewReplies     = "ReviewReplies"
	TypeRegisterCustomer  = "RegisterCustomer"
	TypeTicketChanged     = "TicketChanged"
	TypeStartWaiting      = "StartWaiting"

	TypeShareC4C = "ShareC4C"

	TypeEraseFollower = "EraseFollower"

	// TypeErasedReply has no code and no data. Under the ids of a reply whose follower was erased it keeps the reply
	// from coming back: neither a comparison nor a repeated push can start what has been there.
	TypeErasedReply = "ErasedReply"

	// TypeErasedFollower has no code and no data either. It is the mark that a follower was erased, and when.
	TypeErasedFollower = "ErasedFollower"
)

// SyncTypes are the workflow types whose runs are syncs: each has a SyncState, by which operators find it.
var SyncTypes = []string{
	TypeOnboardFollower, TypeRegisterCustomer, TypeCreateTicket, TypeAttachMedia, TypeDeliverReply, TypeRouteReply,
	TypeAnnounceReply, TypeNoteTicket, TypeTicketChanged, TypeReconcileReplies, TypeReviewReplies, TypeBackfillFollowers,
	TypeMaintainToken, TypeEraseFollower,
}

// Signals and what they carry.
const (
	SignalInbound = "inbound" // conversation.Inbound: what the follower did
	SignalReply   = "reply"   // conversation.Reply: what a service agent answered
	SignalReport  = "report"  // conversation.Report: a sync has parked, holds, wants its turn or has ended
	SignalTurn    = "turn"    // conversation.Turn: the conversation lets a waiting sync go on
	SignalGone    = "gone"    // no payload: the follower unfollowed, a held reply is given up
	SignalWatch   = "watch"   // no payload: a sync is to report its end, and now where it stands if it waits
	SignalStuck   = "stuck"   // no payload: a sync has been trying for long
	SignalUncarry = "uncarry" // no payload: a held reply is to leave the texts of others to themselves

	SignalDoubt = "doubt" // Command: what has not arrived may have arrived after the backup that was restored

	SignalReceipt  = "receipt"  // Receipt, to AnnounceReply: WeChat says what became of the notice
	SignalObsolete = "obsolete" // no payload, to AnnounceReply: no answer waits any more

	SignalOvertaken = "overtaken" // string, to NoteTicket: the workflow id of the note that takes its place
	SignalPlace     = "place"     // bool, to NoteTicket: its place is free; was the agent told anything before?

	SignalTicketEvent = "ticket-event" // TicketEvent, to TicketChanged
	SignalTicket      = "ticket"       // conversation.TicketChange, to the conversation

	SignalBackfilled = "backfilled" // Backfilled, to BackfillFollowers: what became of one follower

	SignalMove = "move" // MoveCursor, to ReconcileReplies

	SignalRouteParked = "route-parked" // string, to ReconcileReplies: id of a RouteReply that lets those behind it pass
)

// What an operator tells a sync. Retry and Skip exist twice under one name: an update for one sync, answered with a
// verdict, and a signal for batches.
const (
	CommandRetry = "retry" // Command
	CommandSkip  = "skip"  // Command
	CommandAmend = "amend" // Amendment; update only
)

// Updates.
const (
	UpdateRegister   = "register"    // RegisterRequest → WebResult
	UpdateOpenTicket = "open_ticket" // OpenTicketRequest → WebResult
	UpdateAddMessage = "add_message" // AddMessageRequest → WebResult
	UpdateSpendLink  = "spend_link"  // SpendLinkRequest; fails with ErrorLinkSpent or ErrorFollowerGone
	// UpdateTell asks a conversation whether a text that answers a message may go to the follower: TellRequest → Told.
	// A request that may not is refused with ErrorNotDue and leaves nothing in the history.
	UpdateTell = "tell"

	UpdateApprove  = "approve"   // Command, to ReviewReplies: delivers what it asks about
	UpdateAskSlots = "ask_slots" // slots.Ask → slots.Answer, to ShareC4C

	UpdatePause  = "pause"  // Command, to BackfillFollowers: begins with no more followers
	UpdateResume = "resume" // Command, to BackfillFollowers: goes on
)

// Queries and what they answer.
const (
	QueryState    = "state"    // conversation.View
	QueryWindow   = "window"   // conversation.WindowView
	QueryWeb      = "web"      // conversation.PageView
	QueryBackfill = "progress" // BackfillProgress, of BackfillFollowers
	QueryReview   = "review"   // Review, of ReviewReplies
	QuerySlots    = "slots"    // slots.Ledger, of ShareC4C
)

// Activities on QueuePage that run by themselves, without a workflow: the page's reads, and what is as good done twice.
const (
	ActivityReadCustomer     = "ReadCustomer"     // CustomerQuery → CustomerView
	ActivityReadTickets      = "ReadTickets"      // TicketsQuery → TicketList
	ActivityReadTicketThread = "ReadTicketThread" // TicketQuery → TicketThread
	ActivityCloseTicket      = "CloseTicket"      // CloseTicketInput
	ActivityTryWrite         = "TryWrite"         // activities.CauseInput → activities.Probe; asked for by the doctor
	ActivityCarryFile        = "CarryFile"        // CarryFileInput; the file goes to the address in it
)

// SyncState values: what an operator sees of one sync.
const (
	StateSyncing        = "syncing"         // on its way
	StateWaiting        = "waiting"         // started early: waits for those that were written before it
	StateStuck          = "stuck"           // retrying by itself for long
	StateHeld           = "held"            // a reply that waits for the follower to open the window again
	StateNeedsAttention = "needs_attention" // parked: waits for a command, or for the end of its cause
	StateSynced         = "synced"          // done
	StateSkipped        = "skipped"         // given up, by a person or because the follower left
)

// Search attributes. All are Keyword; none holds personal data in plain form.
var (
	AttributeSyncState   = temporal.NewSearchAttributeKeyKeyword("SyncState")
	AttributeSyncError   = temporal.NewSearchAttributeKeyKeyword("SyncError")
	AttributeFollowerKey = temporal.NewSearchAttributeKeyKeyword("FollowerKey")
	AttributeTicketID    = temporal.NewSearchAttributeKeyKeyword("TicketID")
	AttributeAccount     = temporal.NewSearchAttributeKeyKeyword("Account")
)

// SearchAttributes are the names a namespace must know before anything starts.
var SearchAttributes = []string{
	AttributeSyncState.GetName(), AttributeSyncError.GetName(), AttributeFollowerKey.GetName(),
	AttributeTicketID.GetName(), AttributeAccount.GetName(),
}
