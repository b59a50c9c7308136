package closing

import (
	"context"
	"errors"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
)

const (
	insertRun = `INSERT INTO closing_run (business_on, state, maker, started_at)
		VALUES ($1, 'running', $2, $3) ON CONFLICT (business_on) DO NOTHING`
	updateRunDone = `UPDATE closing_run SET state = 'done', finished_at = $2
		WHERE business_on = $1 AND state = 'running'`
	selectUnfinished = `SELECT COALESCE(MIN(business_on), '') FROM closing_run
		WHERE state = 'running'`

	runColumns = `SELECT business_on, state, maker, started_at, COALESCE(finished_at, 0)
		FROM closing_run `
	selectRun  = runColumns + `WHERE business_on = $1`
	selectRuns = runColumns + `WHERE business_on < $1 OR $1 = ''
		ORDER BY business_on DESC LIMIT $2`
)

func storeNewRun(ctx context.Context, tx *db.Tx, on calendar.Date, maker string) error {
	_, err := tx.Exec(ctx, insertRun, on.String(), maker, tx.Now().UnixMicro())
	return err
}

// storeRunDone says whether it was this call that ended the run.
func storeRunDone(ctx context.Context, tx *db.Tx, on calendar.Date) (bool, error) {
	n, err := tx.Exec(ctx, updateRunDone, on.String(), tx.Now().UnixMicro())
	return n == 1, err
}

// loadUnfinished is the first date whose closing has begun and not ended, zero
// when there is none.
func loadUnfinished(ctx context.Context, tx *db.Tx) (calendar.Date, error) {
	text, err := db.Value[string](ctx, tx, selectUnfinished)
	if err != nil {
		return 0, err
	}
	return dateOrNone(text)
}

func loadRun(ctx context.Context, tx *db.Tx, on calendar.Date) (Run, error) {
	r, err := db.One(ctx, tx, scanRun, selectRun, on.String())
	if errors.Is(err, db.ErrNotFound) {
		err = ErrNotFound.With("%s", on)
	}
	return r, err
}

func listRuns(ctx context.Context, tx *db.Tx, q Query) ([]Run, error) {
	return db.Many(ctx, tx, scanRun, selectRuns, dateText(q.After), q.Limit)
}

func scanRun(s db.Scanner) (r Run, err error) {
	var on string
	var started, finished int64
	if err = s.Scan(&on, (*string)(&r.State), &r.Maker, &started, &finished); err != nil {
		return r, err
	}
	r.StartedAt, r.FinishedAt = instant(started), instant(finished)
	r.On, err = calendar.ParseDate(on)
	return r, err
}

const (
	insertStep = `INSERT INTO closing_step (business_on, name, nr, state, pieces, looked, changed,
		failed, did, after_on, after_id, started_at)
		VALUES ($1, $2, $3, 'running', 0, 0, 0, 0, '', '', 0, $4)
		ON CONFLICT (business_on, name) DO NOTHING`
	updateStep = `UPDATE closing_step SET state = $3, pieces = $4, looked = $5, changed = $6,
		failed = $7, did = $8, after_on = $9, after_id = $10, finished_at = $11
		WHERE business_on = $1 AND name = $2`

	stepColumns = `SELECT name, nr, state, pieces, looked, changed, failed, did, after_on, after_id,
		started_at, COALESCE(finished_at, 0) FROM closing_step WHERE business_on = $1 `
	selectStep  = stepColumns + `AND name = $2`
	selectSteps = stepColumns + `ORDER BY nr`
)

func storeNewStep(
	ctx context.Context, tx *db.Tx, on calendar.Date, name string, nr int,
) error {
	_, err := tx.Exec(ctx, insertStep, on.String(), name, nr, tx.Now().UnixMicro())
	return err
}

func storeStep(ctx context.Context, tx *db.Tx, on calendar.Date, s StepRun) error {
	var finished any
	if s.State == Done {
		finished = tx.Now().UnixMicro()
	}
	_, err := tx.Exec(ctx, updateStep, on.String(), s.Name, string(s.State), s.Counts.Pieces,
		s.Counts.Looked, s.Counts.Changed, s.Counts.Failed, s.Did, dateText(s.from.On), s.from.ID,
		finished)
	return err
}

func loadStep(ctx context.Context, tx *db.Tx, on calendar.Date, name string) (StepRun, error) {
	return db.One(ctx, tx, scanStep, selectStep, on.String(), name)
}

// loadSteps reads the steps of a date with their failures.
func loadSteps(ctx context.Context, tx *db.Tx, on calendar.Date) ([]StepRun, error) {
	steps, err := db.Many(ctx, tx, scanStep, selectSteps, on.String())
	if err != nil {
		return nil, err
	}
	failures, err := db.Many(ctx, tx, scanFailure, selectFailures, on.String())
	for _, f := range failures {
		for i := range steps {
			if steps[i].Name == f.step {
				steps[i].Failures = append(steps[i].Failures, f.Failure)
			}
		}
	}
	return steps, err
}

func scanStep(s db.Scanner) (r StepRun, err error) {
	var after string
	var started, finished int64
	c := &r.Counts
	err = s.Scan(&r.Name, &r.nr, (*string)(&r.State), &c.Pieces, &c.Looked, &c.Changed, &c.Failed,
		&r.Did, &after, &r.from.ID, &started, &finished)
	if err != nil {
		return r, err
	}
	r.StartedAt, r.FinishedAt = instant(started), instant(finished)
	r.from.On, err = dateOrNone(after)
	return r, err
}

const (
	insertFailure = `INSERT INTO closing_failure (business_on, step, item_id, why, failed_at)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	selectFailures = `SELECT step, item_id, why FROM closing_failure
		WHERE business_on = $1 ORDER BY step, item_id LIMIT 1000`
)

type failureRow struct {
	step string
	Failure
}

func storeFailure(
	ctx context.Context, tx *db.Tx, on calendar.Date, step string, f Failure,
) error {
	_, err := tx.Exec(ctx, insertFailure, on.String(), step, f.Item, f.Why, tx.Now().UnixMicro())
	return err
}

func scanFailure(s db.Scanner) (f failureRow, err error) {
	err = s.Scan(&f.step, &f.Item, &f.Why)
	return f, err
}

// instant reads microseconds UTC; 0 is no instant.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// dateText writes a date, ” for none.
func dateText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func dateOrNone(text string) (calendar.Date, error) {
	if text == "" {
		return 0, nil
	}
	return calendar.ParseDate(text)
}
