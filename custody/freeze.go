package custody

import (
	"time"

	"openlend/internal/id"
)

// FreezeID names a time in which no order goes out.
type FreezeID int64

// String shows the id as it is shown outside: frz_….
func (f FreezeID) String() string { return id.Format("frz", int64(f)) }

// Freeze is a time in which no order goes out to the bank. Who ends it is
// another than who began it; the database has that as a CHECK too.
type Freeze struct {
	ID         FreezeID
	Reason     string
	Maker      string
	FrozenAt   time.Time
	Checker    string    // "" while it stands
	ReleasedAt time.Time // zero while it stands
}
