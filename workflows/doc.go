// Package workflows holds the business: what becomes of a follow, a message and a reply, and who keeps the token.
//
// A Conversation per (account, follower) is the only writer of all that concerns that follower. It runs
// OnboardFollower, CreateTicket and DeliverReply as child workflows, one per follow, message and reply, so
// that operators see each sync as a row with its state, its ticket and its reason.
//
// Nothing here fails because WeChat or C4C said no: transient errors are retried by the activities, permanent ones
// park the sync until an operator says retry or skip (see sync.go). The code is deterministic and calls no client;
// from release 0.1.0 on it changes compatibly, by workflow.GetVersion or under a new name, because open conversations
// live for months.
package workflows
