package trial

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed simulators.json
var simulators []byte

// Simulators are the answers of the development stack's simulators to the story.
func Simulators() Book {
	var book Book
	if err := json.Unmarshal(simulators, &book); err != nil {
		panic("trial: simulators.json: " + err.Error()) // a test reads it
	}
	return book
}

// most limits how many names one difference lists.
const most = 10

// differ describes how a step's answers differ from the expected ones, call by call. For a failed step, refusals are
// omitted.
func differ(want, got map[string]Answer, failed bool) []string {
	var all []string
	for _, call := range slices.Sorted(maps.Keys(got)) {
		expected, known := want[call]
		if !known {
			all = append(all, call+" was not expected"+statusesOf(got[call]))
			continue
		}
		if failed && refused(expected, got[call]) {
			continue
		}
		for _, difference := range differences(expected, got[call]) {
			all = append(all, call+": "+difference)
		}
	}
	return all
}

func statusesOf(a Answer) string { return fmt.Sprintf(" (answered with %s)", listOf(a.Statuses)) }

// refusals are the fields by which an answer is recognised as a refusal.
var refusals = []string{"errcode", "error", "Envelope.Body.Fault"}

// refused reports whether a call was answered with a refusal, whose form always differs from a normal answer. The
// step's error already says what it was.
func refused(want, got Answer) bool {
	return slices.ContainsFunc(refusals, func(field string) bool {
		_, expected := want.Fields[field]
		_, there := got.Fields[field]
		return there && !expected
	})
}

// differences are the differences of one call. Unexpected fields are named, because their content may matter.
func differences(want, got Answer) []string {
	var all []string
	for _, status := range got.Statuses {
		if !slices.Contains(want.Statuses, status) {
			all = append(all, fmt.Sprintf("status %d in place of %s", status, listOf(want.Statuses)))
		}
	}
	for _, kind := range got.Types {
		if !slices.Contains(want.Types, kind) {
			all = append(all, fmt.Sprintf("content type %q in place of %s", kind, listOf(want.Types)))
		}
	}
	if len(got.Fields) == 0 && len(want.Fields) > 0 {
		return append(all, "nothing that can be read")
	}
	var missing, further []string
	for _, path := range slices.Sorted(maps.Keys(want.Fields)) {
		expected, optional := strings.CutSuffix(want.Fields[path], sometimes)
		kind, there := got.Fields[path]
		kind = strings.TrimSuffix(kind, sometimes)
		switch {
		case !there && !optional && !below(missing, path) && !empty(got.Fields, path):
			missing = append(missing, path)
		case there && kind != expected && kind != kindNothing && expected != kindNothing:
			all = append(all, fmt.Sprintf("%s is %s in place of %s", path, kind, expected))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(got.Fields)) {
		if _, there := want.Fields[path]; !there && !extension(path) && !below(further, path) && !empty(want.Fields, path) {
			further = append(further, path)
		}
	}
	all = named(all, "missing", missing)
	return named(all, "further", further)
}

// extension reports whether a path is that of an extension field: each tenant has its own.
func extension(path string) bool {
	path = strings.TrimSuffix(path, "Text") // the description of a code
	return strings.HasSuffix(path, "_KUT") || strings.HasSuffix(path, "_SDK")
}

// below reports whether a path lies within a listed one.
func below(listed []string, path string) bool {
	return slices.ContainsFunc(listed, func(above string) bool {
		return strings.HasPrefix(path, above+".") || strings.HasPrefix(path, above+"[")
	})
}

// empty reports whether a path lies within an existing field that has no content.
func empty(fields map[string]string, path string) bool {
	for at := len(path) - 1; at > 0; at-- {
		if path[at] != '.' && path[at] != '[' {
			continue
		}
		above := path[:at]
		kind, there := fields[above]
		kind = strings.TrimSuffix(kind, sometimes)
		if !there {
			continue
		}
		inner := slices.ContainsFunc(slices.Collect(maps.Keys(fields)), func(p string) bool {
			return strings.HasPrefix(p, above+".") || strings.HasPrefix(p, above+"[")
		})
		return !inner && (kind == kindNothing || kind == kindList || kind == kindObject)
	}
	return false
}

func named(all []string, what string, paths []string) []string {
	if len(paths) == 0 {
		return all
	}
	shown := strings.Join(paths[:min(len(paths), most)], ", ")
	if more := len(paths) - most; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return append(all, what+": "+shown)
}

func listOf[T any](list []T) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = fmt.Sprint(one)
	}
	return strings.Join(texts, " or ")
}
