// Package conversation holds what a follower's conversation knows and decides: which sync is next, what is held, which
// ticket a message joins, what the reply window allows, what is due.
//
// [State.Step] is the only writer. It takes one [Event] with the time and the account's [Policy], changes the state and
// returns [Command] values: what is to be done, in order. The package knows no Temporal, no clock and no network;
// package workflows carries the commands out and brings their outcomes back as events.
package conversation
