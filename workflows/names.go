package workflows

import "go.temporal.io/sdk/temporal"

// Task queues. Workflows run on TaskQueue. Activities run on the queue of the system they call, so that each system
// has its own concurrency limits.
const (
	TaskQueue   = "wechat-c4c"
	QueueWeChat = "wechat"
	QueueC4C    = "c4c"
	QueuePage   = "c4c-page" // the page's reads from C4C: they use part of the calls and never wait behind syncs
	// QueueFiles is for followers' files on their way to C4C. Each takes a while, so together they get only part of the
	// calls, and no message waits behind them.
	QueueFiles = "c4c-files"

	QueueErased = "erased" // of TypeErasedReply and TypeErasedFollower: nobody polls it
)

// Workflow types, as they appear in histories and in Temporal UI.
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

	// TypeErasedReply has no code and no data. It occupies the ids of a reply whose follower was erased, so that
	// neither a comparison nor a repeated push can start the reply again.
	TypeErasedReply = "ErasedReply"

	// TypeErasedFollower has no code and no data either. It marks that a follower was erased, and when.
	TypeErasedFollower = "ErasedFollower"
)

// SyncTypes are the workflow types whose runs are syncs. Each has a SyncState, by which operators find it.
var SyncTypes = []string{
	TypeOnboardFollower, TypeRegisterCustomer, TypeCreateTicket, TypeAttachMedia, TypeDeliverReply, TypeRouteReply,
	TypeAnnounceReply, TypeNoteTicket, TypeTicketChanged, TypeReconcileReplies, TypeReviewReplies, TypeBackfillFollowers,
	TypeMaintainToken, TypeEraseFollower,
}

// Signals and their payloads.
const (
	SignalInbound = "inbound" // conversation.Inbound: what the follower did
	SignalReply   = "reply"   // conversation.Reply: what a service agent answered
	SignalReport  = "report"  // conversation.Report: a sync has parked, is held, wants its turn or has ended
	SignalTurn    = "turn"    // conversation.Turn: the conversation lets a waiting sync continue
	SignalGone    = "gone"    // no payload: the follower unfollowed; a held reply is given up
	SignalWatch   = "watch"   // no payload: a sync is to report its end, and its present state if it waits
	SignalStuck   = "stuck"   // no payload: a sync has been retrying for a long time
	SignalUncarry = "uncarry" // no payload: a held reply is not to carry the texts of others

	SignalDoubt = "doubt" // Command: the sync's effect may have happened after the restored backup was made

	SignalReceipt  = "receipt"  // Receipt, to AnnounceReply: WeChat's result for the notice
	SignalObsolete = "obsolete" // no payload, to AnnounceReply: no answer is waiting any more

	SignalOvertaken = "overtaken" // string, to NoteTicket: the workflow id of the note that replaces it
	SignalPlace     = "place"     // bool, to NoteTicket: the note it replaces is closed; was the agent told anything?

	SignalErase = "erase" // EraseInput, to EraseFollower: the follower has asked again

	SignalTicketEvent = "ticket-event" // TicketEvent, to TicketChanged
	SignalTicket      = "ticket"       // conversation.TicketChange, to the conversation

	SignalBackfilled = "backfilled" // Backfilled, to BackfillFollowers: one follower's outcome

	SignalMove = "move" // MoveCursor, to ReconcileReplies

	SignalRouteParked = "route-parked" // string, to ReconcileReplies: id of a RouteReply that lets later ones pass
)

// Commands of operators to syncs. Retry and skip exist twice under the same name: as an update for one sync, which
// answers with a verdict, and as a signal for batches.
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
	// UpdateTell asks a conversation whether a text that answers a message may be sent to the follower: TellRequest →
	// TellAnswer. A refused request fails with ErrorNotDue and leaves nothing in the history.
	UpdateTell = "tell"

	UpdateApprove  = "approve"   // Command, to ReviewReplies: delivers what it asks about
	UpdateAskSlots = "ask_slots" // slots.Ask → slots.Answer, to ShareC4C

	UpdatePause  = "pause"  // Command, to BackfillFollowers: begins no more followers
	UpdateResume = "resume" // Command, to BackfillFollowers: continues
)

// Queries and the types of their answers.
const (
	QueryState    = "state"    // conversation.View
	QueryWindow   = "window"   // conversation.WindowView
	QueryWeb      = "web"      // conversation.PageView
	QueryBackfill = "progress" // BackfillProgress, of BackfillFollowers
	QueryReview   = "review"   // Review, of ReviewReplies
	QuerySlots    = "slots"    // slots.Ledger, of ShareC4C
)

// Activities on QueuePage that run without a workflow: the page's reads, and actions that may safely be repeated.
const (
	ActivityReadCustomer     = "ReadCustomer"     // CustomerQuery → CustomerView
	ActivityReadTickets      = "ReadTickets"      // TicketsQuery → TicketList
	ActivityReadTicketThread = "ReadTicketThread" // TicketQuery → TicketThread
	ActivityCloseTicket      = "CloseTicket"      // CloseTicketInput
	ActivityTryWrite         = "TryWrite"         // activities.CauseInput → activities.Probe; used by the doctor
	ActivityCarryFile        = "CarryFile"        // CarryFileInput; the file is sent to the address in it
)

// SyncState values: the state that operators see.
const (
	StateSyncing        = "syncing"         // in progress
	StateWaiting        = "waiting"         // started early: waits for earlier ones
	StateStuck          = "stuck"           // has been retrying by itself for a long time
	StateHeld           = "held"            // a reply that waits until the follower reopens the window
	StateNeedsAttention = "needs_attention" // parked: waits for a command, or for the end of its cause
	StateSynced         = "synced"          // done
	StateSkipped        = "skipped"         // given up, by a person or because the follower unfollowed
)

// Search attributes. All are Keyword. None contains personal data in plain form.
var (
	AttributeSyncState   = temporal.NewSearchAttributeKeyKeyword("SyncState")
	AttributeSyncError   = temporal.NewSearchAttributeKeyKeyword("SyncError")
	AttributeFollowerKey = temporal.NewSearchAttributeKeyKeyword("FollowerKey")
	AttributeTicketID    = temporal.NewSearchAttributeKeyKeyword("TicketID")
	AttributeAccount     = temporal.NewSearchAttributeKeyKeyword("Account")
)

// SyncAttributes are the search attributes with which a sync of an account starts, and more that are known of it.
func SyncAttributes(account string, more ...temporal.SearchAttributeUpdate) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(append(more,
		AttributeSyncState.ValueSet(StateSyncing), AttributeAccount.ValueSet(account))...)
}

// FollowerAttributes are the search attributes of a workflow that is about a follower and is no sync.
func FollowerAttributes(account, followerKey string) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		AttributeAccount.ValueSet(account), AttributeFollowerKey.ValueSet(followerKey))
}

// SearchAttributes are the names that a namespace must define before anything starts.
var SearchAttributes = []string{
	AttributeSyncState.GetName(), AttributeSyncError.GetName(), AttributeFollowerKey.GetName(),
	AttributeTicketID.GetName(), AttributeAccount.GetName(),
}
