package prove

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// terraform returns the blocks of the module for Temporal Cloud by type and labels, such as "variable region".
func terraform(t *testing.T) map[string]*hclsyntax.Body {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "deploy/terraform/temporal-cloud/*.tf"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	blocks := map[string]*hclsyntax.Body{}
	parser := hclparse.NewParser()
	for _, path := range files {
		file, problems := parser.ParseHCLFile(path)
		require.False(t, problems.HasErrors(), problems.Error())
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			name := block.Type
			for _, label := range block.Labels {
				name += " " + label
			}
			require.NotContains(t, blocks, name)
			blocks[name] = block.Body
		}
	}
	return blocks
}

// value returns the literal of an attribute.
func value(t *testing.T, body *hclsyntax.Body, attribute string) cty.Value {
	t.Helper()
	require.NotNil(t, body)
	require.Contains(t, body.Attributes, attribute)
	v, problems := body.Attributes[attribute].Expr.Value(nil)
	require.False(t, problems.HasErrors(), problems.Error())
	return v
}

// The namespace has everything that the connector requires.
func TestTerraformMakesTheNamespace(t *testing.T) {
	t.Parallel()
	blocks := terraform(t)
	each := blocks["resource temporalcloud_namespace_search_attribute connector"].Attributes["for_each"].Expr.(*hclsyntax.FunctionCallExpr)
	list, problems := each.Args[0].Value(nil)
	require.False(t, problems.HasErrors(), problems.Error())
	var names []string
	for _, name := range list.AsValueSlice() {
		names = append(names, name.AsString())
	}
	want := slices.Sorted(slices.Values(workflows.SearchAttributes))
	require.Equal(t, want, names)
	require.Equal(t, "Keyword", value(t, blocks["resource temporalcloud_namespace_search_attribute connector"],
		"type").AsString())

	days, _ := value(t, blocks["variable retention_days"], "default").AsBigFloat().Int64()
	require.Equal(t, int64(config.MinRetention.Hours()/24), days)
}

// Each used variable is declared, and each declared one is used.
func TestTerraformUsesItsVariables(t *testing.T) {
	t.Parallel()
	blocks := terraform(t)
	used := map[string]bool{}
	for name, body := range blocks {
		if problems := hclsyntax.VisitAll(body, func(node hclsyntax.Node) (none hcl.Diagnostics) {
			if traversal, ok := node.(*hclsyntax.ScopeTraversalExpr); ok && traversal.Traversal.RootName() == "var" {
				variable := "variable " + traversal.Traversal[1].(hcl.TraverseAttr).Name
				require.Contains(t, blocks, variable, name)
				if name != variable {
					used[variable] = true
				}
			}
			return none
		}); problems.HasErrors() {
			t.Fatal(problems)
		}
	}
	for name := range blocks {
		if len(name) > 9 && name[:9] == "variable " {
			require.True(t, used[name], "%s is used nowhere", name)
		}
	}
}
