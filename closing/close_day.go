package closing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/fault"
	"openlend/internal/lease"
	"openlend/ledger"
)

const (
	leaseName = "closing"
	leaseTime = 20 * time.Second
)

// Options say how to close.
type Options struct {
	Actor access.Actor
	Early bool // also dates that are not over yet: for simulations and mistakes
}

// CloseDay closes the dates that are not closed yet, up to and with one, in
// their order, and returns their reports. A closing that was killed goes on where
// it was. When a step fails the others are done, the date stays unsealed and the
// error tells: call again.
//
// Refusals: access.ErrForbidden, ErrNothing, ErrNotOver (then nothing has
// changed, not even the dates before), ErrBusy, ledger.ErrNotReady.
func (c *Closer) CloseDay(ctx context.Context, through calendar.Date, o Options) ([]Run, error) {
	if err := o.Actor.Require(access.DayClose); err != nil {
		return nil, err
	}
	if err := c.mayClose(ctx, through, o); err != nil {
		return nil, err
	}
	n, err := c.IDs.Next() // each call is a holder: a second one here must not end the first
	if err != nil {
		return nil, err
	}
	holder := fmt.Sprintf("%s/%d", c.Holder, n)
	l, err := lease.Acquire(ctx, c.DB, c.Wall, leaseName, holder, leaseTime)
	if errors.Is(err, lease.ErrHeld) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	var runs []Run
	err = l.Keep(ctx, func(ctx context.Context) error {
		for {
			next, err := c.next(ctx)
			if err != nil || next > through {
				return err
			}
			run, err := c.close(ctx, l, next, o.Actor.Principal())
			if err != nil {
				return fmt.Errorf("closing %s: %w", next, err)
			}
			runs = append(runs, run)
		}
	})
	return runs, err
}

// mayClose refuses a date that is closed, or not over.
func (c *Closer) mayClose(ctx context.Context, through calendar.Date, o Options) error {
	next, err := c.next(ctx)
	switch {
	case err != nil:
		return err
	case through < next:
		return ErrNothing.With("%s is the next one", next)
	case o.Early:
		return nil
	}
	now, err := db.Read(ctx, c.DB, func(_ context.Context, tx *db.Tx) (time.Time, error) {
		return tx.Now(), nil
	})
	if ends := c.Cutoff.Ends(through); err == nil && now.Before(ends) {
		err = ErrNotOver.With("%s ends at %s", through, ends)
	}
	return err
}

// next is the first date that is not closed: one whose closing has begun, or the
// one after the last that is sealed.
func (c *Closer) next(ctx context.Context) (calendar.Date, error) {
	return db.Read(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (calendar.Date, error) {
		begun, err := loadUnfinished(ctx, tx)
		if err != nil || !begun.IsZero() {
			return begun, err
		}
		dates, err := ledger.ReadDates(ctx, tx)
		return dates.SealedThrough.Days(1), err
	})
}

// close closes one date.
func (c *Closer) close(
	ctx context.Context, l lease.Lease, on calendar.Date, maker string,
) (Run, error) {
	if err := c.turn(ctx, l, on, maker); err != nil {
		return Run{}, err
	}
	if err := c.runSteps(ctx, l, Day{On: on}); err != nil {
		return Run{}, err
	}
	return c.finish(ctx, l, on)
}

// runSteps does what is left of every step. One that fails does not keep the
// others from their work, only the date from its seal.
func (c *Closer) runSteps(ctx context.Context, l lease.Lease, day Day) error {
	var failed []error
	for i := range c.Steps {
		step := &c.Steps[i]
		if step.Last && len(failed) > 0 {
			break
		}
		err := c.runStep(ctx, l, step, i+1, day)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", step.Name, err))
		}
		if err != nil && !isItems(err) {
			break // nor could the others
		}
	}
	return errors.Join(failed...)
}

// turn opens the next date and begins the report: from here on nothing enters
// the old date. The transaction is short, because every posting waits for it.
func (c *Closer) turn(
	ctx context.Context, l lease.Lease, on calendar.Date, maker string,
) error {
	return c.write(ctx, l, "turn", func(ctx context.Context, tx *db.Tx) error {
		dates, err := ledger.ReadDates(ctx, tx)
		if err != nil {
			return err
		}
		if dates.BusinessOn <= on { // it may have been turned already
			if _, err := ledger.OpenNextDate(ctx, tx, on); err != nil {
				return err
			}
		}
		return storeNewRun(ctx, tx, on, maker)
	})
}

// finish ends the report and tells the others, once.
func (c *Closer) finish(ctx context.Context, l lease.Lease, on calendar.Date) (Run, error) {
	event, err := c.IDs.Next()
	if err != nil {
		return Run{}, err
	}
	var run Run
	err = c.write(ctx, l, "finish", func(ctx context.Context, tx *db.Tx) error {
		ended, err := storeRunDone(ctx, tx, on)
		if err != nil {
			return err
		}
		if ended {
			if err := announce(ctx, tx, event, on); err != nil {
				return err
			}
		}
		run, err = GetRun(ctx, tx, on)
		return err
	})
	return run, err
}

// runStep does what is left of a step.
func (c *Closer) runStep(
	ctx context.Context, l lease.Lease, step *Step, nr int, day Day,
) error {
	s, err := c.begin(ctx, l, step, nr, day)
	for err == nil && s.State != Done {
		switch {
		case step.Items != nil:
			s, err = c.items(ctx, l, step, s, day)
		case step.Piece != nil:
			s, err = c.piece(ctx, l, step, day, step.Piece)
		default:
			var did Piece
			if did, err = step.Job(ctx, day); err == nil {
				s, err = c.piece(ctx, l, step, day,
					func(context.Context, *db.Tx, Day) (Piece, error) { return did, nil })
			}
		}
		if err == nil {
			c.progress(Progress{day.On, step.Name, s.Counts, s.State})
		}
	}
	return err
}

func (c *Closer) progress(p Progress) {
	if c.Progress != nil {
		c.Progress(p)
	}
}

// begin reads the step's row, which it makes when the step is new.
func (c *Closer) begin(
	ctx context.Context, l lease.Lease, step *Step, nr int, day Day,
) (s StepRun, err error) {
	err = c.write(ctx, l, step.Name, func(ctx context.Context, tx *db.Tx) error {
		if err := storeNewStep(ctx, tx, day.On, step.Name, nr); err != nil {
			return err
		}
		s, err = loadStep(ctx, tx, day.On, step.Name)
		return err
	})
	return s, err
}

// piece does one piece and keeps its counts with it. The row is read in the same
// transaction: a run after a lost answer adds to what is there.
func (c *Closer) piece(
	ctx context.Context, l lease.Lease, step *Step, day Day,
	do func(context.Context, *db.Tx, Day) (Piece, error),
) (s StepRun, err error) {
	err = c.write(ctx, l, step.Name, func(ctx context.Context, tx *db.Tx) error {
		if s, err = loadStep(ctx, tx, day.On, step.Name); err != nil || s.State == Done {
			return err
		}
		p, err := do(ctx, tx, day)
		if err != nil {
			return err
		}
		if err := s.add(p); err != nil {
			return err
		}
		return storeStep(ctx, tx, day.On, s)
	})
	return s, err
}

// add counts a piece.
func (s *StepRun) add(p Piece) error {
	s.Counts = s.Counts.plus(Counts{Pieces: 1, Looked: p.Looked, Changed: p.Changed})
	if p.Did != nil {
		text, err := json.Marshal(p.Did)
		if err != nil {
			return fmt.Errorf("report of %s: %w", s.Name, err)
		}
		s.Did = string(text)
	}
	if !p.More {
		s.State = Done
	}
	return nil
}

// write runs fn in one transaction, fenced by the lease; a test may end the
// process before and after its commit.
func (c *Closer) write(
	ctx context.Context, l lease.Lease, what string, fn func(context.Context, *db.Tx) error,
) error {
	_, err := db.WriteBulk(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if err := l.Check(ctx, tx); err != nil {
			return struct{}{}, err
		}
		if err := fn(ctx, tx); err != nil {
			return struct{}{}, err
		}
		fault.Point("closing." + what + ".before-commit")
		return struct{}{}, nil
	})
	if err == nil {
		fault.Point("closing." + what + ".after-commit")
	}
	return err
}
