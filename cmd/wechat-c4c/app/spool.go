package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// openSpool opens the configured spool; nil: there is none, which is logged.
func (p *process) openSpool(ctx context.Context, temporal client.Client) (*spool.Spool, error) {
	if p.cfg.Spool.Dir == "" {
		p.log.WarnContext(ctx, "no spool: while Temporal is away, what followers write and agents answer is refused; set "+
			config.Prefix+"SPOOL_DIR to a folder")
		return nil, nil
	}
	kept, err := p.spoolAt(p.cfg.Spool.Dir, temporal)
	if err != nil {
		return nil, err
	}
	if status := kept.Status(); status.Waiting+status.Refused > 0 {
		p.log.InfoContext(ctx, "the spool holds events", "waiting", status.Waiting, "refused", status.Refused)
	}
	return kept, nil
}

// spoolAt opens the spool in a folder; its events go to temporal.
func (p *process) spoolAt(folder string, temporal handover.Temporal) (*spool.Spool, error) {
	s := p.cfg.Spool
	h := handover.New(temporal, p.cfg.FollowerKeySecret.Bytes(), "", nil)
	h.Language = wording.Language(p.cfg.OperatorLocale)
	kept, err := spool.Open(spool.Options{
		Folder: folder, Owner: spoolOwner(p.cfg), Keys: p.ring, Deliver: h.Deliver,
		MaxBytes: int64(s.MaxSize) << 20, Logger: p.log, Meter: p.meter(),
	})
	if err != nil {
		return nil, unusableSpool(folder, err)
	}
	return kept, nil
}

// spoolOwner identifies the secret from which follower keys are derived: events of another installation would go to
// conversations that belong to no follower.
func spoolOwner(cfg config.Config) string {
	return workflows.FollowerKey(cfg.FollowerKeySecret.Bytes(), "", "spool")
}

// unusableSpool says why a spool cannot be opened, and what to do.
func unusableSpool(folder string, err error) error {
	file := filepath.Join(folder, spool.FileName)
	say := func(format string, args ...any) error {
		return &trouble{config.Prefix + "SPOOL_DIR: " + fmt.Sprintf(format, args...), err}
	}
	switch {
	case errors.Is(err, spool.ErrInUse):
		return say("%s is in use by another process: give each api a folder of its own", file)
	case errors.Is(err, spool.ErrKey):
		return say(
			"%s holds events that were encrypted with a key which is not in %sCODEC_KEYS: add the former key behind the first "+
				"(%v)", file, config.Prefix, err)
	case errors.Is(err, spool.ErrForeign):
		return say(
			"%s belongs to another installation, or to something else (%v): choose another folder, or hand its events over "+
				"with the settings they were kept with: wechat-c4c spool drain --dir %s", file, err, folder)
	case errors.Is(err, spool.ErrDamaged):
		return say(
			"%s is damaged (%v): repair the disk and restore the file, or move it away and keep it; what it holds was "+
				"acknowledged", file, err)
	case errors.Is(err, syscall.ENOSPC):
		return say("the disk of %s is full: make room", folder)
	}
	return say(
		"%s cannot be used (%v): it must be a folder that this process may write to, for example /var/spool/wechat-c4c",
		folder, err)
}

// running is a spool being handed over.
type running struct {
	*spool.Spool
	stop  context.CancelFunc
	group sync.WaitGroup
}

// hand hands over a spool's events until finish.
func hand(kept *spool.Spool) *running {
	ctx, stop := context.WithCancel(context.Background())
	r := &running{Spool: kept, stop: stop}
	r.group.Go(func() { kept.Run(ctx) })
	return r
}

// finish waits until everything is handed over, as long as ctx allows, and closes the file. The rest stays in it.
func (r *running) finish(ctx context.Context) error {
	left := r.Drain(ctx)
	r.stop()
	r.group.Wait()
	return errors.Join(left, r.Close())
}

// handOver hands over a spool's events. The returned function ends that: at once or, if ctx has ended, after as much
// further time as a process may take to stop.
func (p *process) handOver(ctx context.Context, kept *spool.Spool) (finish func()) {
	r := hand(kept)
	ended := make(chan time.Time, 1)
	stop := context.AfterFunc(ctx, func() { ended <- time.Now() })
	return func() {
		until := time.Now()
		if !stop() { // it is running or has run
			until = (<-ended).Add(p.cfg.StopTimeout)
		}
		ctx, cancel := context.WithDeadline(context.Background(), until)
		defer cancel()
		if err := r.finish(ctx); err != nil {
			p.log.Warn("the spool is not empty: the next start on the same folder hands it over", "error", err)
		}
	}
}
