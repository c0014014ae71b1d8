// Package conversation holds the state and the decisions of a follower's conversation: which sync is next, which
// replies are held, which ticket a message joins, what the reply window allows, what is due.
//
// [State.Step] is the only writer. It takes [Event] values with the time and the account's [Policy], changes the
// state and returns [Command] values: what to do, in order. The package uses no Temporal, no clock and no network.
// Package workflows carries out the commands and returns their outcomes as events.
package conversation
