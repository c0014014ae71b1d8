// Package workercomponent stands in for the workers of Temporal's server that control serverless workers: there are
// none.
package workercomponent

import "go.uber.org/fx"

// Module provides nothing.
var Module = fx.Options()
