package c4csim

// Channel is a further social media channel of the tenant. It shares the channel code of [Options].
type Channel struct {
	// ID is the SocialMediaActivityProviderID.
	ID string
	// MashupURL receives agents' replies on this channel. Empty: that of [Options].
	MashupURL string
	// WebhookUser and WebhookPassword are sent with them. Empty: those of [Options].
	WebhookUser, WebhookPassword string
}

// channels returns all channels, with their defaults filled in.
func (o Options) channels() []Channel {
	all := []Channel{{o.ChannelID, o.MashupURL, o.WebhookUser, o.WebhookPassword}}
	for _, c := range o.Channels {
		if c.MashupURL == "" {
			c.MashupURL = o.MashupURL
		}
		if c.WebhookUser == "" {
			c.WebhookUser, c.WebhookPassword = o.WebhookUser, o.WebhookPassword
		}
		all = append(all, c)
	}
	return all
}

// channel finds a channel by its id.
func (s *Simulator) channel(id string) (Channel, bool) {
	for _, c := range s.opts.channels() {
		if c.ID == id {
			return c, true
		}
	}
	return Channel{}, false
}

// channelOfActivity returns the channel for an answer: the one that its thread came in on.
func (s *Simulator) channelOfActivity(id string) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.db.first(typeActivity, "ID", id); a != nil {
		if c, ok := s.channel(s.rootOf(a).text("SocialMediaActivityProviderID")); ok {
			return c
		}
	}
	return s.opts.channels()[0]
}

// providerOf returns the channel of a new activity: the one it names, or that of its thread.
func (s *Simulator) providerOf(at place, a newActivity) string {
	switch {
	case a.providerID != "":
		return a.providerID
	case at.root != nil:
		return at.root.text("SocialMediaActivityProviderID")
	}
	return s.opts.ChannelID
}

// webhookUser returns the credentials for an address.
func (s *Simulator) webhookUser(target string) (user, password string) {
	for _, c := range s.opts.channels() {
		if c.MashupURL == target {
			return c.WebhookUser, c.WebhookPassword
		}
	}
	return s.opts.WebhookUser, s.opts.WebhookPassword
}
