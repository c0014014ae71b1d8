package worker

import (
	"fmt"
	"slices"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// Role selects the task queues that a process works on.
type Role string

// Roles. One process of each of the other three does together what one of RoleAll does alone.
const (
	RoleAll       Role = "all"
	RoleWorkflows Role = "workflows" // the workflows, and the metrics of the backlog
	RoleWeChat    Role = "wechat"    // calls to WeChat
	RoleC4C       Role = "c4c"       // calls to C4C
)

// Roles lists all roles.
var Roles = []Role{RoleAll, RoleWorkflows, RoleWeChat, RoleC4C}

// ParseRole reads a role.
func ParseRole(text string) (Role, error) {
	if slices.Contains(Roles, Role(text)) {
		return Role(text), nil
	}
	return "", fmt.Errorf("role %q is not one of %v", text, Roles)
}

// plays reports whether a process of this role does the part. The empty role does all parts.
func (r Role) plays(part Role) bool { return r == "" || r == RoleAll || r == part }

// Secrets returns the roles whose secrets a process of this role uses.
func (r Role) Secrets() []config.Role {
	var roles []config.Role
	for part, role := range map[Role]config.Role{
		RoleWorkflows: config.RoleWorkflows, RoleWeChat: config.RoleWeChat, RoleC4C: config.RoleC4C,
	} {
		if r.plays(part) {
			roles = append(roles, role)
		}
	}
	return roles
}
