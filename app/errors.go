package app

import "openlend/refusal"

// What a process refuses to start with, or as.
var (
	ErrRole = refusal.New("app.role", "a role is all, api, worker, closer or bank")

	ErrRoleNeedsPostgres = refusal.New("app.role_needs_postgres",
		"on SQLite one process does everything: give --database postgres://… or --role all")
	ErrDraining   = refusal.New("app.draining", "this process is about to stop")
	ErrSecret     = refusal.New("app.secret", "a file with a secret cannot be read or made")
	ErrNotServing = refusal.New("app.not_serving",
		"another process has the database, and does not answer commands")
	ErrStandby = refusal.New("app.standby", "the database does not take writes")
)
