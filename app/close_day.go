package app

import (
	"context"

	"openlend/access"
	"openlend/calendar"
	"openlend/closing"
)

// DayToClose says what close-day is to do.
type DayToClose struct {
	Through calendar.Date `json:"through"` // up to and with; zero: what is over
	Early   bool          `json:"early"`   // also dates that are not over yet
	Dry     bool          `json:"dry"`     // only say what closing the next date would do
}

// CloseDay closes business dates by hand, as whoever may use this machine's
// account, and returns the reports. Refusals: those of closing.Closer.
func (a *App) CloseDay(
	ctx context.Context, what DayToClose, progress func(closing.Progress),
) ([]closing.Run, error) {
	c := a.Closer()
	c.Progress = progress
	actor := access.Staff(access.Admin, "this-machine")
	if what.Dry {
		run, err := c.DryRun(ctx, actor)
		return []closing.Run{run}, err
	}
	if what.Through.IsZero() {
		what.Through = c.Cutoff.LastOver(a.Wall.Now())
	}
	return c.CloseDay(ctx, what.Through, closing.Options{Actor: actor, Early: what.Early})
}
