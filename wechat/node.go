package wechat

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits of what strangers can make the parsers build. WeChat's deepest push has five levels and its longest, a
// broadcast of eight articles, about a hundred elements.
const (
	maxDepth = 32
	maxNodes = 10_000
)

// node is one element of a push, the same for XML and JSON: repeated elements and arrays become children of one name.
// All methods work on nil, so that absent parents need no checks.
type node struct {
	name     string
	value    []byte
	children []*node
}

// child returns the first child of that name, or nil.
func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// all returns the children of that name.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// items returns the entries of a list: XML wraps them in item elements inside wrapper, JSON may give them directly.
func (n *node) items(wrapper string) []*node {
	var found []*node
	for _, w := range n.all(wrapper) {
		inner := w.all("item")
		if len(inner) == 0 && len(w.children) > 0 {
			inner = []*node{w}
		}
		found = append(found, inner...)
	}
	return found
}

// text returns the value of the first child with one of the names, unchanged.
func (n *node) text(names ...string) string {
	for _, name := range names {
		if c := n.child(name); c != nil {
			return string(c.value)
		}
	}
	return ""
}

// str is text without surrounding blanks, which indentation around CDATA leaves behind.
func (n *node) str(names ...string) string { return strings.TrimSpace(n.text(names...)) }

// list returns the values of all children of that name.
func (n *node) list(name string) []string {
	var values []string
	for _, c := range n.all(name) {
		values = append(values, strings.TrimSpace(string(c.value)))
	}
	return values
}

// int returns a child's number; 0 if it is absent or not a number: only a bad header is a reason to refuse a push.
func (n *node) int(names ...string) int64 {
	return number(n.str(names...))
}

func number(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return v
}

// float returns a child's finite number; 0 otherwise.
func (n *node) float(name string) float64 {
	v, err := strconv.ParseFloat(n.str(name), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// maxUnix is the last second of the year 9999, beyond which a time cannot be written as RFC 3339.
const maxUnix = 253402300799

// time returns a child's Unix seconds; the zero time when absent or out of range.
func (n *node) time(name string) time.Time {
	v := n.int(name)
	if v <= 0 || v > maxUnix {
		return time.Time{}
	}
	return time.Unix(v, 0).UTC()
}
