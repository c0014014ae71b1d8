package conversation

// erasedSince reports whether the follower was erased after this event, which is then a repeated delivery. Events of
// the page are exempt: they prove a session begun after the erasure.
func (s *State) erasedSince(in Inbound) bool {
	return in.CreateTime > 0 && in.CreateTime <= s.Erased && in.Web == nil && in.Kind != KindBackfill
}
