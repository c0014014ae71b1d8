package temporaldev

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

const clusterName = "active"

// services are the four roles in one process; the frontend has the address of the options, the others free ports.
var services = []primitives.ServiceName{
	primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
}

// serverConfig describes a one-node cluster. The address of the frontend has already been probed.
func serverConfig(o Options) (*config.Config, map[primitives.ServiceName]static.Hosts, error) {
	host, frontendPort := split(o.FrontendAddr)
	ports, err := freePorts(host, len(services)-1)
	if err != nil {
		return nil, nil, err
	}
	ports = append([]int{frontendPort}, ports...)

	cfg := &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: host},
		},
		Persistence: config.Persistence{
			DefaultStore: sqlite.PluginName, VisibilityStore: sqlite.PluginName, NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{sqlite.PluginName: {SQL: sqlConfig(o)}},
		},
		ClusterMetadata:     clusterMetadata(o, host),
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: o.FrontendAddr},
		Services:            make(map[string]config.Service, len(services)),
	}
	cfg.Archival.History.State, cfg.Archival.Visibility.State = "disabled", "disabled"
	cfg.NamespaceDefaults.Archival.History.State, cfg.NamespaceDefaults.Archival.Visibility.State = "disabled", "disabled"
	if o.MetricsPort != 0 {
		cfg.Global.Metrics = &metrics.Config{Prometheus: &metrics.PrometheusConfig{
			ListenAddress: net.JoinHostPort(host, strconv.Itoa(o.MetricsPort)), HandlerPath: "/metrics"}}
	}

	hosts := make(map[primitives.ServiceName]static.Hosts, len(services))
	for i, name := range services {
		rpc := config.RPC{GRPCPort: ports[i], BindOnIP: host}
		if name == primitives.FrontendService {
			rpc.HTTPPort = o.HTTPPort
		}
		cfg.Services[string(name)] = config.Service{RPC: rpc}
		hosts[name] = static.SingleLocalHost(net.JoinHostPort(host, strconv.Itoa(ports[i])))
	}
	return cfg, hosts, nil
}

func clusterMetadata(o Options, host string) *cluster.Config {
	info := cluster.ClusterInformation{Enabled: true, InitialFailoverVersion: 1, RPCAddress: o.FrontendAddr,
		ClusterID: uuid.NewString()}
	if o.HTTPPort != 0 {
		info.HTTPAddress = net.JoinHostPort(host, strconv.Itoa(o.HTTPPort))
	}
	return &cluster.Config{
		FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{clusterName: info},
	}
}

// sqlConfig uses a write-ahead log for files: without it every commit waits for the disk, and a workflow step takes
// several times as long.
func sqlConfig(o Options) *config.SQL {
	sql := &config.SQL{PluginName: sqlite.PluginName, DatabaseName: o.DBFile}
	if o.DBFile == "" {
		// Databases in memory are shared by name within the process.
		sql.DatabaseName = strconv.FormatUint(rand.Uint64(), 36)
		sql.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
	} else {
		sql.ConnectAttributes = map[string]string{"mode": "rwc", "journal_mode": "wal", "synchronous": "1"}
	}
	maps.Copy(sql.ConnectAttributes, o.SQLitePragmas)
	return sql
}

// prepareDatabase writes the schema into a new file, and creates missing namespaces.
func prepareDatabase(o Options, sql *config.SQL) error {
	if o.DBFile != "" {
		_, err := os.Stat(o.DBFile)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := os.MkdirAll(filepath.Dir(o.DBFile), 0o755); err != nil {
				return fmt.Errorf("temporaldev: folder of the database: %w", err)
			}
			if err := sqliteschema.SetupSchema(sql); err != nil {
				return fmt.Errorf("temporaldev: schema of %s: %w", o.DBFile, err)
			}
		case err != nil:
			return fmt.Errorf("temporaldev: database: %w", err)
		}
	}
	namespaces := make([]*sqliteschema.NamespaceConfig, 0, len(o.Namespaces))
	for _, name := range o.Namespaces {
		ns, err := sqliteschema.NewNamespaceConfig(clusterName, name, false, o.SearchAttributes)
		if err != nil {
			return fmt.Errorf("temporaldev: namespace %s: %w", name, err)
		}
		ns.Detail.Config.Retention = durationpb.New(o.Retention)
		namespaces = append(namespaces, ns)
	}
	if err := sqliteschema.CreateNamespaces(sql, namespaces...); err != nil {
		return fmt.Errorf("temporaldev: namespaces: %w", err)
	}
	return nil
}
