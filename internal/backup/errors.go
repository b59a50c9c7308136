package backup

import "openlend/refusal"

// What this package refuses.
var (
	ErrNotEmpty = refusal.New("backup.not_empty", "the directory for a copy must be empty")
	ErrNoCopy   = refusal.New("backup.no_copy",
		"there is no finished copy: its manifest is missing")
	ErrDamaged = refusal.New("backup.damaged", "the copy is damaged")
	ErrSchema  = refusal.New("backup.schema",
		"the copy has another schema; restore it with the openlend that made it, then migrate")
	ErrHasTables = refusal.New("backup.has_tables",
		"a copy is restored to a new database only, and this one has tables")
)
