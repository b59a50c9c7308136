package app

import "slices"

// Role is which part of the work a process does. Processes never call each
// other: they meet in the database, and one that is down stops its own work and
// nothing else.
type Role string

// The roles. On SQLite there is one process and its role is all.
const (
	RoleAll    Role = "all"
	RoleAPI    Role = "api"    // answers requests
	RoleWorker Role = "worker" // events, long-running processes, checks, the log's seals
	RoleCloser Role = "closer" // ends business dates
	RoleBank   Role = "bank"   // speaks with the custody bank
)

// Roles lists all roles.
func Roles() []Role { return []Role{RoleAll, RoleAPI, RoleWorker, RoleCloser, RoleBank} }

// does says whether a process of this role does the work of another.
func (r Role) does(work Role) bool { return r == RoleAll || r == work }

// checkRole refuses a role that does not exist or cannot be had here. Refusals:
// ErrRole, ErrRoleNeedsPostgres.
func (c Config) checkRole() error {
	switch {
	case !slices.Contains(Roles(), c.Role):
		return ErrRole
	case c.Role != RoleAll && c.Database == "":
		return ErrRoleNeedsPostgres
	}
	return nil
}
