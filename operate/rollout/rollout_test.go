package rollout_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/operate/rollout"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// server is a worker deployment in Temporal.
type server struct {
	client.WorkerDeploymentHandle // what the test does not use

	builds           []client.WorkerDeploymentVersionSummary
	queues           map[string][]client.WorkerDeploymentTaskQueueInfo // by build
	current, ramping string
	appear           func()                      // called on each look at a version
	slow             func(context.Context) error // called with its context; an error is the answer
	set              []client.WorkerDeploymentSetCurrentVersionOptions
	refuse           error
}

var (
	onWorkflows = client.WorkerDeploymentTaskQueueInfo{Name: workflows.TaskQueue, Type: client.TaskQueueTypeWorkflow}
	onWeChat    = client.WorkerDeploymentTaskQueueInfo{Name: workflows.QueueWeChat, Type: client.TaskQueueTypeActivity}
	onC4C       = client.WorkerDeploymentTaskQueueInfo{Name: workflows.QueueC4C, Type: client.TaskQueueTypeActivity}
	onPage      = client.WorkerDeploymentTaskQueueInfo{Name: workflows.QueuePage, Type: client.TaskQueueTypeActivity}
	onFiles     = client.WorkerDeploymentTaskQueueInfo{Name: workflows.QueueFiles, Type: client.TaskQueueTypeActivity}
	everything  = []client.WorkerDeploymentTaskQueueInfo{onWorkflows, onWeChat, onC4C, onPage, onFiles}
	birth       = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func version(build string) *sdk.WorkerDeploymentVersion {
	if build == "" {
		return nil
	}
	return &sdk.WorkerDeploymentVersion{DeploymentName: "shop", BuildID: build}
}

func (s *server) Describe(context.Context, client.WorkerDeploymentDescribeOptions) (
	client.WorkerDeploymentDescribeResponse, error) {
	if len(s.builds) == 0 {
		return client.WorkerDeploymentDescribeResponse{}, serviceerror.NewNotFound("no such deployment")
	}
	return client.WorkerDeploymentDescribeResponse{ConflictToken: []byte("token"), Info: client.WorkerDeploymentInfo{
		VersionSummaries: s.builds,
		RoutingConfig: client.WorkerDeploymentRoutingConfig{CurrentVersion: version(s.current),
			RampingVersion: version(s.ramping)},
	}}, nil
}

func (s *server) DescribeVersion(ctx context.Context, o client.WorkerDeploymentDescribeVersionOptions) (
	client.WorkerDeploymentVersionDescription, error) {
	if s.appear != nil {
		s.appear()
	}
	if s.slow != nil {
		if err := s.slow(ctx); err != nil {
			return client.WorkerDeploymentVersionDescription{}, err
		}
	}
	queues, ok := s.queues[o.BuildID]
	if !ok {
		return client.WorkerDeploymentVersionDescription{}, serviceerror.NewNotFound("no such version")
	}
	return client.WorkerDeploymentVersionDescription{Info: client.WorkerDeploymentVersionInfo{TaskQueuesInfos: queues}},
		nil
}

func (s *server) SetCurrentVersion(_ context.Context, o client.WorkerDeploymentSetCurrentVersionOptions) (
	client.WorkerDeploymentSetCurrentVersionResponse, error) {
	s.set = append(s.set, o)
	return client.WorkerDeploymentSetCurrentVersionResponse{}, s.refuse
}

func (s *server) deployment() rollout.Deployment { return rollout.Deployment{Name: "shop", Handle: s} }

func (s *server) add(build string, age time.Duration, drainage client.WorkerDeploymentVersionDrainageStatus,
	queues ...client.WorkerDeploymentTaskQueueInfo) {
	if s.queues == nil {
		s.queues = map[string][]client.WorkerDeploymentTaskQueueInfo{}
	}
	s.queues[build] = queues
	s.builds = append(s.builds, client.WorkerDeploymentVersionSummary{Version: *version(build),
		CreateTime: birth.Add(-age), DrainageStatus: drainage})
}

func TestVersions(t *testing.T) {
	t.Parallel()
	s := &server{current: "4", ramping: "5"}
	s.add("1", 5*time.Hour, client.WorkerDeploymentVersionDrainageStatusDrained, everything...)
	s.add("3", 4*time.Hour, client.WorkerDeploymentVersionDrainageStatusDraining, everything...)
	s.add("6", time.Hour, client.WorkerDeploymentVersionDrainageStatusUnspecified, onC4C, onPage, onFiles)
	s.add("4", 3*time.Hour, client.WorkerDeploymentVersionDrainageStatusUnspecified, everything...)
	s.add("5", 2*time.Hour, client.WorkerDeploymentVersionDrainageStatusUnspecified, everything...)
	versions, err := s.deployment().Versions(t.Context())
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, rollout.WriteTable(&out, versions))
	require.Equal(t, `BUILD  STATUS    SINCE                 LACKS WORKERS ON
6      waiting   2026-03-01T11:00:00Z  wechat, wechat-c4c
5      ramping   2026-03-01T10:00:00Z  -
4      current   2026-03-01T09:00:00Z  -
3      draining  2026-03-01T08:00:00Z  -
1      drained   2026-03-01T07:00:00Z  -
`, out.String())
}

func TestNoDeployment(t *testing.T) {
	t.Parallel()
	_, err := new(server).deployment().Versions(t.Context())
	require.ErrorIs(t, err, rollout.ErrNoDeployment)
}

func TestPromote(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, current string
		sets          int
	}{{"the first one", "", 1}, {"the next one", "1", 1}, {"again", "2", 0}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &server{current: test.current}
			s.add("1", time.Hour, client.WorkerDeploymentVersionDrainageStatusUnspecified, everything...)
			s.add("2", 0, client.WorkerDeploymentVersionDrainageStatusUnspecified, everything...)
			former, err := s.deployment().Promote(t.Context(), "2")
			require.NoError(t, err)
			require.Equal(t, test.current, former)
			require.Len(t, s.set, test.sets)
			for _, set := range s.set {
				require.Equal(t, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: "2", ConflictToken: []byte("token")}, set,
					"nothing is overridden: neither another person nor the server's own checks")
			}
		})
	}
}

// A version that serves only some queues would leave the others without workers.
func TestPromoteWaitsForWorkersOnAllQueues(t *testing.T) {
	t.Parallel()
	s := new(server)
	looks := 0
	s.appear = func() {
		switch looks++; looks {
		case 2:
			s.add("1", 0, client.WorkerDeploymentVersionDrainageStatusUnspecified, onWorkflows)
		case 3:
			s.queues["1"] = everything
		}
	}
	_, err := s.deployment().Promote(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, 3, looks)
	require.Len(t, s.set, 1)
}

func TestPromoteSaysWhoIsMissing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		queues     []client.WorkerDeploymentTaskQueueInfo
	}{
		{"everybody", "no worker of build 9 of deployment shop has shown up", nil},
		{"one role", "no worker of build 1 works on c4c", []client.WorkerDeploymentTaskQueueInfo{onWorkflows, onWeChat,
			onPage}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, build := new(server), "9"
			if test.queues != nil {
				build = "1"
				s.add(build, 0, client.WorkerDeploymentVersionDrainageStatusUnspecified, test.queues...)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			_, err := s.deployment().Promote(ctx, build)
			require.ErrorContains(t, err, test.want)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Empty(t, s.set)
		})
	}
}

// A server that has not answered when the time is over has reported nothing new.
func TestPromoteSaysWhatItKnewLast(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		answers    int // before the server hangs
	}{
		{"nothing", "read version 1: context deadline exceeded", 0},
		{"one role is missing", "no worker of build 1 works on c4c: context deadline exceeded", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := new(server)
				s.add("1", 0, client.WorkerDeploymentVersionDrainageStatusUnspecified, onWorkflows, onWeChat, onPage, onFiles)
				looks := 0
				s.slow = func(ctx context.Context) error {
					if looks++; looks <= test.answers {
						return nil
					}
					<-ctx.Done()
					return ctx.Err()
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := s.deployment().Promote(ctx, "1")
				require.EqualError(t, err, test.want)
				require.ErrorIs(t, err, context.DeadlineExceeded)
			})
		})
	}
}

func TestPromoteReportsARefusal(t *testing.T) {
	t.Parallel()
	s := &server{refuse: errors.New("conflict token mismatch")}
	s.add("1", 0, client.WorkerDeploymentVersionDrainageStatusUnspecified, everything...)
	_, err := s.deployment().Promote(t.Context(), "1")
	require.ErrorContains(t, err, "promote 1: conflict token mismatch")
}
