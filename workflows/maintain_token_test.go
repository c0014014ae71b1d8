package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

func TestMaintainTokenParksAndTriesAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := MaintainTokenID(testAccount)
	s.tenant.will("CheckToken", times(2, parking(activities.ErrorWeChatIPNotAllowed))...)
	s.start(id, TypeMaintainToken, TokenWorkflowInput{Account: testAccount})
	s.requireState(id, StateNeedsAttention, activities.ErrorWeChatIPNotAllowed)
	s.advance(5 * time.Minute)
	s.check(func() { require.Equal(t, 2, s.tenant.count("CheckToken")) })
	s.requireState(id, StateNeedsAttention, activities.ErrorWeChatIPNotAllowed)
	s.advance(5 * time.Minute)
	s.run()
	require.Equal(t, 3, s.tenant.count("CheckToken"))
	s.requireSynced(id)
}

func TestMaintainTokenTriesAgainOnCommand(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := MaintainTokenID(testAccount)
	s.tenant.will("CheckToken", parking(activities.ErrorWeChatIPNotAllowed))
	s.start(id, TypeMaintainToken, TokenWorkflowInput{Account: testAccount})
	s.command(id, CommandRetry, "ada")
	s.run()
	s.requireSynced(id)
}

func TestMaintainTokenIsStuckWhileWeChatIsAway(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := MaintainTokenID(testAccount)
	s.tenant.will("CheckToken", times(6, later(activities.ErrorWeChatUnavailable, time.Minute))...)
	s.start(id, TypeMaintainToken, TokenWorkflowInput{Account: testAccount})
	s.advance(5 * time.Minute)
	s.requireState(id, StateStuck, "")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(id)
}

func TestRefreshToken(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.will("ForceRefreshToken", transient(activities.ErrorWeChatTokenRefused))
	id := RefreshTokenID(testAccount)
	s.start(id, TypeRefreshToken, TokenWorkflowInput{Account: testAccount, Refused: "01234567"})
	s.advance(time.Minute)
	s.run()
	require.NoError(t, s.closed[id])
	var health activities.TokenHealth
	require.NoError(t, s.results[id].Get(&health))
	require.Equal(t, "not-01234567", health.Fingerprint)
}
