package c4csim

import (
	"slices"
	"strconv"
	"strings"
)

// selected compares values with the ranges of one name. Several ranges are alternatives, exclusions remove, and
// without ranges everything passes.
func selected(ranges *node, name, lower string, values ...string) bool {
	included, anyIncluded := false, false
	for _, r := range ranges.children {
		if r.name != name {
			continue
		}
		hit := slices.ContainsFunc(values, func(v string) bool { return inRange(r, lower, v) })
		if r.value("InclusionExclusionCode") == "E" {
			if hit {
				return false
			}
			continue
		}
		anyIncluded = true
		included = included || hit
	}
	return included || !anyIncluded
}

// inRange compares one value: boundary type 1 equal (with * as wildcard), 2 [X,Y), 3 [X,Y]; other types compare only
// with X.
func inRange(r *node, lower, value string) bool {
	low, high := r.value(lower), r.value("Upper"+strings.TrimPrefix(lower, "Lower"))
	switch r.value("IntervalBoundaryTypeCode") {
	case "1":
		return wildcard(low, value)
	case "2":
		return value >= low && value < high
	case "3":
		return value >= low && value <= high
	}
	return value == low
}

// plainRange is the value of the only range of that name when it means equality without wildcard.
func plainRange(ranges *node, name, lower string) (string, bool) {
	if len(ranges.children) != 1 || ranges.children[0].name != name {
		return "", false
	}
	r := ranges.children[0]
	v := r.value(lower)
	return v, r.value("IntervalBoundaryTypeCode") == "1" && r.value("InclusionExclusionCode") != "E" &&
		!strings.Contains(v, "*")
}

// wildcard compares with a pattern in which * stands for any text.
func wildcard(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

func filterRows(rows []*row, keep func(*row) bool) []*row {
	var out []*row
	for _, r := range rows {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}

// answerQuery writes the hits and the processing conditions; the cursor of the next page is the last ObjectID.
func answerQuery(request *node, rows []*row, write func(*row) string) string {
	limit := 100
	if pc := request.child("ProcessingConditions"); pc != nil {
		if after := pc.value("LastReturnedObjectID"); after != "" {
			i := slices.IndexFunc(rows, func(r *row) bool { return r.id == undashed(after) })
			rows = rows[i+1:]
		}
		if n, err := strconv.Atoi(pc.value("QueryHitsMaximumNumberValue")); err == nil && n > 0 {
			limit = n
		}
		if isTrue(pc.value("QueryHitsUnlimitedIndicator")) {
			limit = len(rows)
		}
	}
	more := len(rows) > limit
	rows = rows[:min(len(rows), limit)]
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(write(r))
	}
	b.WriteString("<ProcessingConditions>" + element("ReturnedQueryHitsNumberValue", strconv.Itoa(len(rows))) +
		element("MoreHitsAvailableIndicator", strconv.FormatBool(more)))
	if len(rows) > 0 {
		b.WriteString(element("LastReturnedObjectID", rows[len(rows)-1].id))
	}
	b.WriteString("</ProcessingConditions>")
	return b.String()
}
