package web

import (
	"fmt"
	"io"
	"os"

	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// DefaultRoom is the default disk space for files in transit, in bytes.
const DefaultRoom = 256 << 20

// roomOfOne is the least of it that one follower may use, in bytes: a form with all its pictures.
const roomOfOne = 64 << 20

// Disk is the space that files in transit use in the folder for temporary files: uploads of followers and files sent
// by workers. All accounts of a process share it.
type Disk struct {
	shares *limit.Shares
	room   int64
	copies copies
}

// NewDisk makes a Disk of room bytes. One follower may use a quarter of it, but at least 64 MB.
func NewDisk(room int64) *Disk {
	return &Disk{shares: limit.NewShares(max(roomOfOne, room/4), room), room: room,
		copies: copies{files: map[copyKey]*copied{}}}
}

// Held is the space in use at the moment, in bytes, including copies of recently viewed files.
func (d *Disk) Held() int64 { return d.shares.Held() }

// errDiskFull is the error if there is no room for a file.
var errDiskFull = errBusy.by(limitDisk)

// kept is a file on disk. It uses space until it is closed, which removes it.
type kept struct {
	*os.File
	disk  *Disk
	who   string
	taken int64
}

// keep makes a file for a follower.
func (d *Disk) keep(who, pattern string) (*kept, error) {
	file, err := os.CreateTemp("", pattern)
	if err != nil {
		return nil, fmt.Errorf("web: keep a file: %w", err)
	}
	return &kept{File: file, disk: d, who: who}, nil
}

// fill copies into the file while there is room.
func (k *kept) fill(from io.Reader) (int64, error) { return io.Copy(&filling{k: k}, from) }

func (k *kept) close() {
	_ = k.Close()
	_ = os.Remove(k.Name())
	k.disk.shares.Give(k.who, k.taken)
	k.taken = 0
}

// filling writes to a kept file. It reserves room in steps.
type filling struct {
	k       *kept
	written int64
}

const roomStep = 256 << 10

func (f *filling) Write(p []byte) (int, error) {
	for f.written+int64(len(p)) > f.k.taken {
		for !f.k.disk.shares.Take(f.k.who, roomStep) {
			if !f.k.disk.makeRoom(f.k.who) {
				return 0, errDiskFull
			}
		}
		f.k.taken += roomStep
	}
	n, err := f.k.File.Write(p)
	f.written += int64(n)
	return n, err
}
