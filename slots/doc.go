// Package slots shares the concurrent calls that C4C allows among the processes that make them.
//
// A tenant of C4C allows fewer than ten concurrent calls from all its callers together. A workflow keeps one [Ledger]
// per tenant. The ledger knows how many calls each process may make. A process reports what it needs in an [Ask]; the
// ledger updates its shares and replies with an [Answer]. The slots in an answer are a lease. The lease ends on the
// process's own clock before it ends on the ledger's. When a lease has run out, the ledger also waits for calls that
// may still be under way before it gives the slots to another process.
//
// The package uses no Temporal, no network and no clock: every decision must come out the same on replay. Package
// holder is the process's side.
package slots
