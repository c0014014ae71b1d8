package devserver

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// bindToParent puts the child into its own process group, so that Ctrl-C reaches it through us and in the right order.
// The kernel stops it if we are killed.
func bindToParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGTERM
}

// StartTied starts a process that ends with ours, even if ours is killed; on systems other than Linux it may remain.
// Other fields of its SysProcAttr are kept.
func StartTied(cmd *exec.Cmd) error {
	bindToParent(cmd)
	return startTied(cmd)
}

// startTied starts cmd from a thread that lives as long as the process: the kernel sends the death signal when the
// thread that started the child ends (golang/go#27505).
func startTied(cmd *exec.Cmd) error {
	started := make(chan error)
	starter() <- func() { started <- cmd.Start() }
	return <-started
}

var starter = sync.OnceValue(func() chan<- func() {
	starts := make(chan func())
	go func() {
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
	return starts
})
