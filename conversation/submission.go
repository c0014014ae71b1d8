package conversation

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

// first reports whether something is new, and remembers it. A signal was already promised to the follower: if its key
// was used for other content, it becomes a submission of its own.
func (s *step) first(in *Inbound) bool {
	if s.Reused(*in) {
		key, _ := SubmissionKey(in.Key)
		key += in.Web.Content[:min(len(in.Web.Content), separateLength)]
		in.Key, in.MsgID = submissionMark+key, WebMsgID(key)
	}
	if !s.Seen.first(in.Key) {
		return false
	}
	if content := in.content(); content != "" {
		s.Seen.first(content)
	}
	return true
}
