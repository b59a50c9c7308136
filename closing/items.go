package closing

import (
	"context"
	"errors"
	"strings"

	"openlend/internal/db"
	"openlend/internal/lease"
	"openlend/refusal"
)

// items does the next items of a step. When they fail together each is tried
// alone, so that one that cannot be done delays only itself.
func (c *Closer) items(
	ctx context.Context, l lease.Lease, step *Step, s StepRun, day Day,
) (StepRun, error) {
	page, err := c.find(ctx, step, day, s.from)
	if err != nil {
		return s, err
	}
	next, err := c.some(ctx, l, step, day, s, page)
	if err == nil || len(page) < 2 || !isItems(err) {
		return next, err
	}
	for _, one := range page {
		if s, err = c.some(ctx, l, step, day, s, []Item{one}); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (c *Closer) find(
	ctx context.Context, step *Step, day Day, after Cursor,
) ([]Item, error) {
	return db.Read(ctx, c.DB, func(ctx context.Context, tx *db.Tx) ([]Item, error) {
		return step.Items.Find(ctx, tx, day, after, step.Items.Size)
	})
}

// some does items in one transaction with their counts, unless the row says that
// it was done before: the answer of that commit was lost. No items end the step.
// One that fails alone is kept as a failure.
func (c *Closer) some(
	ctx context.Context, l lease.Lease, step *Step, day Day, s StepRun, page []Item,
) (StepRun, error) {
	next, err := c.move(ctx, l, step, day, s, page,
		func(ctx context.Context, tx *db.Tx) (Counts, error) {
			changed, err := step.Items.Do(ctx, tx, day, idsOf(page))
			return Counts{Pieces: 1, Looked: int64(len(page)), Changed: int64(changed)}, err
		})
	if err == nil || len(page) != 1 || !isItems(err) {
		return next, err
	}
	f := Failure{Item: page[0].ID, Why: short(err.Error())}
	return c.move(ctx, l, step, day, s, page,
		func(ctx context.Context, tx *db.Tx) (Counts, error) {
			return Counts{Pieces: 1, Looked: 1, Failed: 1},
				storeFailure(ctx, tx, day.On, step.Name, f)
		})
}

// move does work and goes on behind the page.
func (c *Closer) move(
	ctx context.Context, l lease.Lease, step *Step, day Day, s StepRun, page []Item,
	do func(context.Context, *db.Tx) (Counts, error),
) (StepRun, error) {
	next := s
	err := c.write(ctx, l, step.Name, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if next, err = loadStep(ctx, tx, day.On, step.Name); err != nil || next.from != s.from {
			return err
		}
		if len(page) == 0 {
			next.State = Done
			return storeStep(ctx, tx, day.On, next)
		}
		counts, err := do(ctx, tx)
		if err != nil {
			return err
		}
		next.Counts = next.Counts.plus(counts)
		next.from = page[len(page)-1].At
		return storeStep(ctx, tx, day.On, next)
	})
	if err != nil {
		return s, err
	}
	return next, nil
}

func idsOf(page []Item) []int64 {
	ids := make([]int64, len(page))
	for i, item := range page {
		ids[i] = item.ID
	}
	return ids
}

// isItems tells an item that cannot be done from a database or a process that
// cannot go on.
func isItems(err error) bool {
	room, _, _ := strings.Cut(refusal.Code(err), ".")
	switch room {
	case "db", "id", "lease":
		return false
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// short is what a row keeps of an error: PostgreSQL keeps no NUL.
func short(why string) string {
	why = strings.ToValidUTF8(why[:min(len(why), 500)], "?")
	return strings.ReplaceAll(why, "\x00", "?")
}
