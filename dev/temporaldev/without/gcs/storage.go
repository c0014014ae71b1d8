// Package storage stands in for the client of Google Cloud Storage, in which Temporal's server can archive closed
// workflows. The development server archives nothing: every call fails.
package storage

import (
	"context"
	"errors"
	"time"

	"google.golang.org/api/option"
)

var errNone = errors.New("this development server has no client of Google Cloud Storage")

// ScopeFullControl is the scope of a token for it.
const ScopeFullControl = "https://www.googleapis.com/auth/devstorage.full_control"

// What Temporal's server tells apart, and asks for.
var (
	ErrBucketNotExist = errors.New("bucket does not exist")
	ErrObjectNotExist = errors.New("object does not exist")
)

// Bucket, object and query, with the fields that Temporal's server uses.
type (
	BucketAttrs struct{}
	ObjectAttrs struct {
		Name    string
		Created time.Time
	}
	Query struct{ Prefix string }
)

// What a Client gives.
type (
	BucketHandle   struct{}
	ObjectHandle   struct{}
	ObjectIterator struct{}
	Reader         struct{}
	Writer         struct{}
)

// Client cannot be made.
type Client struct{}

// NewClient fails.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errNone }

// Bucket returns a bucket of which every call fails.
func (*Client) Bucket(string) *BucketHandle { return &BucketHandle{} }

// Object returns an object of which every call fails.
func (*BucketHandle) Object(string) *ObjectHandle { return &ObjectHandle{} }

// Objects returns a listing that fails.
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator { return &ObjectIterator{} }

// Attrs fails.
func (*BucketHandle) Attrs(context.Context) (*BucketAttrs, error) { return nil, errNone }

// Next fails.
func (*ObjectIterator) Next() (*ObjectAttrs, error) { return nil, errNone }

// NewWriter returns a writer that fails.
func (*ObjectHandle) NewWriter(context.Context) *Writer { return &Writer{} }

// NewReader fails.
func (*ObjectHandle) NewReader(context.Context) (*Reader, error) { return nil, errNone }

// Attrs fails.
func (*ObjectHandle) Attrs(context.Context) (*ObjectAttrs, error) { return nil, errNone }

// Read fails.
func (*Reader) Read([]byte) (int, error) { return 0, errNone }

// Close fails.
func (*Reader) Close() error { return errNone }

// Write fails.
func (*Writer) Write([]byte) (int, error) { return 0, errNone }

// Close fails.
func (*Writer) Close() error { return errNone }

// CloseWithError fails.
func (*Writer) CloseWithError(error) error { return errNone }
