package codec_test

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"github.com/wechat-c4c/wechat-c4c/codec"
)

const maxUnpacked = 16 << 20

// forge seals any bytes with a key of this test, as nobody can who has not the key.
func forge(t testing.TB, id, compression string, plain []byte) *commonpb.Payload {
	t.Helper()
	block, err := aes.NewCipher(key(id).Secret)
	require.NoError(t, err)
	aead, err := cipher.NewGCM(block)
	require.NoError(t, err)
	nonce, additional := make([]byte, aead.NonceSize()), []byte(id)
	p := &commonpb.Payload{Metadata: map[string][]byte{
		converter.MetadataEncoding: []byte(codec.Encoding), codec.MetadataKeyID: []byte(id),
	}}
	if compression != "" {
		p.Metadata[codec.MetadataCompression] = []byte(compression)
		additional = append(append(additional, 0), compression...)
	}
	p.Data = aead.Seal(nonce, nonce, plain, additional)
	return p
}

func deflate(t testing.TB, plain []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	require.NoError(t, err)
	_, err = w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return packed.Bytes()
}

func marshal(t testing.TB, p *commonpb.Payload) []byte {
	t.Helper()
	plain, err := proto.Marshal(p)
	require.NoError(t, err)
	return plain
}

// noise does not get smaller.
func noise(size int) []byte {
	data := make([]byte, size)
	for source, i := rand.NewChaCha8([32]byte{}), 0; i < size; i++ {
		data[i] = byte(source.Uint64())
	}
	return data
}

func TestCompressesWhereItPays(t *testing.T) {
	t.Parallel()
	r := ring(t, "a")
	for name, tt := range map[string]struct {
		value      any
		compressed bool
	}{
		"long text":  {strings.Repeat("刹车异响, ", 200), true},
		"short text": {strings.Repeat("a", 900), false},
		"noise":      {noise(100_000), false},
		"too long":   {strings.Repeat("a", maxUnpacked), false},
		"nothing":    {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := payload(t, tt.value)
			sealed := encode(t, r, tt.value)
			mark, marked := sealed.Metadata[codec.MetadataCompression]
			require.Equal(t, tt.compressed, marked)
			if tt.compressed {
				require.Equal(t, "deflate", string(mark))
				require.Less(t, len(sealed.Data), proto.Size(plain)/2)
			} else {
				require.Len(t, sealed.Data, proto.Size(plain)+12+16, "nonce and tag")
			}
			out, err := r.Decode([]*commonpb.Payload{sealed})
			require.NoError(t, err)
			require.True(t, proto.Equal(plain, out[0]))
		})
	}
}

// Histories that were written before payloads were compressed, or by hand at the codec endpoint, stay readable.
func TestDecodesWhatIsNotCompressed(t *testing.T) {
	t.Parallel()
	plain := payload(t, strings.Repeat("a", 10_000))
	out, err := ring(t, "a").Decode([]*commonpb.Payload{forge(t, "a", "", marshal(t, plain))})
	require.NoError(t, err)
	require.True(t, proto.Equal(plain, out[0]))
}

func TestCompressionIsPartOfWhatIsSealed(t *testing.T) {
	t.Parallel()
	r := ring(t, "a")
	for name, change := range map[string]func(*commonpb.Payload){
		"removed": func(p *commonpb.Payload) { delete(p.Metadata, codec.MetadataCompression) },
		"emptied": func(p *commonpb.Payload) { p.Metadata[codec.MetadataCompression] = nil },
		"another": func(p *commonpb.Payload) { p.Metadata[codec.MetadataCompression] = []byte("zstd") },
		"data":    func(p *commonpb.Payload) { p.Data[100] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := encode(t, r, strings.Repeat("text ", 1000))
			change(p)
			_, err := r.Decode([]*commonpb.Payload{p})
			require.ErrorIs(t, err, codec.ErrPayload)
		})
	}
}

// A sender who has the key may still be mistaken, or run another release.
func TestRefusesWhatItCannotUnpack(t *testing.T) {
	t.Parallel()
	zeros := marshal(t, &commonpb.Payload{Data: make([]byte, maxUnpacked)})
	for name, p := range map[string]*commonpb.Payload{
		"not deflated":       forge(t, "a", "deflate", []byte("text")),
		"cut":                forge(t, "a", "deflate", deflate(t, noise(1000))[:500]),
		"nothing":            forge(t, "a", "deflate", nil),
		"not a payload":      forge(t, "a", "deflate", deflate(t, []byte("text"))),
		"another way":        forge(t, "a", "zstd", deflate(t, marshal(t, payload(t, "text")))),
		"more than it may":   forge(t, "a", "deflate", deflate(t, zeros)),
		"far more than that": forge(t, "a", "deflate", deflate(t, make([]byte, 4*maxUnpacked))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ring(t, "a").Decode([]*commonpb.Payload{p})
			require.ErrorIs(t, err, codec.ErrPayload)
		})
	}
}

// The bound holds for all payloads of a call together, or many small ones would pass it by; Encode keeps to it.
func TestUnpacksNoMoreThanItMayInOneCall(t *testing.T) {
	t.Parallel()
	r := ring(t, "a")
	third := payload(t, strings.Repeat("a", maxUnpacked/3))
	all, err := r.Encode([]*commonpb.Payload{third, third, third})
	require.NoError(t, err)
	out, err := r.Decode(all)
	require.NoError(t, err)
	require.Len(t, out, 3)

	one := encode(t, r, strings.Repeat("a", maxUnpacked/3))
	_, err = r.Decode([]*commonpb.Payload{one, one, one})
	require.ErrorIs(t, err, codec.ErrPayload)
	_, url := setup(t, codec.HandlerOptions{})
	res, body := call(t, http.MethodPost, url+"/decode", wire(t, one, one, one), nil)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Contains(t, body, "more than 16 MiB")
}

func FuzzDecode(f *testing.F) {
	r := ring(f, "a", "b")
	short, long := encode(f, r, "text"), encode(f, r, strings.Repeat("text", 1000))
	f.Add([]byte("a"), "", short.Data)
	f.Add([]byte("b"), "", short.Data)
	f.Add([]byte("a"), "deflate", long.Data)
	f.Add([]byte("a"), "deflate", short.Data)
	f.Add([]byte(""), "", []byte{})
	f.Add([]byte("a"), "zstd", []byte("0123456789ab"))
	f.Fuzz(func(t *testing.T, id []byte, compression string, data []byte) {
		p := &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(codec.Encoding), codec.MetadataKeyID: id},
			Data:     data,
		}
		if compression != "" {
			p.Metadata[codec.MetadataCompression] = []byte(compression)
		}
		out, err := r.Decode([]*commonpb.Payload{p})
		if err == nil {
			require.Contains(t, string(out[0].Data), `"text`, "only what Encode made may open")
			return
		}
		require.True(t, errors.Is(err, codec.ErrPayload) || errors.Is(err, codec.ErrUnknownKey), "%v", err)
	})
}

// FuzzUnpack reads what has the right key and may be anything.
func FuzzUnpack(f *testing.F) {
	r := ring(f, "a")
	f.Add("deflate", deflate(f, marshal(f, payload(f, strings.Repeat("text", 1000)))))
	f.Add("deflate", deflate(f, []byte("text")))
	f.Add("deflate", deflate(f, make([]byte, 1<<14)))
	f.Add("deflate", []byte{})
	f.Add("", marshal(f, payload(f, "text")))
	f.Add("", []byte("text"))
	f.Add("zstd", []byte("text"))
	f.Fuzz(func(t *testing.T, compression string, plain []byte) {
		out, err := r.Decode([]*commonpb.Payload{forge(t, "a", compression, plain)})
		if err != nil {
			require.ErrorIs(t, err, codec.ErrPayload)
			return
		}
		require.LessOrEqual(t, len(out[0].GetData()), maxUnpacked)
		again, err := r.Encode(out)
		require.NoError(t, err)
		back, err := r.Decode(again)
		require.NoError(t, err)
		require.True(t, proto.Equal(out[0], back[0]))
	})
}

// FuzzRoundTrip encodes anything and gets it back.
func FuzzRoundTrip(f *testing.F) {
	r := ring(f, "a")
	f.Add("encoding", []byte("json/plain"), []byte(`"text"`), 1)
	f.Add("encoding", []byte(codec.Encoding), []byte("text"), 300)
	f.Add("", []byte(nil), []byte(nil), 0)
	f.Fuzz(func(t *testing.T, name string, value, data []byte, times int) {
		in := &commonpb.Payload{Data: bytes.Repeat(data, times&0xfff)}
		if name != "" {
			in.Metadata = map[string][]byte{strings.ToValidUTF8(name, "?"): value}
		}
		sealed, err := r.Encode([]*commonpb.Payload{in})
		require.NoError(t, err)
		require.LessOrEqual(t, len(sealed[0].Data), proto.Size(in)+12+16, "never larger than uncompressed")
		out, err := r.Decode(sealed)
		require.NoError(t, err)
		require.True(t, proto.Equal(in, out[0]))
	})
}

// waiting is a message that waits in a conversation, in the form of conversation.Inbound.
type waiting struct {
	Key        string `json:"key"`
	Kind       string `json:"kind"`
	OpenID     string `json:"openid"`
	CreateTime int64  `json:"create_time"`
	MsgID      string `json:"msg_id"`
	MsgType    string `json:"msg_type"`
	Text       string `json:"text"`
	Trace      string `json:"trace"`
}

var words = strings.Fields(`刹车 异响 请问 什么 时候 可以 维修 我的 车 在 高速 公路 上 发出 很大 的 声音 谢谢 你们 客服 电话 打不通
	订单 发票 地址 上海市 浦东新区 明天 下午 三点 能否 预约 保养 轮胎 更换 机油 空调 不制冷 导航 升级 保险 理赔 照片 已经 发送 还是
	没有 回复 麻烦 尽快 处理 一下 brakes squeal since yesterday please call me order number`)

// conversation is a state of so many messages, each with a text of its own.
func conversation(messages, size int) json.RawMessage {
	random := rand.New(rand.NewPCG(1, 2))
	var inbox []waiting
	for i := range messages {
		var text strings.Builder
		for text.Len() < size {
			text.WriteString(words[random.IntN(len(words))])
		}
		id := fmt.Sprint(24_000_000_000_000_000 + random.Int64N(1_000_000_000_000_000))
		inbox = append(inbox, waiting{
			Key: id, Kind: "message", OpenID: "oAbCdEfGhIjKlMnOpQrStUvWxYz1", CreateTime: 1_714_000_000 + int64(i),
			MsgID: id, MsgType: "text", Text: text.String(),
			Trace: fmt.Sprintf("00-%016x%016x-%016x-01", random.Uint64(), random.Uint64(), random.Uint64()),
		})
	}
	state, err := json.Marshal(map[string]any{"account": "default", "state": map[string]any{"inbox": inbox}})
	if err != nil {
		panic(err)
	}
	return state
}

// Temporal takes payloads of up to 2 MB. What waits in a conversation travels as one.
func TestALongConversationFits(t *testing.T) {
	t.Parallel()
	state := conversation(2000, 600)
	require.Greater(t, len(state), 1_500_000)
	require.Less(t, len(encode(t, ring(t, "a"), state).Data), 600_000)
}

func BenchmarkEncode(b *testing.B) {
	r := ring(b, "a")
	for _, size := range []struct{ messages, text int }{{1, 60}, {1, 600}, {50, 60}, {2000, 60}, {2000, 600}} {
		b.Run(fmt.Sprintf("%d_of_%d", size.messages, size.text), func(b *testing.B) {
			in := []*commonpb.Payload{payload(b, conversation(size.messages, size.text))}
			b.SetBytes(int64(proto.Size(in[0])))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Encode(in); err != nil {
					b.Fatal(err)
				}
			}
			sealed, err := r.Encode(in)
			require.NoError(b, err)
			b.ReportMetric(float64(proto.Size(in[0])), "plain-bytes")
			b.ReportMetric(float64(proto.Size(sealed[0])), "stored-bytes")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	r := ring(b, "a")
	for _, size := range []struct{ messages, text int }{{1, 60}, {1, 600}, {50, 60}, {2000, 60}, {2000, 600}} {
		b.Run(fmt.Sprintf("%d_of_%d", size.messages, size.text), func(b *testing.B) {
			in := []*commonpb.Payload{payload(b, conversation(size.messages, size.text))}
			sealed, err := r.Encode(in)
			require.NoError(b, err)
			b.SetBytes(int64(proto.Size(in[0])))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Decode(sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
