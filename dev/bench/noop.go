package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// Names of the workflows that do nothing, in the shape of the connector's.
const (
	noopQueue      = "noop"
	noopActivities = "noop-activities"
	noopSignal     = "message"
)

// noopEntity starts one child per signal, in order, as a conversation does: shape[i] is how many activities the i-th
// message's child runs. It ends when all are done.
func noopEntity(ctx workflow.Context, shape []int) error {
	messages := workflow.GetSignalChannel(ctx, noopSignal)
	for i, activities := range shape {
		var message string
		messages.Receive(ctx, &message)
		id := fmt.Sprintf("%s/%d", workflow.GetInfo(ctx).WorkflowExecution.ID, i)
		child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: id})
		if err := workflow.ExecuteChildWorkflow(child, noopChild, activities).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// noopChild is a sync's skeleton: its activities, one after the other, and no timer. A following message has one
// activity, which checks that the ticket is open and adds the message.
func noopChild(ctx workflow.Context, activities int) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{TaskQueue: noopActivities,
		StartToCloseTimeout: time.Minute})
	for range activities {
		if err := workflow.ExecuteActivity(ctx, noopActivity).Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// noopLone is the skeleton of a single message: a wait for others, and a child with an activity.
func noopLone(ctx workflow.Context, wait time.Duration) error {
	if err := workflow.Sleep(ctx, wait); err != nil {
		return err
	}
	return workflow.ExecuteChildWorkflow(ctx, noopChild, 1).Get(ctx, nil)
}

func noopActivity(context.Context) error { return nil }

// startNoop starts a worker with the limits of the connector's: workflows on one queue, activities on another, with as
// many at once as the connector makes calls to C4C.
func startNoop(temporal client.Client) (stop func(), err error) {
	options := worker.Options{
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
	}
	forWorkflows, forActivities := options, options
	forWorkflows.LocalActivityWorkerOnly = true
	forActivities.DisableWorkflowWorker = true
	forActivities.MaxConcurrentActivityExecutionSize = config.Development().C4C.MaxParallel
	first, second := worker.New(temporal, noopQueue, forWorkflows), worker.New(temporal, noopActivities, forActivities)
	first.RegisterWorkflow(noopEntity)
	first.RegisterWorkflow(noopChild)
	first.RegisterWorkflow(noopLone)
	second.RegisterActivityWithOptions(noopActivity, activity.RegisterOptions{Name: "noopActivity"})
	if err := first.Start(); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	if err := second.Start(); err != nil {
		first.Stop()
		return nil, fmt.Errorf("bench: %w", err)
	}
	return func() { first.Stop(); second.Stop() }, nil
}

// measureStep times workflows of one activity, one after the other: what a step costs on an idle server.
func (b *bench) measureStep(ctx context.Context) ([]row, error) {
	b.say("single steps")
	_, temporal, done, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	stop, err := startNoop(temporal)
	if err != nil {
		return nil, err
	}
	defer stop()
	var steps sample
	err = steps.hammer(ctx, 1, 50, func(ctx context.Context, _ int) error {
		run, err := temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: noopQueue}, noopChild, 1)
		if err != nil {
			return err
		}
		return run.Get(ctx, nil)
	})
	return []row{durations("workflow of one activity, one at a time, p50", 0, steps.percentile(50))}, err
}
