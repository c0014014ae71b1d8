package worker

import (
	"fmt"
	"slices"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// Role says on which task queues a process works.
type Role string

// Roles. A process of each of the three does together what one of all does alone.
const (
	RoleAll       Role = "all"
	RoleWorkflows Role = "workflows" // the workflows, and how much waits where
	RoleWeChat    Role = "wechat"    // what calls WeChat
	RoleC4C       Role = "c4c"       // what calls C4C
)

// Roles are all of them.
var Roles = []Role{RoleAll, RoleWorkflows, RoleWeChat, RoleC4C}

// ParseRole reads a role.
func ParseRole(text string) (Role, error) {
	if slices.Contains(Roles, Role(text)) {
		return Role(text), nil
	}
	return "", fmt.Errorf("role %q is not one of %v", text, Roles)
}

// plays says whether a process of this role does the part. The empty role is all.
func (r Role) plays(part Role) bool { return r == "" || r == RoleAll || r == part }

// Secrets are the roles whose secrets a process of this role uses.
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
