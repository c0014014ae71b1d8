package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/config"
)

// spoolSession is the spool that a command works on: one that it opened, or that of the api on this machine.
type spoolSession struct {
	opened  *running // nil: the spool is the api's
	address string
}

// withSpool finds the selected spool. If no other process uses it, the spool is handed over while do runs.
func (s shell) withSpool(ctx context.Context, f spoolFlags, do func(context.Context, spoolSession) error) error {
	live := spoolSession{address: internalAddr(s.environ)}
	if f.folder == "" {
		if _, err := live.show(ctx); err == nil {
			return do(ctx, live)
		}
	}
	cfg, err := s.load(config.RoleOperator)
	if err != nil {
		return err
	}
	folder := f.folder
	if folder == "" {
		folder = cfg.Spool.Dir
	}
	if folder == "" {
		return errors.New("no api with a spool answers at " + live.address + ", and " + config.Prefix +
			"SPOOL_DIR is not set: say where it is with --dir")
	}
	if _, err := os.Stat(filepath.Join(folder, spool.FileName)); err != nil {
		return fmt.Errorf("there is no spool in %s: %w", folder, err)
	}
	p, err := s.process(cfg, "operator")
	if err != nil {
		return err
	}
	defer p.close()
	temporal, err := p.lazyClient()
	if err != nil {
		return err
	}
	defer temporal.Close()
	return p.withFolder(ctx, folder, temporal, do)
}

// withFolder opens a folder. None of it is handed over before the session's retry.
func (p *process) withFolder(
	ctx context.Context, folder string, temporal handover.Temporal, do func(context.Context, spoolSession) error,
) error {
	kept, err := p.spoolAt(folder, temporal)
	if err != nil {
		return err
	}
	own := &running{Spool: kept, stop: func() {}}
	err = do(ctx, spoolSession{opened: own})
	own.stop()
	own.group.Wait()
	return errors.Join(err, kept.Close())
}

// show returns the state of the spool.
func (o spoolSession) show(ctx context.Context) (api.Spooled, error) {
	if o.opened != nil {
		return api.Spooled{Status: o.opened.Status(), Events: o.opened.List()}, nil
	}
	return o.ask(ctx, http.MethodGet, "/spool")
}

// refused returns one refused event.
func (o spoolSession) refused(id uint64) (api.Spooled, error) {
	for _, e := range o.opened.List() {
		if e.ID == id && e.Refused != "" {
			return api.Spooled{Status: spool.Status{Refused: 1, Bytes: e.Bytes}, Events: []spool.Entry{e}}, nil
		}
	}
	return api.Spooled{}, fmt.Errorf("%w: %d", spool.ErrNotRefused, id)
}

// retry makes refused events wait again, and hands everything over.
func (o spoolSession) retry(ctx context.Context) error {
	if o.opened == nil {
		_, err := o.ask(ctx, http.MethodPost, "/spool/retry")
		return err
	}
	if _, err := o.opened.Retry(); err != nil {
		return err
	}
	ctx, o.opened.stop = context.WithCancel(context.WithoutCancel(ctx))
	o.opened.group.Go(func() { o.opened.Run(ctx) })
	return nil
}

func (o spoolSession) ask(ctx context.Context, method, path string) (api.Spooled, error) {
	var found api.Spooled
	body, err := askInternal(ctx, method, o.address, path, 64<<20)
	if err != nil {
		return found, fmt.Errorf("spool: %w", err)
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return found, fmt.Errorf("spool: %s answers something else: %w", o.address, err)
	}
	return found, nil
}

// awaitEmpty waits until no event waits.
func awaitEmpty(ctx context.Context, o spoolSession) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, err := o.show(ctx)
		if err == nil && found.Waiting == 0 {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			if err != nil {
				return err
			}
			return fmt.Errorf("%d events are left: see whether Temporal answers, then drain again", found.Waiting)
		}
	}
}
