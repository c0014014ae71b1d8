package prove

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

var (
	onPostgres = flag.Bool("postgres", false, "run what needs PostgreSQL's server programs; nothing is installed")
	image      = flag.String("image", "",
		"run api, worker and bootstrap in containers of this image as well; it must be there already")
	engine = flag.String("engine", "docker", "the container engine's command, such as podman")
	cells  = flag.String("cells", "temporal/*,api/spooling,workflows/kill1,workflows/both30,c4c/both30",
		"cells of the chaos matrix that TestChaos plays")
	figures = flag.Int("figures", 0,
		"measure start, memory and throughput, the memory with so many open conversations; 0: do not")
)

// results holds the tables that are printed after all tests.
var results struct {
	sync.Mutex
	text bytes.Buffer
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	_, _ = results.text.WriteTo(os.Stdout)
	os.Exit(code)
}

// publish adds a Markdown table to the results.
func publish(title string, head []string, rows [][]string) {
	results.Lock()
	defer results.Unlock()
	fmt.Fprintf(&results.text, "\n%s\n\n", title)
	table := tabwriter.NewWriter(&results.text, 0, 0, 1, ' ', 0)
	line := func(cells []string) { fmt.Fprintln(table, "| "+strings.Join(cells, "\t| ")+"\t|") }
	line(head)
	fmt.Fprintln(table, strings.Repeat("|---\t", len(head))+"|")
	for _, row := range rows {
		line(row)
	}
	_ = table.Flush()
}

// needPostgres skips a test unless it is requested.
func needPostgres(t *testing.T) {
	t.Helper()
	if !*onPostgres {
		t.Skip("-postgres runs it; it needs PostgreSQL's server programs (Debian: apt-get install postgresql)")
	}
}
