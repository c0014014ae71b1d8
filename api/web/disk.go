package web

import (
	"fmt"
	"io"
	"os"

	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// DefaultRoom is what files on their way may take on disk where nobody says so, in bytes.
const DefaultRoom = 256 << 20

// roomOfOne is what one follower may take of it at least, in bytes: a form with all its pictures.
const roomOfOne = 64 << 20

// Disk is the room that files take on their way, in the folder for temporary files: what followers upload and what
// workers bring. All accounts of a process share it.
type Disk struct {
	shares *limit.Shares
	room   int64
	copies copies
}

// NewDisk makes one of so many bytes, of which one follower may take a quarter, and 64 MB at least.
func NewDisk(room int64) *Disk {
	return &Disk{shares: limit.NewShares(max(roomOfOne, room/4), room), room: room,
		copies: copies{files: map[copyKey]*copied{}}}
}

// Held is what files take at the moment, in bytes, copies of what was looked at lately included.
func (d *Disk) Held() int64 { return d.shares.Held() }

// errDiskFull is the error of a file for which there is no room.
var errDiskFull = errBusy.by(limitDisk)

// kept is a file on disk. It counts until it is closed, which removes it.
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

// fill copies into the file as long as there is room.
func (k *kept) fill(from io.Reader) (int64, error) { return io.Copy(&filling{k: k}, from) }

func (k *kept) close() {
	_ = k.Close()
	_ = os.Remove(k.Name())
	k.disk.shares.Give(k.who, k.taken)
	k.taken = 0
}

// filling writes to a kept file. Room is taken in steps.
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
