package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/rollout"
)

// deploymentName is the worker deployment where nothing else is said.
const deploymentName = "wechat-c4c"

// deploymentFlags are those of all commands on worker deployments.
type deploymentFlags struct {
	name, output string
	wait         time.Duration
}

// newDeployment are the commands of a rolling upgrade with worker versioning: no other program is needed for it.
func newDeployment(s shell) *cobra.Command {
	var f deploymentFlags
	parent := &cobra.Command{Use: "deployment", Short: "Show the builds of the workers, make one current", Args: cobra.NoArgs}
	parent.PersistentFlags().StringVar(&f.name, "name", "", "worker deployment (default: TEMPORAL_DEPLOYMENT_NAME, or "+deploymentName+")")
	parent.PersistentFlags().StringVarP(&f.output, "output", "o", outputTable, "table or json")
	promote := &cobra.Command{
		Use: "promote BUILD-ID", Short: "Wait for the workers of a build and give them the work: new workflows and open ones", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(c.Context(), f.wait)
			defer cancel()
			return s.onDeployment(ctx, f, func(d rollout.Deployment) (any, func(io.Writer) error, error) {
				former, err := d.Promote(ctx, args[0])
				return promotion{Current: args[0], Former: former}, promotion{Current: args[0], Former: former}.write, err
			})
		},
	}
	promote.Flags().DurationVar(&f.wait, "wait", 2*time.Minute, "how long to wait for the workers of the build")
	parent.AddCommand(
		&cobra.Command{Use: "show", Short: "List the builds and where they stand", Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			return s.onDeployment(c.Context(), f, func(d rollout.Deployment) (any, func(io.Writer) error, error) {
				versions, err := d.Versions(c.Context())
				return versions, func(w io.Writer) error { return rollout.WriteTable(w, versions) }, err
			})
		}},
		promote,
	)
	return parent
}

// promotion is what promote answers.
type promotion struct {
	Current string `json:"current"`
	Former  string `json:"former,omitempty"`
}

func (p promotion) write(w io.Writer) (err error) {
	switch p.Former {
	case p.Current:
		_, err = fmt.Fprintf(w, "Build %s is current already.\n", p.Current)
	case "":
		_, err = fmt.Fprintf(w, "Build %s is current.\n", p.Current)
	default:
		_, err = fmt.Fprintf(w, "Build %s is current; it was %s.\n", p.Current, p.Former)
	}
	return err
}

// onDeployment connects to Temporal, does something with the deployment, and prints what came of it.
func (s shell) onDeployment(ctx context.Context, f deploymentFlags, do func(rollout.Deployment) (any, func(io.Writer) error, error)) error {
	if f.output != outputTable && f.output != outputJSON {
		return fmt.Errorf("--output is %s or %s, not %q", outputTable, outputJSON, f.output)
	}
	cfg, err := s.load()
	if err != nil {
		return err
	}
	p, err := s.process(cfg, "operator")
	if err != nil {
		return err
	}
	defer p.close()
	temporal, err := p.dial(ctx)
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
	result, people, err := do(rollout.Deployment{Name: f.name, Handle: temporal.WorkerDeploymentClient().GetHandle(f.name)})
	if err != nil {
		return fmt.Errorf("deployment: %w", err)
	}
	if f.output == outputJSON {
		return operate.WriteJSON(s.stdout, result)
	}
	return people(s.stdout)
}
