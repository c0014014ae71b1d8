package config

import (
	"slices"
	"strings"
)

// Role is what a process does, as far as it determines which secrets the process needs.
type Role string

// Roles. Those of a worker are the queues it works on.
const (
	RoleAPI       Role = "api"
	RoleWorkflows Role = "workflows" // also bootstrap
	RoleWeChat    Role = "wechat"
	RoleC4C       Role = "c4c"      // also doctor and try
	RoleOperator  Role = "operator" // the commands that handle syncs and followers
	RoleMenu      Role = "menu"
)

// Roles lists all roles.
var Roles = []Role{RoleAPI, RoleWorkflows, RoleWeChat, RoleC4C, RoleOperator, RoleMenu}

// UsedBy reports whether one of the roles uses the setting. Without roles, it means all roles. A setting that is not
// a secret is used by every role.
func (f Field) UsedBy(roles ...Role) bool {
	return !f.Secret || len(roles) == 0 || slices.ContainsFunc(roles, func(r Role) bool {
		return slices.Contains(f.Roles, r)
	})
}

// rolesOf reads the tag roles.
func rolesOf(tag string) []Role {
	var roles []Role
	for role := range strings.FieldsSeq(tag) {
		roles = append(roles, Role(role))
	}
	return roles
}

// withhold removes the secrets that none of the roles uses, and returns their names. Their files are not read either.
func withhold(values map[string]string, fields []Field, roles []Role) map[string]bool {
	unused := map[string]bool{}
	for _, f := range fields {
		if f.UsedBy(roles...) {
			continue
		}
		unused[f.Name] = true
		delete(values, f.Name)
		delete(values, f.fileName())
	}
	return unused
}
