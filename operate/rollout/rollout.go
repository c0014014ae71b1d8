// Package rollout makes one build of the workers the build that gets work. It shows the versions of the worker
// deployment and promotes one of them, in Temporal and nowhere else.
//
// https://docs.temporal.io/production-deployment/worker-deployments/worker-versioning
package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"
	"google.golang.org/grpc/codes"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Statuses of a version.
const (
	StatusCurrent  = "current"  // gets all work
	StatusRamping  = "ramping"  // gets a share of the work
	StatusDraining = "draining" // was current; pinned workflows may still be open
	StatusDrained  = "drained"  // was current; none of its workflows is open
	StatusWaiting  = "waiting"  // has never had work
)

// poll is how often Promote checks whether the version's workers are running.
const poll = 500 * time.Millisecond

// queues are the task queues that a version's workers must serve together.
var queues = map[string]client.TaskQueueType{
	workflows.TaskQueue:   client.TaskQueueTypeWorkflow,
	workflows.QueueWeChat: client.TaskQueueTypeActivity,
	workflows.QueueC4C:    client.TaskQueueTypeActivity,
	workflows.QueuePage:   client.TaskQueueTypeActivity,
	workflows.QueueFiles:  client.TaskQueueTypeActivity,
}

// ErrNoDeployment reports that no worker has ever registered under the deployment's name.
var ErrNoDeployment = errors.New("no such worker deployment: no worker runs with this TEMPORAL_DEPLOYMENT_NAME")

// Deployment is the worker deployment of one name.
type Deployment struct {
	Name   string
	Handle client.WorkerDeploymentHandle
}

// Version is one build of the workers.
type Version struct {
	BuildID string    `json:"build_id"`
	Status  string    `json:"status"`
	Since   time.Time `json:"since"`           // queues that none of its workers has served
	Lacks   []string  `json:"lacks,omitempty"` // queues that none of its workers has served
}

// Versions lists all builds, the youngest first.
func (d Deployment) Versions(ctx context.Context) ([]Version, error) {
	found, err := d.describe(ctx)
	if err != nil {
		return nil, err
	}
	var all []Version
	for _, summary := range found.Info.VersionSummaries {
		v := Version{BuildID: summary.Version.BuildID, Status: statusOf(found.Info.RoutingConfig, summary),
			Since: summary.CreateTime}
		if v.Lacks, err = d.lacks(ctx, v.BuildID); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b Version) int { return b.Since.Compare(a.Since) })
	return all, nil
}

func statusOf(routing client.WorkerDeploymentRoutingConfig, summary client.WorkerDeploymentVersionSummary) string {
	is := func(v *sdk.WorkerDeploymentVersion) bool { return v != nil && v.BuildID == summary.Version.BuildID }
	switch {
	case is(routing.CurrentVersion):
		return StatusCurrent
	case is(routing.RampingVersion):
		return StatusRamping
	case summary.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDraining:
		return StatusDraining
	case summary.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDrained:
		return StatusDrained
	}
	return StatusWaiting
}

// Promote waits until a build's workers serve all queues, then makes it the current version. It returns the build
// that was current before, or "" if there was none. Promoting the current build again does nothing.
func (d Deployment) Promote(ctx context.Context, buildID string) (former string, err error) {
	if err := d.await(ctx, buildID); err != nil {
		return "", err
	}
	found, err := d.describe(ctx)
	if err != nil {
		return "", err
	}
	if current := found.Info.RoutingConfig.CurrentVersion; current != nil {
		former = current.BuildID
	}
	if former == buildID {
		return former, nil
	}
	// The token makes the call fail if another change came in between. The server refuses a version without pollers.
	_, err = d.Handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: buildID,
		ConflictToken: found.ConflictToken})
	if err != nil {
		return "", fmt.Errorf("promote %s: %w", buildID, err)
	}
	return former, nil
}

// await returns when every queue has a worker of the build, or reports which queues still lack one.
func (d Deployment) await(ctx context.Context, buildID string) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	var lacking []string // as far as known; nil: unknown
	for {
		found, err := d.lacks(ctx, buildID)
		switch {
		case err == nil && len(found) == 0:
			return nil
		case err == nil:
			lacking = found
		case codeOf(err) == codes.NotFound:
			lacking = slices.Sorted(maps.Keys(queues))
		case ctx.Err() == nil || lacking == nil:
			return err
		}
		select {
		case <-ctx.Done():
			if len(lacking) == len(queues) {
				return fmt.Errorf("no worker of build %s of deployment %s has shown up: %w", buildID, d.Name, ctx.Err())
			}
			return fmt.Errorf("no worker of build %s works on %s: %w", buildID, strings.Join(lacking, ", "), ctx.Err())
		case <-tick.C:
		}
	}
}

// lacks lists the queues that no worker of the build has polled.
func (d Deployment) lacks(ctx context.Context, buildID string) ([]string, error) {
	found, err := d.Handle.DescribeVersion(ctx, client.WorkerDeploymentDescribeVersionOptions{BuildID: buildID})
	if err != nil {
		return nil, fmt.Errorf("read version %s: %w", buildID, err)
	}
	var missing []string
	for name, kind := range queues {
		if !slices.ContainsFunc(found.Info.TaskQueuesInfos, func(q client.WorkerDeploymentTaskQueueInfo) bool {
			return q.Name == name && q.Type == kind
		}) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing, nil
}

func (d Deployment) describe(ctx context.Context) (client.WorkerDeploymentDescribeResponse, error) {
	found, err := d.Handle.Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if codeOf(err) == codes.NotFound {
		return found, fmt.Errorf("%s: %w", d.Name, ErrNoDeployment)
	}
	if err != nil {
		return found, fmt.Errorf("read deployment %s: %w", d.Name, err)
	}
	return found, nil
}

func codeOf(err error) codes.Code {
	if known, ok := errors.AsType[serviceerror.ServiceError](err); ok {
		return known.Status().Code()
	}
	return codes.OK
}

// WriteTable writes versions for people.
func WriteTable(w io.Writer, versions []Version) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "BUILD\tSTATUS\tSINCE\tLACKS WORKERS ON")
	for _, v := range versions {
		lacks := strings.Join(v.Lacks, ", ")
		if lacks == "" {
			lacks = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", v.BuildID, v.Status, v.Since.UTC().Format(time.RFC3339), lacks)
	}
	return t.Flush()
}
