package closing

import (
	"context"
	"errors"
	"fmt"

	"openlend/access"
	"openlend/internal/db"
)

// errDry rolls a dry transaction back.
var errDry = errors.New("closing: dry run")

// DryRun says what closing the next date would do and changes nothing: it does
// the pieces and rolls each back. So what one piece would have changed the next
// does not see (money that two loans of one borrower would share), and of a step
// that finds its work by what is left only the first piece can be told; it is
// marked. Refusals: access.ErrForbidden, ledger.ErrNotReady.
func (c *Closer) DryRun(ctx context.Context, actor access.Actor) (Run, error) {
	if err := actor.Require(access.DayClose); err != nil {
		return Run{}, err
	}
	on, err := c.next(ctx)
	if err != nil {
		return Run{}, err
	}
	run := Run{On: on, State: Running, Maker: actor.Principal(), Dry: true}
	for i := range c.Steps {
		step := &c.Steps[i]
		s, err := c.dryStep(ctx, step, Day{On: on, Dry: true})
		if err != nil {
			return Run{}, fmt.Errorf("dry run of %s: %s: %w", on, step.Name, err)
		}
		run.Steps = append(run.Steps, s)
		c.progress(Progress{on, step.Name, s.Counts, s.State})
	}
	return run, nil
}

func (c *Closer) dryStep(ctx context.Context, step *Step, day Day) (StepRun, error) {
	s := StepRun{Name: step.Name, State: Running}
	if step.Items != nil {
		return c.dryItems(ctx, step, day, s)
	}
	do := step.Piece
	if do == nil {
		do = step.Look
	}
	if do == nil {
		return s, nil
	}
	err := c.dry(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := do(ctx, tx, day)
		if err == nil {
			s.AtLeast = p.More
			err = s.add(p)
		}
		return err
	})
	return s, err
}

func (c *Closer) dryItems(
	ctx context.Context, step *Step, day Day, s StepRun,
) (StepRun, error) {
	for {
		page, err := c.find(ctx, step, day, s.from)
		if err != nil || len(page) == 0 {
			return s, err
		}
		s.from = page[len(page)-1].At
		counts, failures, err := c.drySome(ctx, step, day, page)
		if err != nil {
			return s, err
		}
		s.Counts, s.Failures = s.Counts.plus(counts), append(s.Failures, failures...)
		c.progress(Progress{day.On, step.Name, s.Counts, s.State})
	}
}

// drySome tries items together, and each alone when they fail.
func (c *Closer) drySome(
	ctx context.Context, step *Step, day Day, page []Item,
) (counts Counts, failures []Failure, err error) {
	err = c.dry(ctx, func(ctx context.Context, tx *db.Tx) error {
		changed, err := step.Items.Do(ctx, tx, day, idsOf(page))
		counts = Counts{Pieces: 1, Looked: int64(len(page)), Changed: int64(changed)}
		return err
	})
	switch {
	case err == nil || !isItems(err):
		return counts, nil, err
	case len(page) == 1:
		failures = []Failure{{page[0].ID, short(err.Error())}}
		return Counts{Pieces: 1, Looked: 1, Failed: 1}, failures, nil
	}
	counts = Counts{}
	for _, one := range page {
		n, failed, err := c.drySome(ctx, step, day, []Item{one})
		if err != nil {
			return counts, failures, err
		}
		counts, failures = counts.plus(n), append(failures, failed...)
	}
	return counts, failures, nil
}

// dry runs fn and rolls it back.
func (c *Closer) dry(ctx context.Context, fn func(context.Context, *db.Tx) error) error {
	_, err := db.WriteBulk(ctx, c.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if err := fn(ctx, tx); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, errDry
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return err
}
