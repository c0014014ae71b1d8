package wechatsim

import (
	"slices"
	"strings"
)

const (
	tagsPerAccount  = 100
	tagsPerFollower = 20
	tagNameBytes    = 30
	openIDsPerBatch = 50
)

// tag is a label of the account; ids below 100 are WeChat's own.
type tag struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type tagRequest struct {
	Tag tag `json:"tag"`
}

type openIDRequest struct {
	OpenIDs []string `json:"openid_list"`
	TagID   int64    `json:"tagid"`
}

func (st *state) tagIndex(id int64) int {
	return slices.IndexFunc(st.Tags, func(t tag) bool { return t.ID == id })
}

func (st *state) checkTagName(name string, own int64) error {
	switch {
	case strings.TrimSpace(name) == "":
		return refuse(45157)
	case len(name) > tagNameBytes:
		return refuse(45158)
	case slices.ContainsFunc(st.Tags, func(t tag) bool { return t.Name == name && t.ID != own }):
		return refuse(45157)
	}
	return nil
}

// createTag: https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_createtag.html
func createTag(c *call) (any, error) {
	var in tagRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	st := c.s.state
	if err := st.checkTagName(in.Tag.Name, 0); err != nil {
		return nil, err
	}
	if len(st.Tags) >= tagsPerAccount {
		return nil, refuse(45056)
	}
	created := tag{ID: st.serial(), Name: in.Tag.Name}
	st.Tags = append(st.Tags, created)
	return tagRequest{Tag: created}, nil
}

func listTags(c *call) (any, error) {
	type counted struct {
		tag
		Count int `json:"count"`
	}
	tags := []counted{}
	for _, t := range c.s.state.Tags {
		n := 0
		for _, f := range c.s.state.Followers {
			if slices.Contains(f.TagIDs, t.ID) {
				n++
			}
		}
		tags = append(tags, counted{tag: t, Count: n})
	}
	return map[string]any{"tags": tags}, nil
}

func updateTag(c *call) (any, error) {
	var in tagRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	i, err := c.ownTag(in.Tag.ID)
	if err != nil {
		return nil, err
	}
	if err := c.s.state.checkTagName(in.Tag.Name, in.Tag.ID); err != nil {
		return nil, err
	}
	c.s.state.Tags[i].Name = in.Tag.Name
	return ok(), nil
}

func deleteTag(c *call) (any, error) {
	var in tagRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	i, err := c.ownTag(in.Tag.ID)
	if err != nil {
		return nil, err
	}
	c.s.state.Tags = slices.Delete(c.s.state.Tags, i, i+1)
	for openid, f := range c.s.state.Followers {
		c.s.state.journal.touch(openid)
		f.TagIDs = slices.DeleteFunc(f.TagIDs, func(id int64) bool { return id == in.Tag.ID })
	}
	return ok(), nil
}

// ownTag finds a tag that the account made and may therefore change.
func (c *call) ownTag(id int64) (int, error) {
	i := c.s.state.tagIndex(id)
	if i < 0 {
		return 0, refuse(45159)
	}
	if id < 100 {
		return 0, refuse(45058)
	}
	return i, nil
}

// tagFollowers: https://developers.weixin.qq.com/doc/service/api/usermanage/tag/api_batchtagging.html
func tagFollowers(c *call) (any, error) {
	return c.retag(func(f *follower, id int64) error {
		if slices.Contains(f.TagIDs, id) {
			return nil
		}
		if len(f.TagIDs) >= tagsPerFollower {
			return refuse(45059)
		}
		f.TagIDs = append(f.TagIDs, id)
		return nil
	})
}

func untagFollowers(c *call) (any, error) {
	return c.retag(func(f *follower, id int64) error {
		f.TagIDs = slices.DeleteFunc(f.TagIDs, func(have int64) bool { return have == id })
		return nil
	})
}

func (c *call) retag(change func(f *follower, id int64) error) (any, error) {
	var in openIDRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if c.s.state.tagIndex(in.TagID) < 0 {
		return nil, refuse(45159)
	}
	return c.eachFollower(in.OpenIDs, openIDsPerBatch, func(f *follower) error { return change(f, in.TagID) })
}

// eachFollower changes nothing unless all openids are followers.
func (c *call) eachFollower(openids []string, limit int, change func(f *follower) error) (any, error) {
	if len(openids) == 0 {
		return nil, refuse(40031)
	}
	if len(openids) > limit {
		return nil, refuse(40032)
	}
	followers := make([]*follower, 0, len(openids))
	for _, openid := range openids {
		f, err := c.addressee(openid)
		if err != nil {
			return nil, err
		}
		if !f.Subscribed {
			return nil, refuse(49003)
		}
		followers = append(followers, f)
	}
	for _, f := range followers {
		if err := change(f); err != nil {
			return nil, err
		}
	}
	return ok(), nil
}

func tagsOfFollower(c *call) (any, error) {
	var in struct {
		OpenID string `json:"openid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	f, err := c.addressee(in.OpenID)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tagid_list": append([]int64{}, f.TagIDs...)}, nil
}

func followersOfTag(c *call) (any, error) {
	var in struct {
		TagID int64  `json:"tagid"`
		Next  string `json:"next_openid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if c.s.state.tagIndex(in.TagID) < 0 {
		return nil, refuse(45159)
	}
	return c.openIDs(in.Next, func(f *follower) bool { return slices.Contains(f.TagIDs, in.TagID) })
}

func (c *call) openIDs(next string, wanted func(f *follower) bool) (any, error) {
	var openids []string
	for _, openid := range c.s.state.following() {
		if wanted(c.s.state.Followers[openid]) {
			openids = append(openids, openid)
		}
	}
	part, found := page(openids, next, 10_000)
	if !found {
		return nil, refuse(40003)
	}
	out := openIDPage(part)
	out["total"] = len(openids)
	return out, nil
}

// getBlacklist: https://developers.weixin.qq.com/doc/service/api/usermanage/blacklist/api_getblacklist.html
func getBlacklist(c *call) (any, error) {
	var in struct {
		Begin string `json:"begin_openid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return c.openIDs(in.Begin, func(f *follower) bool { return f.Blacklisted })
}

func blacklistFollowers(c *call) (any, error)   { return c.blacklist(true) }
func unblacklistFollowers(c *call) (any, error) { return c.blacklist(false) }

func (c *call) blacklist(on bool) (any, error) {
	var in openIDRequest
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return c.eachFollower(in.OpenIDs, 20, func(f *follower) error {
		f.Blacklisted = on
		return nil
	})
}
