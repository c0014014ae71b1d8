package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestNoteAttempt(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	task := func(this time.Time) *workflowservice.PollActivityTaskQueueResponse {
		return &workflowservice.PollActivityTaskQueueResponse{
			TaskToken: []byte("t"), ScheduledTime: timestamppb.New(first), CurrentAttemptScheduledTime: timestamppb.New(this),
		}
	}
	reset := task(first)
	reset.Header = &commonpb.Header{Fields: map[string]*commonpb.Payload{}}
	NoteRunAgain(reset.GetHeader().GetFields())
	for name, test := range map[string]struct {
		task *workflowservice.PollActivityTaskQueueResponse
		want string
	}{
		"first attempt":                     {task(first), "false"},
		"a later one, whatever its number":  {task(first.Add(time.Millisecond)), "true"},
		"first attempt of a workflow again": {reset, "true"},
		"no task": {&workflowservice.PollActivityTaskQueueResponse{
			ScheduledTime: timestamppb.New(first), CurrentAttemptScheduledTime: timestamppb.New(first),
		}, ""},
		"an older server": {&workflowservice.PollActivityTaskQueueResponse{
			TaskToken: []byte("t"), ScheduledTime: timestamppb.New(first),
		}, ""},
	} {
		NoteAttempt(test.task)
		require.Equal(t, test.want, string(test.task.GetHeader().GetFields()[headerAgain].GetData()), name)
	}
}
