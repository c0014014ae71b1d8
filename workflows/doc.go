// Package workflows implements the business processes: what happens on a follow, a message and a reply, and how the
// token is maintained.
//
// One Conversation per account and follower is the only writer of everything about that follower. It runs
// OnboardFollower, CreateTicket and DeliverReply as child workflows, one per follow, message and reply, so that
// operators see each sync as a row with its state, its ticket and its reason.
//
// No workflow fails because WeChat or C4C refused: activities retry transient errors, and permanent errors park the
// sync until an operator retries or skips it (see sync.go). The code is deterministic and calls no client. From
// release 0.1.0 on it changes compatibly, by workflow.GetVersion or under a new name, because open conversations live
// for months.
package workflows
