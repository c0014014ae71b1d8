package c4csim

import "strings"

func (s *Simulator) maintainActivities(request *node) (string, bool) {
	return s.eachActivity(request, func(n *node) (*row, *problem) {
		existing := s.db.first(typeActivity, "SocialMediaMessageID", messageIDOf(n))
		code := n.attr("actionCode")
		switch code {
		case "", "01", "04": // no ID and no UUID: C4C cannot recognise the message, so a repeat makes a second one
			return s.createActivity(activityOf(n))
		}
		what, p := decide(code, existing != nil)
		switch {
		case p != nil:
			return nil, p
		case what == actionUpdate:
			s.db.set(existing, s.now(), "Text", n.verbatim("InteractionContent", "Text"))
			s.changed()
		case what == actionDelete:
			s.db.remove(existing)
			s.changed()
		}
		return existing, nil
	})
}

// checkActivities is the dry run: the same checks, but nothing is stored.
func (s *Simulator) checkActivities(request *node) (string, bool) {
	return s.eachActivity(request, func(n *node) (*row, *problem) {
		_, p := s.checkActivity(activityOf(n))
		return nil, p
	})
}

func (s *Simulator) eachActivity(request *node, do func(*node) (*row, *problem)) (string, bool) {
	var inner strings.Builder
	var problems []problem
	for _, n := range request.children {
		if n.name != typeActivity {
			continue
		}
		r, p := do(n)
		if p != nil {
			problems = append(problems, *p)
		} else if r != nil {
			inner.WriteString("<SocialMediaActivity>" + element("UUID", strings.ToLower(r.uuid())) +
				element("ID", r.text("ID")) +
				element("ChangeStateID", r.changeState()) + "</SocialMediaActivity>")
		}
	}
	if len(problems) > 0 {
		inner.WriteString(logXML(problems...))
	}
	return inner.String(), len(problems) > 0
}

func messageIDOf(n *node) string { return strings.TrimSpace(n.verbatim("SocialMediaMessageID")) }

func activityOf(n *node) newActivity {
	parent := n.value("ParentSocialMediaMessageID")
	if parent == "" {
		parent = n.value("RootSocialMediaMessageID")
	}
	return newActivity{
		messageID: messageIDOf(n), parentMessageID: parent, profileID: n.value("SocialMediaUserProfileID"),
		providerID: n.value("SocialMediaActivityProviderID"), text: n.verbatim("InteractionContent", "Text"),
	}
}

func (s *Simulator) queryActivities(request *node) (string, bool) {
	const name, lower = "SelectionBySocialMediaMessageID", "LowerBoundarySocialMediaMessageID"
	ranges := request.child("SocialMediaActivitySelectionByElements")
	var rows []*row
	if id, ok := plainRange(ranges, name, lower); ok {
		rows = s.db.find(typeActivity, "SocialMediaMessageID", id)
	} else {
		rows = filterRows(s.db.all(typeActivity), func(r *row) bool {
			return selected(ranges, name, lower, r.text("SocialMediaMessageID"))
		})
	}
	return answerQuery(request, rows, func(r *row) string {
		var b strings.Builder
		b.WriteString(element("UUID", strings.ToLower(r.uuid())) + element("ID", r.text("ID")) +
			element("SocialMediaMessageID", r.text("SocialMediaMessageID")))
		if parent := s.parentOf(r); parent != nil && parent != r {
			b.WriteString(optional("ParentSocialMediaMessageID", parent.text("SocialMediaMessageID")))
			b.WriteString(optional("RootSocialMediaMessageID", s.rootOf(r).text("SocialMediaMessageID")))
		}
		if profile := s.db.get(typeProfile, undashed(r.text("SocialMediaUserProfileUUID"))); profile != nil {
			b.WriteString(element("SocialMediaUserProfileID", profile.text("ID")))
		}
		b.WriteString(element("SocialMediaActivityProviderID", r.text("SocialMediaActivityProviderID")))
		b.WriteString("<InteractionContent>" + element("Text", r.text("Text")) + "</InteractionContent>")
		return "<SocialMediaActivity>" + b.String() + "</SocialMediaActivity>"
	}), false
}
