//go:build !linux

package main

import (
	"context"
	"errors"
)

const smallDisk = "disk"

var errNoDisk = errors.New("no small disk: it needs Linux")

func apartFromMachine(context.Context) {}

func mountDisk(string) (func(), error) { return nil, errNoDisk }

func fillDisk(string) (func() error, error) { return nil, errNoDisk }
