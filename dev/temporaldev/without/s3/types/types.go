// Package types has what Temporal's server uses of the types of S3.
package types

// Object is an entry of a listing.
type Object struct{ Key *string }

// CommonPrefix is a folder of a listing.
type CommonPrefix struct{ Prefix *string }

// NoSuchBucket is S3's error for a missing bucket.
type NoSuchBucket struct{}

func (*NoSuchBucket) Error() string { return "no such bucket" }

// NoSuchKey is S3's error for a missing object.
type NoSuchKey struct{}

func (*NoSuchKey) Error() string { return "no such key" }
