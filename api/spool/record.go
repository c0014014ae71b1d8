package spool

import (
	"encoding/json"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"github.com/wechat-c4c/wechat-c4c/codec"
)

// record is an event as stored in the file, before encryption.
type record struct {
	Lane    string          `json:"lane"`
	Account string          `json:"account"`
	Kind    string          `json:"kind"`
	At      int64           `json:"at"` // milliseconds since 1970
	Data    json.RawMessage `json:"data"`
	Why     string          `json:"why,omitempty"` // it was refused
}

// seal encrypts a record the same way as Temporal's payloads.
func seal(keys converter.PayloadCodec, r record) ([]byte, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("spool: write down an event: %w", err)
	}
	sealed, err := keys.Encode([]*commonpb.Payload{{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.MetadataEncodingJSON)}, Data: plain,
	}})
	if err != nil {
		return nil, fmt.Errorf("spool: encrypt an event: %w", err)
	}
	value, err := proto.Marshal(sealed[0])
	if err != nil {
		return nil, fmt.Errorf("spool: write down an event: %w", err)
	}
	return value, nil
}

// unseal decrypts a record. For an unknown key or forged data it returns the error of keys.
func unseal(keys converter.PayloadCodec, value []byte) (record, error) {
	var (
		sealed commonpb.Payload
		r      record
	)
	if err := proto.Unmarshal(value, &sealed); err != nil {
		return r, fmt.Errorf("%w: an event cannot be read", ErrDamaged)
	}
	if string(sealed.GetMetadata()[converter.MetadataEncoding]) != codec.Encoding {
		return r, fmt.Errorf("%w: an event is not encrypted", ErrDamaged)
	}
	plain, err := keys.Decode([]*commonpb.Payload{&sealed})
	if err != nil {
		return r, err
	}
	if len(plain) != 1 {
		return r, fmt.Errorf("%w: an event cannot be read", ErrDamaged)
	}
	if err := json.Unmarshal(plain[0].GetData(), &r); err != nil {
		return r, fmt.Errorf("%w: an event cannot be read", ErrDamaged)
	}
	return r, nil
}
