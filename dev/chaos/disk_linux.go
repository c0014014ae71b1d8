package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

const (
	// smallDisk is the folder of a landscape that has its own file system.
	smallDisk = "disk"
	// apart is set once the process has mounts of its own.
	apart = "CHAOS_MOUNTS"
)

// apartFromMachine restarts this process with mounts of its own, so that a cell may have a small disk and leaves
// nothing on the machine. It returns if that is not possible; cells with a full disk then say so.
func apartFromMachine(ctx context.Context) {
	if os.Getenv(apart) != "" {
		return
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		return
	}
	how := []string{unshare, "--mount"}
	if os.Geteuid() != 0 {
		how = []string{unshare, "--mount", "--map-root-user"}
	}
	if exec.CommandContext(ctx, how[0], append(how[1:], "true")...).Run() != nil {
		return
	}
	_ = syscall.Exec(unshare, append(append(how, self), os.Args[1:]...), append(os.Environ(), apart+"=own"))
}

// mountDisk makes the landscape's small disk.
func mountDisk(dir string) (unmount func(), err error) {
	if os.Getenv(apart) == "" {
		return nil, errors.New("no small disk: it needs the right to mount, or util-linux's unshare and user namespaces")
	}
	path := filepath.Join(dir, smallDisk)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("small disk: %w", err)
	}
	if err := syscall.Mount("none", path, "tmpfs", 0, "size=96m"); err != nil {
		return nil, fmt.Errorf("small disk: %w", err)
	}
	return func() { _ = syscall.Unmount(path, syscall.MNT_DETACH) }, nil
}

// fillDisk takes all remaining space on the disk, and free gives it back.
func fillDisk(dir string) (free func() error, err error) {
	path := filepath.Join(dir, smallDisk, "filler")
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("fill disk: %w", err)
	}
	defer func() { _ = file.Close() }()
	for size := 1 << 20; size >= 512; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return nil, fmt.Errorf("fill disk: %w", err)
		}
	}
	return func() error { return os.Remove(path) }, nil
}
