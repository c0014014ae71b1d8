// Package slots shares the calls to C4C that may be under way at once among the processes that make them.
//
// A tenant of C4C allows fewer than ten calls at a time from all its callers. One [Ledger] for each tenant, which a
// workflow keeps, knows how many of them each process may make, and changes it when a process says what it needs: an
// [Ask], which it answers with an [Answer]. What a process was given is a lease. It ends by the process's own clock
// before it ends by the ledger's, and the ledger leaves room for calls that are still under way before it gives the
// slots of a lease that ran out to anybody else.
//
// The package has no Temporal, no network and no clock: what is decided must be decided alike whenever it is replayed.
// Package holder is the side of the process.
package slots
