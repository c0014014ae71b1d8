package codec

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Metadata of a payload that was compressed before it was encrypted, and the only compression in use (RFC 1951).
const (
	MetadataCompression = "compression"
	deflated            = "deflate"
)

const (
	// minCompressed is the smallest payload that is compressed, in bytes: smaller ones hardly shrink.
	minCompressed = 1 << 10
	// maxUnpacked limits the total size to which the payloads of one call of Decode unpack, in bytes: an operator who
	// may decode must not fill the api's memory. Encode compresses no more than that, so that everything it makes can
	// be decoded.
	maxUnpacked = 16 << 20
)

// Writers and readers are pooled because of their large tables.
var (
	writers = sync.Pool{New: func() any {
		w, _ := flate.NewWriter(nil, flate.BestSpeed) // fails on an unknown level only
		return w
	}}
	readers = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

// compress returns plain compressed; ok is false if that is not smaller.
//
// The length of a ciphertext reveals that of its plain text and, after compression, how much the plain text repeats
// itself. Someone who can put chosen text next to a secret, often and while watching lengths, could learn the secret.
// Payloads contain no secrets.
func compress(plain []byte) (packed []byte, ok bool) {
	if len(plain) < minCompressed {
		return nil, false
	}
	var buffer bytes.Buffer
	buffer.Grow(len(plain) / 2)
	w := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	w.Reset(&buffer)
	_, err := w.Write(plain)
	err = errors.Join(err, w.Close()) // always nil: a buffer accepts everything
	return buffer.Bytes(), err == nil && buffer.Len() < len(plain)
}

// decompress is the inverse of compress. It returns ErrPayload for data that is damaged or unpacks to more than limit
// bytes.
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
