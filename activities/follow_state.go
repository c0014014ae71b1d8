package activities

import "context"

// FollowState reports whether someone follows the account.
type FollowState struct {
	Follows bool `json:"follows"`
}

// FollowState asks WeChat whether the follower still follows.
// Source: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo.html
func (a *WeChat) FollowState(ctx context.Context, in Follower) (FollowState, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return FollowState{}, err
	}
	info, err := client.UserInfo(ctx, in.OpenID, "zh_CN")
	return FollowState{Follows: info.Subscribed}, fromWeChat(ctx, err)
}
