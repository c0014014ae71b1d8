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
	"github.com/wechat-c4c/wechat-c4c/wording"
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
		}}}, OK, "8 of 8 taken (1@a/AB holds 5, 1@b/CD holds 3)"},
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

// The doctor says it as the status does, in the language of whoever reads it.
func TestSlotsInChinese(t *testing.T) {
	t.Parallel()
	of := sharing{ledger: slots.Ledger{Holders: []slots.Holder{
		{Process: "1@a/AB", Cap: 8, Slots: 5, Until: time.Now().Add(time.Hour)},
	}}}
	c := &cluster{client: of, TemporalOptions: TemporalOptions{Tenant: "my123456.crm.ondemand.com"}}
	require.Equal(t, "8 个中已占 5 个（1@a/AB 占 5 个）", c.slots(t.Context()).in(wording.Chinese).Detail)
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
