//go:build !linux

package devserver

import "os/exec"

// bindToParent does nothing here: our own server ends with its standard input, the "temporal" command with Ctrl-C.
func bindToParent(*exec.Cmd) {}

func startTied(cmd *exec.Cmd) error { return cmd.Start() }

// StartTied starts a process. It may outlive ours if ours is killed.
func StartTied(cmd *exec.Cmd) error { return startTied(cmd) }
