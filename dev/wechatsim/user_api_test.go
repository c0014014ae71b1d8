package wechatsim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUserInfo(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "scan", map[string]any{"scene": "shop-3"}) // follows through the code
	info := r.api(get, "/cgi-bin/user/info?openid="+anna+"&lang=zh_CN", nil)
	require.EqualValues(t, 1, info["subscribe"])
	require.Empty(t, info["nickname"], "no names since 2021-12-27")
	require.Equal(t, "ADD_SCENE_QR_CODE", info["subscribe_scene"])
	require.Equal(t, "shop-3", info["qr_scene_str"])
	require.NotContains(t, info, "errcode")
	require.Equal(t, 40003, r.api(get, "/cgi-bin/user/info?openid=oStranger", nil).code())
	require.Equal(t, 41009, r.api(get, "/cgi-bin/user/info", nil).code())

	batch := r.api(post, "/cgi-bin/user/info/batchget", map[string]any{"user_list": []any{map[string]any{"openid": anna}}})
	require.Len(t, batch["user_info_list"], 1)
	require.Zero(t, r.api(post, "/cgi-bin/user/info/updateremark",
		map[string]any{"openid": anna, "remark": "K-100"}).code())
	require.Equal(t, "K-100", r.api(get, "/cgi-bin/user/info?openid="+anna, nil)["remark"])
	require.Equal(t, 40035, r.api(post, "/cgi-bin/user/info/updateremark",
		map[string]any{"openid": anna, "remark": strings.Repeat("长", 31)}).code())

	r.event(anna, "unsubscribe", nil)
	require.Equal(t, reply{"subscribe": 0.0, "openid": anna}, r.api(get, "/cgi-bin/user/info?openid="+anna, nil))
}

func TestUserListPages(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	control[map[string]any](r, post, "/_sim/followers", map[string]any{"count": 10_001})
	require.Empty(t, r.pushes(), "followers who followed long ago are not announced")
	first := r.api(get, "/cgi-bin/user/get", nil)
	require.EqualValues(t, 10_001, first["total"])
	require.EqualValues(t, 10_000, first["count"])
	next := fmt.Sprint(first["next_openid"])
	second := r.api(get, "/cgi-bin/user/get?next_openid="+next, nil)
	require.EqualValues(t, 1, second["count"])
	last := r.api(get, "/cgi-bin/user/get?next_openid="+fmt.Sprint(second["next_openid"]), nil)
	require.EqualValues(t, 0, last["count"])
	require.NotContains(t, last, "data")
	require.Equal(t, 40003, r.api(get, "/cgi-bin/user/get?next_openid=nobody", nil).code())
}

func TestTags(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	call := func(path string, body any) reply { return r.api(post, "/cgi-bin/"+path, body) }
	created := call("tags/create", map[string]any{"tag": map[string]any{"name": "客户"}})
	id := created["tag"].(map[string]any)["id"]
	named := func(name string) map[string]any { return map[string]any{"tag": map[string]any{"name": name}} }
	require.Equal(t, 45157, call("tags/create", named("客户")).code())
	require.Equal(t, 45157, call("tags/create", named(" ")).code())
	require.Equal(t, 45158, call("tags/create", named(strings.Repeat("a", 31))).code())
	members := map[string]any{"openid_list": []string{anna}, "tagid": id}
	require.Zero(t, call("tags/members/batchtagging", members).code())
	require.Equal(t, []any{id}, call("tags/getidlist", map[string]any{"openid": anna})["tagid_list"])
	require.EqualValues(t, 1, call("user/tag/get", map[string]any{"tagid": id})["count"])
	require.Equal(t, 45159,
		call("tags/members/batchtagging", map[string]any{"openid_list": []string{anna}, "tagid": 999}).code())
	require.Equal(t, 40031, call("tags/members/batchtagging", map[string]any{"tagid": id}).code())
	require.Equal(t, 40032,
		call("tags/members/batchtagging", map[string]any{"openid_list": make([]string, 51), "tagid": id}).code())
	require.Zero(t, call("tags/update", map[string]any{"tag": map[string]any{"id": id, "name": "老客户"}}).code())
	require.Contains(t, fmt.Sprint(r.api(get, "/cgi-bin/tags/get", nil)["tags"]), "count:1 id:101 name:老客户")
	require.Zero(t, call("tags/members/batchuntagging", members).code())
	require.Equal(t, 45058, call("tags/delete", map[string]any{"tag": map[string]any{"id": 2}}).code())
	require.Zero(t, call("tags/delete", map[string]any{"tag": map[string]any{"id": id}}).code())
}
