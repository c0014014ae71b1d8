package conversation

// erasedSince reports whether the follower was erased after they did something, which somebody has sent again. What the
// page brings is proven by a session of afterwards.
func (s *State) erasedSince(in Inbound) bool {
	return in.CreateTime > 0 && in.CreateTime <= s.Erased && in.Web == nil && in.Kind != KindBackfill
}
