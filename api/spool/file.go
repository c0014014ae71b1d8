package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/codec"
)

// FileName is the spool's file in its folder.
const FileName = "spool.db"

// Errors of a file that cannot be opened.
var (
	ErrInUse   = errors.New("spool: in use by another process")
	ErrForeign = errors.New("spool: not of this installation")
	ErrKey     = errors.New("spool: written with another key")
	ErrDamaged = errors.New("spool: damaged")
)

var (
	bucketWaiting = []byte("waiting")
	bucketRefused = []byte("refused")
	bucketAbout   = []byte("about")

	keyFormat  = []byte("format")
	keyOwner   = []byte("owner")
	keyReached = []byte("reached")
	keyCount   = []byte("count")

	format = []byte("wechat-c4c spool 1")
)

// lockPatience is how long a process that is ending may still hold the file.
const lockPatience = 2 * time.Second

// file is the spool's file. It has one bucket for waiting events, one for refused ones, and one that names the owner.
type file struct {
	db     *bolt.DB
	opened *os.File // by the library
	path   string
	count  uint64      // events in it; used only by load and the writer
	broken atomic.Bool // it met an error that only a restart can fix
}

// contents is what a file contained when it was opened.
type contents struct {
	file             *file
	waiting, refused []*item
	last             uint64 // highest id
	claimed          bool   // it already names its owner
}

// openFile opens or creates the file in a folder and reads every event once.
func openFile(o Options) (*contents, error) {
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	f := &file{path: filepath.Join(o.Folder, FileName)}
	found := &contents{file: f}
	err := guard(func() error {
		// The list of free pages is synced: without it, the library reads the file in a goroutine of its own, whose
		// panics cannot be recovered.
		db, err := bolt.Open(f.path, 0o600, &bolt.Options{
			Timeout: lockPatience, FreelistType: bolt.FreelistMapType, OpenFile: f.open,
		})
		f.db = db
		return err
	})
	if err == nil {
		err = guard(func() error { return f.load(o, found) })
	}
	if err == nil && !found.claimed {
		err = f.claim(o.Owner)
	}
	if err != nil {
		if f.db != nil {
			_ = f.db.Close()
		}
		return nil, explained(err)
	}
	return found, nil
}

func (f *file) open(path string, flag int, mode os.FileMode) (*os.File, error) {
	var err error
	f.opened, err = os.OpenFile(path, flag, mode)
	return f.opened, err
}

// explained describes what is wrong with a file that could not be opened.
func explained(err error) error {
	if errors.Is(err, berrors.ErrTimeout) {
		return ErrInUse
	}
	if _, system := errors.AsType[syscall.Errno](err); system {
		return fmt.Errorf("spool: %w", err)
	}
	for _, known := range []error{ErrForeign, ErrKey, ErrDamaged} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err) // the library has several errors for this
}

// guard turns what a damaged file causes in the library into ErrDamaged: panics, and faults in the mapped memory.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, cause)
		}
	}()
	return do()
}

// load reads the file's events.
func (f *file) load(o Options, found *contents) error {
	return f.db.View(func(tx *bolt.Tx) error {
		if err := owned(tx, o.Owner); err != nil {
			return err
		}
		if about := tx.Bucket(bucketAbout); about != nil {
			found.claimed = string(about.Get(keyOwner)) == o.Owner
		}
		for _, part := range []struct {
			name []byte
			into *[]*item
		}{{bucketWaiting, &found.waiting}, {bucketRefused, &found.refused}} {
			bucket := tx.Bucket(part.name)
			if bucket == nil {
				continue
			}
			err := bucket.ForEach(func(k, v []byte) error {
				i, err := readItem(o.Keys, k, v)
				if err != nil {
					return err
				}
				if part.into == &found.waiting {
					i.why = "" // it waits again
				}
				found.last = max(found.last, i.id)
				*part.into = append(*part.into, i)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return f.complete(tx, len(found.waiting)+len(found.refused))
	})
}

// complete refuses a file that has lost events. Events on a damaged page would otherwise go unnoticed.
func (f *file) complete(tx *bolt.Tx, found int) error {
	if about := tx.Bucket(bucketAbout); about != nil {
		noted := about.Get(keyCount)
		if len(noted) != 8 || binary.BigEndian.Uint64(noted) != uint64(found) {
			return fmt.Errorf("%w: it has %d events, and had another number", ErrDamaged, found)
		}
	}
	f.count = uint64(found)
	return nil
}

// owned refuses a file of another program, and events of another installation.
func owned(tx *bolt.Tx, owner string) error {
	about := tx.Bucket(bucketAbout)
	if about == nil {
		if first, _ := tx.Cursor().First(); first != nil {
			return fmt.Errorf("%w: the file holds something else", ErrForeign)
		}
		return nil
	}
	if !bytes.Equal(about.Get(keyFormat), format) {
		return fmt.Errorf("%w: the file is of another version", ErrForeign)
	}
	for _, name := range [][]byte{bucketWaiting, bucketRefused} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: it lacks a part", ErrDamaged)
		}
		first, _ := tx.Bucket(name).Cursor().First()
		if first != nil && !bytes.Equal(about.Get(keyOwner), []byte(owner)) {
			return ErrForeign
		}
	}
	return nil
}

func readItem(keys converter.PayloadCodec, k, v []byte) (*item, error) {
	if len(k) != 8 {
		return nil, fmt.Errorf("%w: an id cannot be read", ErrDamaged)
	}
	r, err := unseal(keys, v)
	switch {
	case errors.Is(err, codec.ErrUnknownKey):
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	case errors.Is(err, codec.ErrPayload): // of a key that has the right name
		return nil, fmt.Errorf("%w, or damaged: %w", ErrKey, err)
	case err != nil:
		return nil, err
	}
	return &item{
		id: binary.BigEndian.Uint64(k), event: Event{Lane: r.Lane, Account: r.Account, Kind: r.Kind},
		at: time.UnixMilli(r.At), size: int64(len(v)), why: r.Why,
	}, nil
}

// claim records the file's owner.
func (f *file) claim(owner string) error {
	return guard(func() error {
		return f.db.Update(func(tx *bolt.Tx) error {
			for _, name := range [][]byte{bucketWaiting, bucketRefused, bucketAbout} {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
			about := tx.Bucket(bucketAbout)
			return errors.Join(
				about.Put(keyFormat, format), about.Put(keyOwner, []byte(owner)), about.Put(keyCount, key(f.count)),
			)
		})
	})
}

// read returns an event with its data.
func (f *file) read(keys converter.PayloadCodec, id uint64) (record, error) {
	var r record
	err := guard(func() error {
		return f.db.View(func(tx *bolt.Tx) error {
			v := tx.Bucket(bucketWaiting).Get(key(id))
			if v == nil {
				v = tx.Bucket(bucketRefused).Get(key(id))
			}
			if v == nil {
				return fmt.Errorf("%w: event %d is not there", ErrDamaged, id)
			}
			var err error
			r, err = unseal(keys, v)
			return err
		})
	})
	return r, err
}

func (f *file) reach(name string) error {
	if f.reached(name) {
		return nil
	}
	return f.change(func(tx *bolt.Tx) error { return tx.Bucket(bucketAbout).Put(keyReached, []byte(name)) })
}

func (f *file) reached(name string) bool {
	found := false
	err := guard(func() error {
		return f.db.View(func(tx *bolt.Tx) error {
			found = string(tx.Bucket(bucketAbout).Get(keyReached)) == name
			return nil
		})
	})
	return err == nil && found
}

func (f *file) close() error {
	if f.broken.Load() {
		return nil
	}
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("spool: close: %w", err)
	}
	return nil
}

func key(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }
