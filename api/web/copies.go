package web

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// copyLife is how long a file of C4C stays on disk after someone last viewed it.
const copyLife = 2 * time.Minute

// copyKey identifies a file and its follower.
type copyKey struct{ account, openID, objectID string }

// copies are the files of C4C that followers view. A player requests a video piece by piece, but C4C serves the file
// only once. Files that nobody is viewing make room for anything else that needs it.
type copies struct {
	mu    sync.Mutex
	files map[copyKey]*copied
}

// copied is one of them. The fields after ready are valid once ready is closed.
type copied struct {
	ready chan struct{}
	file  *carried
	err   error

	// Guarded by the lock of copies.
	users  int
	unused time.Time   // since when nobody has viewed it
	end    *time.Timer // of its life; nil: someone is viewing it
	gone   bool        // the last viewer removes it
}

// reader starts at the beginning of the file, independently of other readers.
func (c *copied) reader() *io.SectionReader { return io.NewSectionReader(c.file, 0, c.file.size) }

// copy returns an existing file, or has it fetched once for all who ask at the same time. Call leave afterwards.
func (d *Disk) copy(ctx context.Context, key copyKey, bring func() (*carried, error)) (*copied, error) {
	for {
		c, first := d.copies.enter(key)
		if first {
			c.file, c.err = bring()
			d.copies.finish(key, c)
			return c, c.err
		}
		select {
		case <-c.ready:
		case <-ctx.Done():
			d.leave(key, c)
			return nil, errUnavailable.because(ctx.Err())
		}
		switch {
		case c.err == nil:
			return c, nil
		case !errors.Is(c.err, context.Canceled): // otherwise the browser that asked first has left, and this one has not
			return nil, c.err
		}
	}
}

// enter begins viewing a file, or makes the caller the one who fetches it.
func (c *copies) enter(key copyKey) (file *copied, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	file = c.files[key]
	if file == nil {
		file, first = &copied{ready: make(chan struct{})}, true
		c.files[key] = file
	}
	if file.end != nil {
		file.end.Stop()
		file.end = nil
	}
	file.users++
	return file, first
}

// finish tells everyone who waits that a file has arrived or will not.
func (c *copies) finish(key copyKey, file *copied) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if file.err != nil {
		c.remove(key, file)
	} else {
		_ = os.Remove(file.file.Name()) // its content stays while it is open, and no longer than this process
	}
	close(file.ready)
}

// remove removes a file. The caller holds the lock.
func (c *copies) remove(key copyKey, file *copied) {
	file.gone = true
	if c.files[key] == file {
		delete(c.files, key)
	}
}

// leave ends the caller's viewing of a file.
func (d *Disk) leave(key copyKey, c *copied) {
	d.copies.mu.Lock()
	c.users--
	over := c.users == 0 && c.gone
	if c.users == 0 && !c.gone {
		c.unused = time.Now()
		c.end = time.AfterFunc(copyLife, func() { d.drop(key, c) })
	}
	d.copies.mu.Unlock()
	if over && c.file != nil {
		c.file.close()
	}
}

// drop removes a file that nobody is viewing. It returns false if someone is, or if someone else has removed it.
func (d *Disk) drop(key copyKey, c *copied) bool {
	d.copies.mu.Lock()
	unused := c.users == 0 && !c.gone
	if unused {
		c.end.Stop()
		d.copies.remove(key, c)
	}
	d.copies.mu.Unlock()
	if unused {
		c.file.close()
	}
	return unused
}

// makeRoom removes the file that was viewed longest ago: one of the follower's or, if the disk is full, anyone's. It
// returns false if there is none.
func (d *Disk) makeRoom(who string) bool {
	full := d.shares.Held()+roomStep > d.room
	for {
		key, c := d.copies.oldest(func(key copyKey) bool { return key.openID == who })
		if c == nil && full {
			key, c = d.copies.oldest(func(copyKey) bool { return true })
		}
		if c == nil {
			return false
		}
		if d.drop(key, c) {
			return true
		}
	}
}

// oldest is, of the selected files, the one viewed longest ago; nil: none.
func (c *copies) oldest(of func(copyKey) bool) (key copyKey, file *copied) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, f := range c.files {
		if f.users == 0 && of(k) && (file == nil || f.unused.Before(file.unused)) {
			key, file = k, f
		}
	}
	return key, file
}

// forget removes a follower's files. Files being viewed are removed when the last viewer leaves.
func (d *Disk) forget(account, openID string) {
	d.copies.mu.Lock()
	var unused []*copied
	for key, file := range d.copies.files {
		if key.account != account || key.openID != openID {
			continue
		}
		if file.users == 0 {
			file.end.Stop()
			unused = append(unused, file)
		}
		d.copies.remove(key, file)
	}
	d.copies.mu.Unlock()
	for _, file := range unused {
		file.file.close()
	}
}
