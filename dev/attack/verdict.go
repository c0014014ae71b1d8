package main

import (
	"context"
	"errors"
)

// Words of a verdict.
const (
	wordShut     = "shut"
	wordOpen     = "OPEN"
	wordNotTried = "not tried"
)

// verdict is the outcome of an attack.
type verdict struct{ word, why string }

func (v verdict) detail() string {
	if v.why == "" {
		return ""
	}
	return ": " + v.why
}

// door is one attack. Its error is the evidence that it got through, or notTried.
type door struct {
	name string
	open func(context.Context, target) error
}

// notTried is the reason why an attack could not be tried.
type notTried string

func (n notTried) Error() string { return string(n) }

func (d door) try(ctx context.Context, t target) verdict {
	err := d.open(ctx, t)
	if err == nil {
		return verdict{word: wordShut}
	}
	if why, ok := errors.AsType[notTried](err); ok {
		return verdict{wordNotTried, string(why)}
	}
	return verdict{wordOpen, err.Error()}
}
