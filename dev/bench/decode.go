package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// measureDecoding runs a Go benchmark of what the api does to a secure-mode message before it signals Temporal: verify,
// decrypt, parse.
func (b *bench) measureDecoding(ctx context.Context) ([]row, error) {
	b.say("decoding")
	s, err := b.startStack(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Stop() }()
	followers, err := known(ctx, s, "Decode", 1)
	if err != nil {
		return nil, err
	}
	pushes, err := record(ctx, s, followers, 1)
	if err != nil {
		return nil, err
	}
	w := s.Settings().WeChat
	codec, err := wechat.NewCodec(wechat.CodecOptions{
		AppID: w.AppID, OriginalID: w.OriginalID, Token: w.Token.Reveal(), EncodingAESKey: w.AESKey.Reveal(),
		Mode: wechat.ModeSecure,
	})
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	query, body, err := pushes[0].parts()
	if err != nil {
		return nil, fmt.Errorf("bench: decode: %w", err)
	}
	var failure error
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := codec.Open(query, body); err != nil {
				failure = err
			}
		}
	})
	if failure != nil {
		return nil, fmt.Errorf("bench: decode: %w", failure)
	}
	each := float64(result.NsPerOp()) / float64(time.Microsecond)
	return []row{bounded("verify, decrypt, parse a secure-mode message", each, 30, " µs")}, nil
}
