package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/rollout"
)

// deploymentName is the default name of the worker deployment.
const deploymentName = "wechat-c4c"

// deploymentFlags are those of all commands on worker deployments.
type deploymentFlags struct {
	name, output string
	wait         time.Duration
}

// newDeployment makes the commands of a rolling upgrade with worker versioning: no other program is needed for it.
func newDeployment(s shell) *cobra.Command {
	f := &deploymentFlags{}
	parent := group(&cobra.Command{
		Use: "deployment", Short: "Show the workers' builds, or make one current",
		Example: "  wechat-c4c deployment show\n  wechat-c4c deployment promote 1.1.0",
	})
	parent.PersistentFlags().StringVar(&f.name, "name", "",
		"worker deployment (default: TEMPORAL_DEPLOYMENT_NAME, or wechat-c4c)")
	parent.PersistentFlags().VarP(oneOf(&f.output, outputTable, outputTable, outputJSON), "output", "o", "table or json")
	parent.AddCommand(newDeploymentShow(s, f), newDeploymentPromote(s, f))
	return parent
}

func newDeploymentShow(s shell, f *deploymentFlags) *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "List the builds and their states", Args: takesNothing,
		Example: "  wechat-c4c deployment show -o json",
		RunE: func(c *cobra.Command, _ []string) error {
			return s.inDeployment(c.Context(), *f, func(d rollout.Deployment) error {
				defer waiting(s.stderr, "waiting for an answer; Ctrl-C stops it")()
				versions, err := d.Versions(c.Context())
				if err != nil {
					return fmt.Errorf("deployment: %w", err)
				}
				return s.print(operatorFlags{output: f.output}, versions, func(w io.Writer) error {
					return rollout.WriteTable(w, versions)
				})
			})
		},
	}
}

func newDeploymentPromote(s shell, f *deploymentFlags) *cobra.Command {
	var (
		action operatorFlags
		change changeFlags
	)
	c := &cobra.Command{
		Use: "promote <build>", Short: "Wait for a build's workers and give them all workflows, new and open",
		Args: takes(argument{"<build>", "the TEMPORAL_WORKER_BUILD_ID of its workers as wechat-c4c deployment show lists it"},
			1, 1), ValidArgsFunction: s.completeBuild(f),
		Example: "  wechat-c4c deployment promote 1.1.0\n  wechat-c4c deployment promote 1.1.0 --yes --reason \"release 1.1.0\"",
		RunE: func(c *cobra.Command, args []string) error {
			return s.inDeployment(c.Context(), *f, func(d rollout.Deployment) error {
				if change.dryRun {
					return s.reportPromotion(c.Context(), *f, d, args[0])
				}
				if err := s.confirm(c.Context(), change, "give all work of "+d.Name+" to build "+args[0]); err != nil {
					return err
				}
				done := promotion{Current: args[0]}
				err := s.audited(c.Context(), action, "deployment promote", d.Name+" "+args[0], func() (err error) {
					defer waiting(s.stderr, fmt.Sprintf("waiting, up to %s, for workers of build %s on every queue", f.wait,
						args[0]))()
					ctx, cancel := context.WithTimeout(c.Context(), f.wait)
					defer cancel()
					done.Former, err = d.Promote(ctx, args[0])
					return err
				})
				if err != nil {
					return fmt.Errorf("deployment: %w", err)
				}
				return s.print(operatorFlags{output: f.output}, done, done.write)
			})
		},
	}
	c.Flags().Var(duration(&f.wait, 2*time.Minute, time.Second), "wait", "how long to wait for the build's workers")
	change.add(c, "only show which build is current and what the new one lacks")
	action.actionFlags(c)
	return c
}

// reportPromotion reports what promote would do, without waiting.
func (s shell) reportPromotion(ctx context.Context, f deploymentFlags, d rollout.Deployment, build string) error {
	versions, err := d.Versions(ctx)
	if err != nil {
		return fmt.Errorf("deployment: %w", err)
	}
	would := promotion{Current: build, DryRun: true, Lacks: []string{"any worker"}}
	for _, v := range versions {
		if v.Status == rollout.StatusCurrent {
			would.Former = v.BuildID
		}
		if v.BuildID == build {
			would.Lacks = v.Lacks
		}
	}
	return s.print(operatorFlags{output: f.output}, would, would.write)
}

// promotion is the result of promote.
type promotion struct {
	Current string   `json:"current"`
	Former  string   `json:"former,omitempty"`
	DryRun  bool     `json:"dry_run,omitempty"`
	Lacks   []string `json:"lacks,omitempty"` // in a dry run: queues without a worker of the build
}

func (p promotion) write(w io.Writer) (err error) {
	switch {
	case p.Former == p.Current:
		_, err = fmt.Fprintf(w, "Build %s is current already.\n", p.Current)
	case p.DryRun && len(p.Lacks) > 0:
		_, err = fmt.Fprintf(w, "Build %s would not become current: it lacks %s.\n", p.Current, strings.Join(p.Lacks, ", "))
	case p.DryRun:
		_, err = fmt.Fprintf(w, "Build %s would become current in the place of %s.\n", p.Current, cmp.Or(p.Former, "none"))
	case p.Former == "":
		_, err = fmt.Fprintf(w, "Build %s is current.\n", p.Current)
	default:
		_, err = fmt.Fprintf(w, "Build %s is current; it was %s.\n", p.Current, p.Former)
	}
	return err
}

// inDeployment connects to Temporal and does something with the deployment.
func (s shell) inDeployment(ctx context.Context, f deploymentFlags, do func(rollout.Deployment) error) error {
	cfg, err := s.load(config.RoleWorkflows)
	if err != nil {
		return err
	}
	p, err := s.process(cfg, "operator")
	if err != nil {
		return err
	}
	defer p.close()
	stop := waiting(s.stderr, "waiting for Temporal at "+p.options.HostPort)
	temporal, err := p.dial(ctx)
	stop()
	if err != nil {
		return err
	}
	defer temporal.Close()
	if f.name == "" {
		f.name, _ = s.environ.LookupEnv("TEMPORAL_DEPLOYMENT_NAME")
	}
	if f.name == "" {
		f.name = deploymentName
	}
	return do(rollout.Deployment{Name: f.name, Handle: temporal.WorkerDeploymentClient().GetHandle(f.name)})
}
