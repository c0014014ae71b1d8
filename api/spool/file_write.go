package spool

import (
	"errors"
	"fmt"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// write makes all changes or none, with one fsync.
func (f *file) write(batch []change) error {
	count := f.count
	err := f.change(func(tx *bolt.Tx) error {
		waiting, refused := tx.Bucket(bucketWaiting), tx.Bucket(bucketRefused)
		for _, c := range batch {
			more, err := c.apply(waiting, refused)
			if err != nil {
				return err
			}
			count += more
		}
		return tx.Bucket(bucketAbout).Put(keyCount, key(count))
	})
	if err != nil {
		return err
	}
	f.count = count
	return f.there()
}

// apply makes one change and returns by how many the number of events grows, modulo 2⁶⁴, since it may shrink.
// Repeating a change has no effect.
func (c change) apply(waiting, refused *bolt.Bucket) (more uint64, err error) {
	remove := func(from *bolt.Bucket, id uint64) error {
		if from.Get(key(id)) != nil {
			more--
		}
		return from.Delete(key(id))
	}
	put := func(into *bolt.Bucket, id uint64, value []byte) error {
		if into.Get(key(id)) == nil {
			more++
		}
		return into.Put(key(id), value)
	}
	switch {
	case c.try:
	case c.put != nil && c.put.item.why != "":
		err = put(refused, c.put.item.id, c.put.value)
	case c.put != nil:
		err = put(waiting, c.put.item.id, c.put.value)
	case c.drop != 0:
		err = remove(refused, c.drop)
	case c.retry != 0:
		err = errors.Join(put(waiting, c.retry, slices.Clone(refused.Get(key(c.retry)))), remove(refused, c.retry))
	case c.refuse != nil:
		err = errors.Join(put(refused, c.remove, c.refuse), remove(waiting, c.remove))
	default:
		err = remove(waiting, c.remove)
	}
	return more, err
}

func (f *file) change(do func(*bolt.Tx) error) error {
	if f.broken.Load() {
		return ErrDamaged // an interrupted transaction may hold the library's lock for ever
	}
	err := guard(func() error { return f.db.Update(do) })
	if errors.Is(err, ErrDamaged) {
		f.broken.Store(true)
	}
	return err
}

// there reports whether the file is still where the next start looks for it. A moved file takes its events along.
func (f *file) there() error {
	found, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	own, err := f.opened.Stat()
	if err == nil && !os.SameFile(own, found) {
		return fmt.Errorf("%s was replaced", f.path)
	}
	return err
}
