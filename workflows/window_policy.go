package workflows

// WindowPolicy is what an account decides about the reply window.
type WindowPolicy struct {
	WindowRules
}
