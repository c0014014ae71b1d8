package c4csim

import "maps"

// newActivity is a message that a follower sent, before the tenant has it. The thread is named by message id (SOAP) or
// UUID (OData).
type newActivity struct {
	messageID, parentMessageID     string
	parentUUID                     string
	profileID, profileUUID         string
	providerID, channelCode        string
	categoryCode, author, language string
	text                           string
	private                        bool
	extra                          map[string]any // further properties as they came over OData
}

// place is the position of a new activity.
type place struct {
	// parent, root and ticket are nil for a new thread; ticket is nil too while it does not exist yet
	profile, parent, root, ticket *row
}

// checkActivity finds the place of a new activity, or returns the reason why there is none.
func (s *Simulator) checkActivity(a newActivity) (place, *problem) {
	var at place
	if a.profileUUID != "" {
		at.profile = s.db.get(typeProfile, undashed(a.profileUUID))
	} else {
		at.profile = s.db.first(typeProfile, "ID", a.profileID)
	}
	_, channel := s.channel(a.providerID)
	switch {
	case at.profile == nil:
		return at, invalid("Social media user profile " + a.profileID + a.profileUUID + " does not exist")
	case !channel:
		return at, invalid("Social media channel " + a.providerID + " is not configured")
	case a.channelCode != "" && a.channelCode != s.opts.ChannelCode:
		return at, invalid("Social media channel code " + a.channelCode + " is not configured")
	}
	switch {
	case a.parentUUID != "":
		at.parent = s.db.get(typeActivity, undashed(a.parentUUID))
	case a.parentMessageID != "":
		at.parent = s.db.first(typeActivity, "SocialMediaMessageID", a.parentMessageID)
	default:
		return at, nil
	}
	if at.parent == nil {
		return at, invalid("Parent social media activity does not exist")
	}
	at.root = s.rootOf(at.parent)
	at.ticket = s.ticketOfActivity(at.root)
	if at.ticket == nil {
		return at, nil
	}
	if p := s.lockedProblem(at.ticket.id); p != nil {
		return at, p
	}
	if !openTicket(at.ticket) {
		return at, problemReadOnly("Ticket " + at.ticket.text("ID"))
	}
	return at, nil
}

// createActivity stores a follower's message. A message without a parent starts a thread, whose ticket follows
// automatically.
func (s *Simulator) createActivity(a newActivity) (*row, *problem) {
	at, p := s.checkActivity(a)
	if p != nil {
		return nil, p
	}
	if a.categoryCode == "" {
		a.categoryCode = "001"
		if at.parent != nil {
			a.categoryCode = "003"
		}
	}
	if a.channelCode == "" {
		a.channelCode = s.opts.ChannelCode
	}
	r := s.addActivity(at, "2", a)
	if at.root == nil {
		s.expectTicket(r)
	} else if at.ticket != nil {
		s.refer(at.ticket, r)
		s.db.assign(at.ticket, "ChangedByCustomerIndicator", true)
		s.db.set(at.ticket, s.now(), "RequestAssignmentStatusCode", "1")
	}
	s.changed()
	return r, nil
}

// addActivity inserts the row. initiator is 2 for a follower and 1 for an agent.
func (s *Simulator) addActivity(at place, initiator string, a newActivity) *row {
	now := s.now()
	props := map[string]any{
		"ID": s.db.number(typeActivity), "SocialMediaMessageID": a.messageID, "CategoryCode": a.categoryCode,
		"InitiatorCode": initiator,
		"PriorityCode":  "7", "PrivateSocialMediaMessageIndicator": a.private, "SocialMediaMessageAuthor": a.author,
		"languageCode":           a.language,
		"SocialMediaChannelCode": a.channelCode, "SocialMediaActivityProviderID": s.providerOf(at, a),
		"SocialMediaActivityProviderName": "WeChat",
		"Text":                            a.text, "SocialMediaMessageCreationDateTime": now, "EntityLastChangedOn": now,
	}
	maps.Copy(props, a.extra)
	r := s.db.add(typeActivity, now, props)
	s.db.assign(r, "UUID", r.uuid())
	if at.profile != nil {
		s.db.assign(r, "SocialMediaUserProfileUUID", at.profile.uuid())
	}
	parent, root := at.parent, at.root
	if root == nil {
		parent, root = r, r // a root is its own parent
	}
	s.db.assign(r, "ParentSocialMediaActivityUUID", parent.uuid())
	s.db.assign(r, "RootSocialMediaActivityUUID", root.uuid())
	return r
}

func (s *Simulator) parentOf(r *row) *row {
	return s.db.get(typeActivity, undashed(r.text("ParentSocialMediaActivityUUID")))
}

// rootOf is the activity that started the thread; the activity itself if that one was deleted.
func (s *Simulator) rootOf(r *row) *row {
	if root := s.db.get(typeActivity, undashed(r.text("RootSocialMediaActivityUUID"))); root != nil {
		return root
	}
	return r
}

// threadOf lists a thread's activities in order of arrival.
func (s *Simulator) threadOf(root *row) []*row {
	return s.db.find(typeActivity, "RootSocialMediaActivityUUID", root.uuid())
}
