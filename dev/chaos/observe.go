package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// observe reads the state of the systems.
func (l *landscape) observe(ctx context.Context, openids []string) (seen, error) {
	s := seen{Phones: map[string][]string{}}
	var err error
	if s.Tickets, err = l.tickets(ctx); err != nil {
		return s, err
	}
	var customers []struct {
		ID string `json:"id"`
	}
	if err := l.c4cControl.Call(ctx, http.MethodGet, "/customers", nil, &customers); err != nil {
		return s, err
	}
	for _, c := range customers {
		s.Customers = append(s.Customers, c.ID)
	}
	if err := l.c4cControl.Call(ctx, http.MethodGet, "/profiles", nil, &s.Profiles); err != nil {
		return s, err
	}
	for _, openid := range openids {
		if s.Phones[openid], err = l.phone(ctx, openid); err != nil {
			return s, err
		}
	}
	if s.Workflows, err = l.executions(ctx); err != nil {
		return s, err
	}
	for _, p := range l.all() {
		s.Deaths = append(s.Deaths, p.died()...)
	}
	return s, nil
}

func (l *landscape) tickets(ctx context.Context) ([]ticket, error) {
	var all []ticket
	err := l.c4cControl.Call(ctx, http.MethodGet, "/tickets", nil, &all)
	return all, err
}

// phone returns the agents' texts that reached a follower. Held texts arrive together in one message and are split
// here. The connector's own texts are left out.
func (l *landscape) phone(ctx context.Context, openid string) ([]string, error) {
	var items []struct{ Kind, Content string }
	if err := l.wechatControl.Call(ctx, http.MethodGet, "/followers/"+openid+"/inbox", nil, &items); err != nil {
		return nil, err
	}
	var texts []string
	for _, item := range items {
		if item.Kind == "customer_service" && strings.HasPrefix(item.Content, answerPrefix) {
			texts = append(texts, strings.Split(item.Content, "\n\n")...)
		}
	}
	return texts, nil
}

// executions lists every workflow with its latest run, or with an earlier run that ended badly.
func (l *landscape) executions(ctx context.Context) ([]execution, error) {
	found := map[string]execution{}
	var next []byte
	for {
		ask := &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000, NextPageToken: next}
		page, err := l.temporalClient.ListWorkflow(ctx, ask)
		if err != nil {
			return nil, fmt.Errorf("list workflows: %w", err)
		}
		for _, info := range page.GetExecutions() {
			// The latest run comes first; an earlier one matters only if it ended badly.
			if e := executionOf(info); found[e.ID] == (execution{}) || !fair(e.Status) {
				found[e.ID] = e
			}
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			break
		}
	}
	var all []execution
	for _, e := range found {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b execution) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

func executionOf(info *workflowpb.WorkflowExecutionInfo) execution {
	attribute := func(name string) string {
		return strings.Trim(string(info.GetSearchAttributes().GetIndexedFields()[name].GetData()), `"`)
	}
	return execution{
		ID: info.GetExecution().GetWorkflowId(), Type: info.GetType().GetName(), Status: info.GetStatus().String(),
		State: attribute("SyncState"), Error: attribute("SyncError"),
	}
}

// atRest reports whether no sync is under way, and how many replies are held.
func (l *landscape) atRest(ctx context.Context) (rests bool, held int64) {
	underWay := `ExecutionStatus = "Running" AND SyncState IN ("syncing", "waiting", "stuck")`
	for _, t := range periodic {
		underWay += fmt.Sprintf(" AND WorkflowType != %q", t)
	}
	moving, err := l.count(ctx, underWay)
	if err != nil {
		return false, 0
	}
	held, err = l.count(ctx, `ExecutionStatus = "Running" AND SyncState = "held"`)
	return err == nil && moving == 0, held
}

func (l *landscape) count(ctx context.Context, query string) (int64, error) {
	found, err := l.temporalClient.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return 0, fmt.Errorf("count workflows: %w", err)
	}
	return found.GetCount(), nil
}
