package closing

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"openlend/access"
	"openlend/internal/db"
)

// every is how often the service looks at the clock.
const every = 30 * time.Second

// Serve closes each date soon after it is over, until ctx ends. Any number of
// processes may serve: one of them works.
func (c *Closer) Serve(ctx context.Context) {
	for ctx.Err() == nil {
		err := c.closeWhatIsOver(ctx)
		quiet := errors.Is(err, ErrNothing) || errors.Is(err, ErrBusy)
		if err != nil && !quiet && ctx.Err() == nil {
			c.report(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

// closeWhatIsOver closes every date that is over. Refusals: those of CloseDay.
func (c *Closer) closeWhatIsOver(ctx context.Context) error {
	now, err := db.Read(ctx, c.DB, func(_ context.Context, tx *db.Tx) (time.Time, error) {
		return tx.Now(), nil
	})
	if err != nil {
		return err
	}
	_, err = c.CloseDay(ctx, c.Cutoff.LastOver(now), Options{Actor: access.System("closing")})
	return err
}

func (c *Closer) report(err error) {
	if c.Report != nil {
		c.Report(err)
		return
	}
	slog.Error("closing", "error", err)
}
