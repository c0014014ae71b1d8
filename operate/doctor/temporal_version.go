package doctor

import (
	"context"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const upgrade = "Upgrade the server, or set TEMPORAL_ADDRESS to another one; docs/deploy/temporal.md lists the versions."

// version compares the server's version with what the connector needs.
func (c *cluster) version(ctx context.Context) Finding {
	version, err := c.serverVersion(ctx)
	switch {
	case managed(err):
		return skip("cannot be read from here")
	case err != nil:
		return unread(err)
	case version == "":
		return skip("the server does not say")
	case workflows.ServerOlder(version, workflows.ServerNeeded):
		return fail(say("%s, and %s or later is needed", version, workflows.ServerNeeded), upgrade)
	case workflows.ServerOlder(version, workflows.ServerForPage) && !c.Page:
		return ok("%s; the H5 page would need %s or later", version, workflows.ServerForPage)
	}
	return ok("%s", version)
}

func (c *cluster) serverVersion(ctx context.Context) (string, error) {
	info, err := c.client.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	return info.GetServerVersion(), err
}

// reads checks whether the namespace has the feature that the page's reads use.
func (c *cluster) reads(ctx context.Context) Finding {
	if !c.Page {
		return skip("no account has the H5 page")
	}
	found, err := c.client.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: c.Namespace})
	switch {
	case managed(err):
		return skip("cannot be read from here")
	case err != nil:
		return unread(err)
	case found.GetNamespaceInfo().GetCapabilities().GetStandaloneActivities():
		return ok("offered")
	}
	version, _ := c.serverVersion(ctx) // if unknown, the sentence says so
	return fail(workflows.ServerWithoutReads(version), upgrade)
}
