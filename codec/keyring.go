// Package codec compresses and encrypts what Temporal stores, so that histories contain no follower's data in plain
// form.
//
// KeyRing is a payload codec with AES-256-GCM and key rotation. Handler serves it to Temporal UI and CLI for operators
// who may read. Readable without it are workflow ids, search attributes, type names, error types, and the titles of
// workflows and of their steps.
//
// https://docs.temporal.io/production-deployment/data-encryption
package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

// Metadata of an encrypted payload.
const (
	Encoding      = "binary/encrypted"
	MetadataKeyID = "encryption-key-id"
)

// KeySize is the length of every key in bytes.
const KeySize = 32

// Errors of a ring and of the payloads that it decodes.
var (
	ErrNoKeys     = errors.New("codec: no key")
	ErrKey        = errors.New("codec: bad key")
	ErrUnknownKey = errors.New("codec: payload encrypted with an unknown key")
	ErrPayload    = errors.New("codec: payload damaged or forged")
)

// Key is one key of a ring. The id is stored in plain form with every payload that the key has encrypted.
type Key struct {
	ID     string
	Secret []byte // KeySize bytes
}

// KeyRing encrypts with its first key and decrypts with any. It is safe for concurrent use.
//
// An encrypted payload is nonce‖ciphertext‖tag over the whole marshalled payload, including its metadata, compressed if
// that makes it smaller. The key id and the compression are its additional data. Keep a key in the ring as long as
// histories written with it exist, and change the active key before 2^32 encryptions.
type KeyRing struct {
	active string
	keys   map[string]cipher.AEAD
}

var _ converter.PayloadCodec = (*KeyRing)(nil)

// NewKeyRing makes a ring. It returns ErrNoKeys for an empty list, and an error that wraps ErrKey for an empty or
// repeated id and for a key of another size than KeySize.
func NewKeyRing(keys []Key) (*KeyRing, error) {
	if len(keys) == 0 {
		return nil, ErrNoKeys
	}
	r := &KeyRing{active: keys[0].ID, keys: make(map[string]cipher.AEAD, len(keys))}
	for i, key := range keys {
		if key.ID == "" {
			return nil, fmt.Errorf("%w: key %d has no id", ErrKey, i+1)
		}
		if _, ok := r.keys[key.ID]; ok {
			return nil, fmt.Errorf("%w: key %d has the id of another", ErrKey, i+1)
		}
		if len(key.Secret) != KeySize {
			return nil, fmt.Errorf("%w: key %d has %d bytes instead of %d", ErrKey, i+1, len(key.Secret), KeySize)
		}
		block, err := aes.NewCipher(key.Secret)
		if err != nil {
			return nil, fmt.Errorf("codec: key %d: %w", i+1, err)
		}
		if r.keys[key.ID], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("codec: key %d: %w", i+1, err)
		}
	}
	return r, nil
}

// Encode compresses each payload if that makes it smaller, and encrypts it with the first key.
func (r *KeyRing) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	room := maxUnpacked
	for i, payload := range payloads {
		plain, err := proto.Marshal(payload)
		if err != nil {
			return nil, fmt.Errorf("codec: encode: %w", err)
		}
		metadata := map[string][]byte{
			converter.MetadataEncoding: []byte(Encoding),
			MetadataKeyID:              []byte(r.active),
		}
		if len(plain) <= room {
			if packed, smaller := compress(plain); smaller {
				room -= len(plain)
				plain, metadata[MetadataCompression] = packed, []byte(deflated)
			}
		}
		out[i] = &commonpb.Payload{Metadata: metadata, Data: r.seal(plain, metadata)}
	}
	return out, nil
}

// seal encrypts with the first key.
func (r *KeyRing) seal(plain []byte, metadata map[string][]byte) []byte {
	aead := r.keys[r.active]
	data := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(data) // never fails: crypto/rand ends the process instead
	return aead.Seal(data, data, plain, additional(metadata))
}

// additional is the metadata in plain form that must not be changed.
func additional(metadata map[string][]byte) []byte {
	compression, compressed := metadata[MetadataCompression]
	if !compressed {
		return metadata[MetadataKeyID]
	}
	return slices.Concat(metadata[MetadataKeyID], []byte{0}, compression)
}

// Decode decrypts and unpacks each payload that Encode made, and passes every other one on unchanged. Its errors wrap
// ErrUnknownKey for a key that is not in the ring, and ErrPayload for data that was not made with the key and for
// payloads that unpack to more than 16 MiB in total.
func (r *KeyRing) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	room := maxUnpacked
	for i, payload := range payloads {
		if string(payload.GetMetadata()[converter.MetadataEncoding]) != Encoding {
			out[i] = payload
			continue
		}
		plain, err := r.open(payload)
		if err != nil {
			return nil, err
		}
		if compression, compressed := payload.GetMetadata()[MetadataCompression]; compressed {
			if string(compression) != deflated {
				return nil, fmt.Errorf("%w: compressed as %q", ErrPayload, compression)
			}
			if plain, err = decompress(plain, room); err != nil {
				return nil, err
			}
			room -= len(plain)
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, ErrPayload
		}
	}
	return out, nil
}

// open decrypts a payload.
func (r *KeyRing) open(payload *commonpb.Payload) ([]byte, error) {
	id := payload.GetMetadata()[MetadataKeyID]
	aead, ok := r.keys[string(id)]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownKey, id)
	}
	data := payload.GetData()
	if len(data) < aead.NonceSize() {
		return nil, ErrPayload
	}
	nonce, sealed := data[:aead.NonceSize()], data[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, sealed, additional(payload.GetMetadata()))
	if err != nil {
		return nil, ErrPayload
	}
	return plain, nil
}

// ActiveID is the id of the key that encrypts.
func (r *KeyRing) ActiveID() string { return r.active }

// DataConverter is Temporal's default converter with the ring behind it, for clients, workers of activities and
// replayers. Workers of workflows use WorkflowOptions.
//
// Titles and details remain readable, for operators without access to the codec endpoint. Titles contain ids, types and
// times. Details are not stored: a worker returns them when it is queried.
func (r *KeyRing) DataConverter() converter.DataConverter {
	return titled{converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), r)}
}

// titled encrypts everything except titles and details. The SDK converts a title with ToPayload, as a single string,
// and arguments and results of any type with ToPayloads. Details arrive as a message that the SDK has already
// converted.
type titled struct{ converter.DataConverter }

// ToPayload converts one value; a string is a title.
func (t titled) ToPayload(value any) (*commonpb.Payload, error) {
	if title, ok := value.(string); ok {
		return converter.GetDefaultDataConverter().ToPayload(title)
	}
	return t.DataConverter.ToPayload(value)
}

// FailureConverter also encrypts the messages and stack traces of failures. Error types remain readable, and so does
// the message of an error whose method Plain returns true: Temporal UI does not decrypt why an update was refused.
func (r *KeyRing) FailureConverter() converter.FailureConverter {
	return newFailureConverter(r.DataConverter())
}

// ToPayloads converts arguments or results.
func (t titled) ToPayloads(values ...any) (*commonpb.Payloads, error) {
	if len(values) == 1 {
		if raw, ok := values[0].(converter.RawValue); ok && describes(raw.Payload()) {
			return &commonpb.Payloads{Payloads: []*commonpb.Payload{raw.Payload()}}, nil
		}
	}
	return t.DataConverter.ToPayloads(values...)
}

// describes reports whether the payload is the SDK's description of a workflow, with its current details.
func describes(payload *commonpb.Payload) bool {
	const message = "temporal.api.sdk.v1.WorkflowMetadata"
	return string(payload.GetMetadata()[converter.MetadataMessageType]) == message
}

func newFailureConverter(data converter.DataConverter) converter.FailureConverter {
	options := temporal.DefaultFailureConverterOptions{DataConverter: data}
	readable := temporal.NewDefaultFailureConverter(options)
	options.EncodeCommonAttributes = true
	return &failureConverter{FailureConverter: temporal.NewDefaultFailureConverter(options), readable: readable}
}

// failureConverter encrypts failures, except errors whose method Plain returns true.
type failureConverter struct {
	converter.FailureConverter
	readable converter.FailureConverter
}

// ErrorToFailure checks only the outermost error for Plain: each wrapper adds its own text.
func (f *failureConverter) ErrorToFailure(err error) *failurepb.Failure {
	if plain, ok := err.(interface{ Plain() bool }); ok && plain.Plain() {
		return f.readable.ErrorToFailure(err)
	}
	return f.FailureConverter.ErrorToFailure(err)
}
