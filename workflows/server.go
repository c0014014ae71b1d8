package workflows

import (
	"fmt"
	"strconv"
	"strings"
)

// Versions of Temporal's server, as in the documentation.
const (
	ServerTested  = "1.32.1" // version of the development stack, on which every test runs
	ServerNeeded  = "1.29"   // the oldest version that runs the syncs
	ServerForPage = "1.31"   // the oldest version with standalone activities, which the H5 page's reads need
)

// ServerOlder reports whether a server's version is older than another, such as 1.29.1 than 1.31. A text that is not
// a version is never older: some servers use names of their own.
func ServerOlder(version, than string) bool {
	have, ok := versionOf(version)
	want, known := versionOf(than)
	if !ok || !known {
		return false
	}
	if have[0] != want[0] {
		return have[0] < want[0]
	}
	return have[1] < want[1]
}

// versionOf parses major and minor.
func versionOf(text string) (v [2]int, ok bool) {
	major, rest, found := strings.Cut(strings.TrimPrefix(text, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	one, err := strconv.Atoi(major)
	if err != nil || !found || one < 0 {
		return v, false
	}
	two, err := strconv.Atoi(minor)
	if err != nil || two < 0 {
		return v, false
	}
	return [2]int{one, two}, true
}

// ServerTooOld explains that a server cannot run the syncs.
func ServerTooOld(version string) string {
	return fmt.Sprintf(
		"the Temporal server is version %s, and %s or later is needed: upgrade it, or set TEMPORAL_ADDRESS to another one, for example of version %s",
		version, ServerNeeded, ServerTested)
}

// ServerWithoutReads explains that the page cannot read with this server.
func ServerWithoutReads(version string) string {
	if version == "" {
		version = "of an unknown version"
	}
	return fmt.Sprintf(
		"the Temporal server (%s) offers no standalone activities in this namespace, so the H5 page takes submissions and shows no data: "+
			"upgrade it to %s or later and leave its activity.enableStandalone on, for example version %s", version,
		ServerForPage, ServerTested)
}
