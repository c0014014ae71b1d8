package conversation

// separateLength is how much of a content's hash keeps two submissions under one key apart.
const separateLength = 16

// Reused reports whether a submission comes under a key that another one with other content has used.
func (s *State) Reused(in Inbound) bool {
	return in.content() != "" && s.Seen.has(in.Key) && !s.Seen.has(in.content())
}

// content is the key and what was submitted under it; empty: the Inbound is no submission, or does not say.
func (in Inbound) content() string {
	if in.Web == nil || in.Web.Content == "" {
		return ""
	}
	return in.Key + "/" + in.Web.Content
}

// first reports whether something is new, and remembers it. What comes as a signal was promised to the
// follower already: under a key that was used for other content it becomes a submission of its own.
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
