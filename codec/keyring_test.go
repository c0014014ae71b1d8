package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"github.com/wechat-c4c/wechat-c4c/codec"
)

func key(id string) codec.Key {
	return codec.Key{ID: id, Secret: bytes.Repeat([]byte(id[:1]), codec.KeySize)}
}

func ring(t testing.TB, ids ...string) *codec.KeyRing {
	t.Helper()
	var keys []codec.Key
	for _, id := range ids {
		keys = append(keys, key(id))
	}
	r, err := codec.NewKeyRing(keys)
	require.NoError(t, err)
	return r
}

func payload(t testing.TB, value any) *commonpb.Payload {
	t.Helper()
	p, err := converter.GetDefaultDataConverter().ToPayload(value)
	require.NoError(t, err)
	return p
}

func encode(t testing.TB, r *codec.KeyRing, value any) *commonpb.Payload {
	t.Helper()
	out, err := r.Encode([]*commonpb.Payload{payload(t, value)})
	require.NoError(t, err)
	require.Len(t, out, 1)
	return out[0]
}

func TestNewKeyRingRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		keys []codec.Key
		want error
	}{
		{"nothing", nil, codec.ErrNoKeys},
		{"no id", []codec.Key{{Secret: make([]byte, codec.KeySize)}}, codec.ErrKey},
		{"short", []codec.Key{{ID: "a", Secret: make([]byte, 16)}}, codec.ErrKey},
		{"long", []codec.Key{{ID: "a", Secret: make([]byte, 33)}}, codec.ErrKey},
		{"second short", []codec.Key{key("a"), {ID: "b"}}, codec.ErrKey},
		{"twice", []codec.Key{key("a"), key("a")}, codec.ErrKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := codec.NewKeyRing(tt.keys)
			require.ErrorIs(t, err, tt.want)
		})
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	r := ring(t, "a")
	in := []*commonpb.Payload{payload(t, "刹车异响"), payload(t, nil), payload(t, []byte{0, 1, 2}), {}}
	sealed, err := r.Encode(in)
	require.NoError(t, err)
	for _, p := range sealed {
		require.Equal(t, codec.Encoding, string(p.Metadata[converter.MetadataEncoding]))
		require.Equal(t, "a", string(p.Metadata[codec.MetadataKeyID]))
	}
	require.NotContains(t, string(sealed[0].Data), "刹车")
	out, err := r.Decode(sealed)
	require.NoError(t, err)
	require.Len(t, out, len(in))
	for i := range in {
		require.True(t, proto.Equal(in[i], out[i]), "payload %d", i)
	}
}

func TestEqualPayloadsDiffer(t *testing.T) {
	t.Parallel()
	r := ring(t, "a")
	first, second := encode(t, r, "same"), encode(t, r, "same")
	require.NotEqual(t, first.Data, second.Data)
}

func TestRotation(t *testing.T) {
	t.Parallel()
	before, during, after := ring(t, "a"), ring(t, "b", "a"), ring(t, "b")
	old, fresh := encode(t, before, "old"), encode(t, during, "fresh")
	require.Equal(t, "b", string(fresh.Metadata[codec.MetadataKeyID]))

	out, err := during.Decode([]*commonpb.Payload{old, fresh})
	require.NoError(t, err)
	require.Equal(t, `"old"`, string(out[0].Data))
	require.Equal(t, `"fresh"`, string(out[1].Data))

	_, err = after.Decode([]*commonpb.Payload{old})
	require.ErrorIs(t, err, codec.ErrUnknownKey)
	require.ErrorContains(t, err, `"a"`)
}

func TestTampering(t *testing.T) {
	t.Parallel()
	twin, err := codec.NewKeyRing([]codec.Key{key("a"), {ID: "twin", Secret: key("a").Secret}})
	require.NoError(t, err)
	tests := []struct {
		name   string
		change func(*commonpb.Payload)
		want   error
	}{
		{"bit flipped", func(p *commonpb.Payload) { p.Data[len(p.Data)-1] ^= 1 }, codec.ErrPayload},
		{"nonce flipped", func(p *commonpb.Payload) { p.Data[0] ^= 1 }, codec.ErrPayload},
		{"cut", func(p *commonpb.Payload) { p.Data = p.Data[:20] }, codec.ErrPayload},
		{"shorter than the nonce", func(p *commonpb.Payload) { p.Data = p.Data[:11] }, codec.ErrPayload},
		{"empty", func(p *commonpb.Payload) { p.Data = nil }, codec.ErrPayload},
		{"same key under another id", func(p *commonpb.Payload) { p.Metadata[codec.MetadataKeyID] = []byte("twin") },
			codec.ErrPayload},
		{"unknown id", func(p *commonpb.Payload) { p.Metadata[codec.MetadataKeyID] = []byte("c") }, codec.ErrUnknownKey},
		{"no id", func(p *commonpb.Payload) { delete(p.Metadata, codec.MetadataKeyID) }, codec.ErrUnknownKey},
		{"called compressed", func(p *commonpb.Payload) {
			p.Metadata[codec.MetadataCompression] = []byte("deflate")
		}, codec.ErrPayload},
		{"called compressed in no way", func(p *commonpb.Payload) {
			p.Metadata[codec.MetadataCompression] = nil
		}, codec.ErrPayload},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := encode(t, twin, "text")
			tt.change(p)
			_, err := twin.Decode([]*commonpb.Payload{p})
			require.ErrorIs(t, err, tt.want)
		})
	}
}

func TestForeignEncodingsPassThrough(t *testing.T) {
	t.Parallel()
	in := []*commonpb.Payload{payload(t, "plain"), {}, {Metadata: map[string][]byte{"encoding": []byte("binary/zlib")},
		Data: []byte{1}}}
	out, err := ring(t, "a").Decode(in)
	require.NoError(t, err)
	for i := range in {
		require.Same(t, in[i], out[i])
	}
}

func TestConvertersHideFailures(t *testing.T) {
	t.Parallel()
	r := ring(t, "a")
	converted := r.FailureConverter().ErrorToFailure(temporal.NewApplicationErrorWithCause("the follower wrote X",
		"C4CRejected", errors.New("inner X")))
	bytes, err := proto.Marshal(converted)
	require.NoError(t, err)
	require.NotContains(t, string(bytes), "follower wrote")
	require.NotContains(t, string(bytes), "inner X")
	require.Contains(t, string(bytes), "C4CRejected")

	back := r.FailureConverter().FailureToError(converted)
	require.Contains(t, back.Error(), "the follower wrote X")

	p, err := r.DataConverter().ToPayload(map[string]string{"text": "hello"})
	require.NoError(t, err)
	var value map[string]string
	require.NoError(t, r.DataConverter().FromPayload(p, &value))
	require.Equal(t, "hello", value["text"])
}

// readable is an error that is made to be read.
type readable string

func (r readable) Error() string { return string(r) }
func (readable) Plain() bool     { return true }

func TestConvertersShowWhatIsMadeToBeRead(t *testing.T) {
	t.Parallel()
	r := ring(t, "a")
	converted := r.FailureConverter().ErrorToFailure(readable("say who you are"))
	require.Equal(t, "say who you are", converted.GetMessage())
	require.EqualError(t, r.FailureConverter().FailureToError(converted),
		"say who you are (type: readable, retryable: true)")
	wrapped := r.FailureConverter().ErrorToFailure(fmt.Errorf("the follower wrote X: %w", readable("say who you are")))
	require.Equal(t, "Encoded failure", wrapped.GetMessage(), "what is around it may be private")
}

// Operators without the codec read what a row and its steps are about, why it waits, and what to do. Arguments are
// encrypted, strings as well.
func TestTitlesAreReadable(t *testing.T) {
	t.Parallel()
	data := ring(t, "a").DataConverter()
	title, err := data.ToPayload("Reply 42 in ticket 8000001")
	require.NoError(t, err)
	require.Equal(t, `"Reply 42 in ticket 8000001"`, string(title.GetData()))

	arguments, err := data.ToPayloads("the follower wrote X", map[string]string{"text": "X"})
	require.NoError(t, err)
	for _, argument := range arguments.GetPayloads() {
		require.Equal(t, codec.Encoding, string(argument.GetMetadata()[converter.MetadataEncoding]))
	}
	value, err := data.ToPayload(map[string]string{"text": "X"})
	require.NoError(t, err)
	require.Equal(t, codec.Encoding, string(value.GetMetadata()[converter.MetadataEncoding]))

	for message, readable := range map[proto.Message]bool{
		&sdkpb.WorkflowMetadata{CurrentDetails: "What to do: retry"}: true,
		&commonpb.DataBlob{Data: []byte("X")}:                        false,
	} {
		raw, err := converter.GetDefaultDataConverter().ToPayload(message)
		require.NoError(t, err)
		answer, err := data.ToPayloads(converter.NewRawValue(raw))
		require.NoError(t, err)
		encrypted := string(answer.GetPayloads()[0].GetMetadata()[converter.MetadataEncoding]) == codec.Encoding
		require.Equal(t, readable, !encrypted, "%T", message)
	}
}
