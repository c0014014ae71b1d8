package config

import "bytes"

// Unmarked drops the byte order mark with which some editors begin a file.
func Unmarked(content []byte) []byte { return bytes.TrimPrefix(content, []byte("\ufeff")) }
