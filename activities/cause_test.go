package activities

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// errorTypes are the values of all constants named Error… of errors.go.
func errorTypes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	require.NoError(t, err)
	var types []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Error") {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		require.True(t, ok, spec.Names[0].Name)
		value, err := strconv.Unquote(literal.Value)
		require.NoError(t, err)
		require.Equal(t, spec.Names[0].Name, "Error"+value, "a constant is named after its value")
		types = append(types, value)
		return true
	})
	require.Greater(t, len(types), 20)
	return types
}

func TestEveryErrorTypeHasItsCause(t *testing.T) {
	t.Parallel()
	var explained []string
	for _, cause := range Causes {
		explained = append(explained, cause.Type)
	}
	require.ElementsMatch(t, errorTypes(t), explained, "Causes in cause.go says what each type of errors.go means")
}

func TestCausesSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, cause := range Causes {
		t.Run(cause.Type, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, []string{SystemWeChat, SystemC4C, SystemConnector}, cause.System)
			require.Equal(t, cause.Type, CauseOf(cause.Type).Type)
			require.Regexp(t, `\.$`, cause.Meaning)
			require.Regexp(t, `\.$`, cause.Remedy)
			require.Equal(t, cause.Meaning, cause.Explain(Failure{}), "nothing is made up")
			require.False(t, cause.oneService && !cause.Everything)
			if !cause.Manual {
				require.True(t, strings.HasPrefix(cause.Remedy, "Nothing"), "what goes on by itself asks for nothing: %s",
					cause.Remedy)
			}
		})
	}
}

// Who looks for an errcode finds the meaning that names it, or one that says that there are others.
func TestMeaningsNameTheirErrcodes(t *testing.T) {
	t.Parallel()
	for _, row := range wechatRules {
		code, ok := row.match.(wechat.Errcode)
		meaning := CauseOf(row.name).Meaning
		if !ok || !strings.Contains(meaning, "errcode ") || strings.Contains(meaning, "or others)") {
			continue
		}
		require.Regexp(t, `\W`+strconv.Itoa(int(code))+`\b`, meaning,
			"the meaning of %s names some errcodes and not this one: name it, or end the list with \"or others\"", row.name)
	}
}

func TestCauseOfAnUnknownType(t *testing.T) {
	t.Parallel()
	cause := CauseOf("FromAnotherRelease")
	require.Equal(t, "FromAnotherRelease", cause.Type)
	require.True(t, cause.Manual)
	require.False(t, cause.Everything)
	require.Contains(t, cause.Remedy, "retry")
	require.Equal(t, cause.Meaning, cause.Explain(Failure{Code: "1", Text: "x"}))
}

func TestExplainNamesTheFact(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, cause string
		said        Failure
		want        string
	}{
		{"the address to whitelist", ErrorWeChatIPNotAllowed,
			Failure{Code: "40164", Text: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1-2-3"},
			"The address to add is 203.0.113.7."},
		{"the permission", ErrorWeChatNotPermitted, Failure{Code: "48001", Text: "api unauthorized"},
			"WeChat said (48001): api unauthorized"},
		{"why a follower cannot be reached", ErrorWeChatFollowerUnreachable,
			Failure{Code: "43019", Text: "require remove blacklist"}, "(43019): require remove blacklist"},
		{"the rule of WeChat", ErrorWeChatRejected, Failure{Code: "45002", Text: "content size out of limit"},
			"(45002): content size out of limit"},
		{"who holds the lock", ErrorC4CLocked, Failure{Code: "101(/AP_ESI_COMMON/)", Text: "Object is locked by user ADA"},
			"locked by user ADA"},
		{"the rule of C4C", ErrorC4CRejected, Failure{Code: "003(/CL_CDA/)", Text: "Profile is invalid"},
			"C4C said (003(/CL_CDA/)): Profile is invalid"},
		{"the missing service", ErrorC4CNotAuthorized, Failure{Text: "Authorization role missing for service"},
			"C4C said: Authorization role missing for service"},
		{"a status alone", ErrorC4CNotAuthorized, Failure{Code: "HTTP 403"}, "C4C said: HTTP 403"},
		{"that it is closed", ErrorC4CReadOnly, Failure{Code: "106", Text: "no change"}, "(106): no change"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cause := CauseOf(test.cause)
			got := cause.Explain(test.said)
			require.True(t, strings.HasPrefix(got, cause.Meaning))
			require.Contains(t, got, test.want)
		})
	}
	require.Equal(t, CauseOf(ErrorWeChatIPNotAllowed).Meaning,
		CauseOf(ErrorWeChatIPNotAllowed).Explain(Failure{Text: "no address here: 1.2.3"}))
}

// The other side's text about a call must not reveal what may not be seen; see also requireRefused.
func TestExplainShowsNoSecret(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	for _, said := range []string{
		"invalid ip 203.0.113.7, token " + testToken + ", not in whitelist",
		"invalid secret " + testSecret + " of " + testOpenID,
	} {
		for code, want := range map[int]string{40164: ErrorWeChatIPNotAllowed, 48001: ErrorWeChatNotPermitted,
			45002: ErrorWeChatRejected, 40003: ErrorWeChatFollowerUnreachable} {
			s.will("message/custom/send", errcode(code, said))
			err := s.once("SendText", textInput, nil)
			var failure Failure
			refused := requireType(t, err, want)
			require.NoError(t, refused.Details(&failure))
			text := CauseOf(want).Explain(failure)
			for _, secret := range []string{testSecret, testToken, testOpenID, testText} {
				require.NotContains(t, text, secret)
			}
		}
	}
}

func TestAddressToAllow(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist": "The address to add is 203.0.113.7.",
		"invalid ip 2001:db8::17, not in whitelist":                        "The address to add is 2001:db8::17.",
		"invalid ip  ipv6 2001:DB8:0:1::2 , not in whitelist":              "The address to add is 2001:DB8:0:1::2.",
		"access clientip is not registered":                                "",
		"invalid ip 999.1.1.1: not in whitelist":                           "",
	} {
		require.Equal(t, want, ipToAllow(wording.English, Failure{Text: said}), said)
	}
}
