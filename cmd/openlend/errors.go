package main

import "openlend/refusal"

// What the calc commands refuse of a line before any mathematics.
var (
	ErrJSON         = refusal.New("calc.json", "the line is not one JSON object")
	ErrLineTooLong  = refusal.New("calc.line_too_long", "a line may have 8 MiB")
	ErrUnknownField = refusal.New("calc.unknown_field", "there is no such field")
	ErrDuplicate    = refusal.New("calc.duplicate_field", "the field stands twice in one object")
	ErrMissing      = refusal.New("calc.missing_field", "the field is needed")
	ErrType         = refusal.New("calc.field_type", "the field has the wrong type")
	ErrMixedFlows   = refusal.New("calc.mixed_flows", `flows have either "on" or "years", all the same`)
)

// What the commands that work on a database refuse.
var (
	ErrNoDatabase   = refusal.New("openlend.no_database", "there is no database yet")
	ErrRoleOfSQLite = refusal.New("openlend.app_role",
		"--app-role is a role of PostgreSQL; give --owner-database as well")
	ErrOtherHead = refusal.New("openlend.other_head",
		"the head of the proof is not the one that was kept")
	ErrUnsound = refusal.New("openlend.unsound", "the books are not sound")
)
