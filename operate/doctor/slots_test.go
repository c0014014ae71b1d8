package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/slots"
)

// sharing is a Temporal with a workflow that shares slots.
type sharing struct {
	client.Client
	ledger slots.Ledger
	fails  error
}

func (s sharing) QueryWorkflow(_ context.Context, id, _, query string, _ ...any) (converter.EncodedValue, error) {
	if id != "share-c4c/my123456.crm.ondemand.com" || query != "slots" {
		return nil, errors.New("another question")
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(s.ledger)
	if err != nil {
		return nil, err
	}
	return client.NewValue(payloads), s.fails
}

func TestWhoHoldsSlots(t *testing.T) {
	t.Parallel()
	now := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		name    string
		of      sharing
		verdict Verdict
		says    string
	}{
		{"nobody ever", sharing{fails: serviceerror.NewNotFound("workflow not found")}, OK, "all are free: nobody has asked"},
		{"nobody now", sharing{}, OK, "all are free"},
		{"no answer", sharing{fails: context.DeadlineExceeded}, Fail,
			"does not say who has how many: context deadline exceeded"},
		{"other keys", sharing{fails: fmt.Errorf("unable to decode: %w", codec.ErrUnknownKey)}, Fail, "unknown key"},
		{"two", sharing{ledger: slots.Ledger{Holders: []slots.Holder{
			{Process: "1@a/AB", Cap: 8, Slots: 5, Until: now.Add(time.Minute)},
			{Process: "1@b/CD", Cap: 8, Slots: 3, Until: now.Add(time.Minute)},
		}}}, OK, "8 of 8 given away: 1@a/AB has 5, 1@b/CD has 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &cluster{client: tt.of, TemporalOptions: TemporalOptions{Tenant: "my123456.crm.ondemand.com"}}
			found := c.slots(t.Context())
			require.Equal(t, tt.verdict, found.Verdict)
			require.Contains(t, found.Detail, tt.says)
			require.Equal(t, tt.verdict != OK, found.Remedy != "")
			require.Equal(t, errors.Is(tt.of.fails, codec.ErrUnknownKey), strings.Contains(found.Remedy, "CODEC_KEYS"))
		})
	}
}

func TestSlotsOfTheLost(t *testing.T) {
	t.Parallel()
	now := time.Now()
	lost := slots.Ledger{Holders: []slots.Holder{
		{Process: "1@a/AB", Cap: 8, Slots: 5, Until: now.Add(-time.Minute), Room: 65 * time.Second},
		{Process: "1@b/CD", Cap: 8, Slots: 3, Until: now.Add(-time.Minute), Room: time.Second},
	}}
	require.Equal(t, "5 of 8 given away: 1@a/AB has 5 and is lost: they are free in 5s", sharedAt(lost, now))
	require.Equal(t, "all are free; nobody gets more for 45s, for the workflow was ended and started anew",
		sharedAt(slots.Ledger{QuietUntil: now.Add(45 * time.Second)}, now))
}

// secretive is a Temporal whose workers encrypt their failures with another key.
type secretive struct{ client.Client }

func (secretive) ExecuteActivity(
	context.Context, client.StartActivityOptions, any, ...any,
) (client.ActivityHandle, error) {
	return nil, temporal.NewApplicationError("Encoded failure", "wrapError")
}

func TestFailuresOfOtherKeys(t *testing.T) {
	t.Parallel()
	found := (&cluster{client: secretive{}}).writes(t.Context())
	require.Equal(t, Fail, found.Verdict)
	require.Contains(t, found.Remedy, "CODEC_KEYS")
	require.NotContains(t, found.Detail, "wrapError")
}
