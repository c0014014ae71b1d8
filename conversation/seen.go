package conversation

import (
	"crypto/sha256"
	"encoding/base64"
)

// maxSeen limits the keys a conversation remembers. Older repeats are rejected by the ids of their syncs.
const maxSeen = 256

// seenSize is the length of one remembered key: 48 bits in base64.
const seenSize = 8

// Seen remembers the keys of accepted events, oldest first, each as a short hash: a conversation carries them for
// life.
type Seen string

func shortHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:seenSize*6/8])
}

// has reports whether a key was accepted before.
func (s Seen) has(key string) bool {
	short := shortHash(key)
	for at := 0; at+seenSize <= len(s); at += seenSize {
		if string(s)[at:at+seenSize] == short {
			return true
		}
	}
	return false
}

// add remembers a key, and reports whether it is new.
func (s *Seen) add(key string) bool {
	if s.has(key) {
		return false
	}
	*s += Seen(shortHash(key))
	if over := len(*s) - maxSeen*seenSize; over > 0 {
		*s = (*s)[over:]
	}
	return true
}

// separateLength is how much of a content's hash distinguishes two submissions with the same key.
const separateLength = 16

// Reused reports whether another submission with different content has used the same key.
func (s *State) Reused(in Inbound) bool {
	return in.content() != "" && s.Seen.has(in.Key) && !s.Seen.has(in.content())
}

// content is the key and content of a submission; empty: the Inbound is not a submission, or does not state its
// content.
func (in Inbound) content() string {
	if in.Web == nil || in.Web.Content == "" {
		return ""
	}
	return in.Key + "/" + in.Web.Content
}

// rememberNew remembers an event, and reports whether it is new. A signal was already promised to the follower: if its
// key was used for other content, it becomes a submission of its own.
func (s *step) rememberNew(in *Inbound) bool {
	if s.Reused(*in) {
		key, _ := SubmissionKey(in.Key)
		key += in.Web.Content[:min(len(in.Web.Content), separateLength)]
		in.Key, in.MsgID = submissionMark+key, WebMsgID(key)
	}
	if !s.Seen.add(in.Key) {
		return false
	}
	if content := in.content(); content != "" {
		s.Seen.add(content)
	}
	return true
}
