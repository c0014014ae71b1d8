package codec

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Metadata of a payload that was compressed before it was encrypted, and the only compression there is (RFC 1951).
const (
	MetadataCompression = "compression"
	deflated            = "deflate"
)

const (
	// minCompressed is the size from which a payload is compressed: smaller ones hardly shrink.
	minCompressed = 1 << 10
	// maxUnpacked bounds what the payloads of one call of Decode unpack to, all together: an operator who may decode
	// must not fill the api's memory. Encode compresses no more, so that whatever it made can be decoded.
	maxUnpacked = 16 << 20
)

// Writers and readers have large tables, which are worth keeping.
var (
	writers = sync.Pool{New: func() any {
		w, _ := flate.NewWriter(nil, flate.BestSpeed) // fails on an unknown level only
		return w
	}}
	readers = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

// compress reports false where compressing does not make plain smaller.
//
// A ciphertext tells the length of its plain text, and compressed also how much that repeats itself. Somebody who could
// put text of their choice beside a secret, often and while watching lengths, would learn the secret; payloads hold
// none.
func compress(plain []byte) ([]byte, bool) {
	if len(plain) < minCompressed {
		return nil, false
	}
	var packed bytes.Buffer
	packed.Grow(len(plain) / 2)
	w := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	w.Reset(&packed)
	_, err := w.Write(plain)
	err = errors.Join(err, w.Close()) // never: a buffer takes everything
	return packed.Bytes(), err == nil && packed.Len() < len(plain)
}

// decompress answers ErrPayload for what is damaged or unpacks to more than limit bytes.
func decompress(packed []byte, limit int) ([]byte, error) {
	r := readers.Get().(io.ReadCloser)
	defer readers.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	var plain bytes.Buffer
	plain.Grow(min(4*len(packed), limit+1))
	if _, err := plain.ReadFrom(io.LimitReader(r, int64(limit)+1)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if plain.Len() > limit {
		return nil, fmt.Errorf("%w: it unpacks to more than %d MiB", ErrPayload, maxUnpacked>>20)
	}
	return plain.Bytes(), nil
}
