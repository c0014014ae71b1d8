package worker

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// replies reports which replies have a workflow. It asks by id because visibility lags behind.
type replies struct {
	client client.Client
}

// Unknown implements activities.Replies. A closed workflow counts for as long as Temporal keeps it.
func (r *replies) Unknown(ctx context.Context, account string, smaIDs []string) ([]string, error) {
	var unknown []string
	for _, smaID := range smaIDs {
		known := false
		for _, id := range []string{conversation.ReplyID(account, smaID), workflows.RouteID(account, smaID)} {
			var err error
			if known, err = r.known(ctx, id); err != nil {
				return nil, fmt.Errorf("look for the workflow of a reply: %w", err)
			}
			if known {
				break
			}
		}
		if !known {
			unknown = append(unknown, smaID)
		}
	}
	return unknown, nil
}

func (r *replies) known(ctx context.Context, id string) (bool, error) {
	_, err := r.client.DescribeWorkflowExecution(ctx, id, "")
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

func isNotFound(err error) bool {
	_, ok := errors.AsType[*serviceerror.NotFound](err)
	return ok
}
