package closing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/lease"
	"openlend/ledger"
	"openlend/refusal"
)

func (b *bench) steps(more ...Step) {
	b.Steps = slices.Concat(more, []Step{
		{Name: "seal-date", Job: sealDate(b.DB), Look: lookAtSeal, Last: true}})
}

func TestDatesAreClosedInTheirOrder(t *testing.T) {
	each(t, func(b *bench) {
		b.steps(pieces(b.IDs, "p", 3), things(b.IDs, "t", 5, good), job(b.DB, b.IDs, "j"))
		var heard []Progress
		b.Progress = func(p Progress) { heard = append(heard, p) }
		b.day(2)
		runs := b.close(first.Days(1))
		if len(runs) != 2 || runs[0].On != first || runs[1].On != first.Days(1) {
			b.Fatalf("closed %+v", runs)
		}
		b.stands(first.Days(2), first.Days(1))
		b.noted("p", "2026-03-01 1", "2026-03-01 2", "2026-03-01 3",
			"2026-03-02 1", "2026-03-02 2", "2026-03-02 3")
		b.noted("j", "2026-03-01", "2026-03-02")
		b.noted(TopicDateClosed, "closing", "closing")
		for _, run := range runs {
			b.isReport(run)
			var kept Run
			b.write(func(ctx context.Context, tx *db.Tx) (err error) {
				kept, err = GetRun(ctx, tx, run.On)
				return err
			})
			if fmt.Sprint(kept) != fmt.Sprint(run) {
				b.Errorf("kept is %+v, told was %+v", kept, run)
			}
		}
		if last := heard[len(heard)-1]; len(heard) != 2*(3+4+1+1) || last.State != Done ||
			last.Step != "seal-date" || last.On != first.Days(1) {
			b.Errorf("heard %d times, at last %+v", len(heard), last)
		}
		if _, err := b.CloseDay(b.Context(), first.Days(1), closer); !errors.Is(err, ErrNothing) {
			b.Errorf("closed again: %v", err)
		}
		b.isListed(first.Days(1), first)
	})
}

// isReport checks what the report of those steps says.
func (b *bench) isReport(run Run) {
	b.Helper()
	if run.State != Done || run.Maker != "system:closing" || !run.FinishedAt.Equal(b.now.Now()) {
		b.Errorf("report %+v", run)
	}
	want := []string{
		"p done {3 6 3 0} {\"last\":3}",
		"t done {3 5 5 0} ",
		"j done {1 1 1 0} ",
		fmt.Sprintf("seal-date done {1 0 0 0} {\"sealed_through\":%q}", run.On),
	}
	for i, s := range run.Steps {
		if got := fmt.Sprint(s.Name, " ", s.State, " ", s.Counts, " ", s.Did); got != want[i] {
			b.Errorf("step %d: %s, want %s", i, got, want[i])
		}
	}
}

func (b *bench) isListed(want ...calendar.Date) {
	b.Helper()
	b.write(func(ctx context.Context, tx *db.Tx) error {
		var got []calendar.Date
		for after := (calendar.Date)(0); ; {
			page, err := ListRuns(ctx, tx, Query{After: after, Limit: 1})
			if err != nil || len(page) == 0 {
				if fmt.Sprint(got) != fmt.Sprint(want) {
					b.Errorf("listed %v, want %v", got, want)
				}
				return err
			}
			after = page[0].On
			got = append(got, after)
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(b *bench) {
		b.steps(pieces(b.IDs, "p", 1))
		b.Cutoff = Cutoff{After: 3 * time.Hour}
		b.now.Advance(15*time.Hour - time.Microsecond) // an instant before 03:00
		staff := Options{Actor: access.Staff(access.Treasurer, "t"), Early: true}
		for _, c := range []struct {
			through calendar.Date
			o       Options
			want    error
		}{
			{first, closer, ErrNotOver},
			{first.Days(1), closer, ErrNotOver},
			{first.Days(-1), closer, ErrNothing},
			{first, staff, access.ErrForbidden},
			{first, Options{Actor: access.Customer(1), Early: true}, access.ErrForbidden},
		} {
			if _, err := b.CloseDay(b.Context(), c.through, c.o); !errors.Is(err, c.want) {
				b.Errorf("closing %s: %v, want %v", c.through, err, c.want)
			}
		}
		if _, err := b.DryRun(b.Context(), staff.Actor); !errors.Is(err, access.ErrForbidden) {
			b.Errorf("a dry run: %v", err)
		}
		b.stands(first, first.Days(-1))
		b.noted("p")
		b.now.Advance(time.Microsecond)
		b.close(first)
		b.stands(first.Days(1), first)
		_, err := b.CloseDay(b.Context(), first.Days(1), Options{Actor: closer.Actor, Early: true})
		b.must(err)
		b.stands(first.Days(2), first.Days(1))
		b.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := GetRun(ctx, tx, first.Days(7)); !errors.Is(err, ErrNotFound) {
				b.Errorf("a date that was not closed: %v", err)
			}
			return nil
		})
	})
}

// One thing that cannot be done delays only itself, and the next date tries again.
func TestOneBadItem(t *testing.T) {
	each(t, func(b *bench) {
		broken := refusal.New("t.broken", "broken")
		isBad := true
		b.steps(things(b.IDs, "t", 5, func(item int64) error {
			if item == 3 && isBad {
				return broken
			}
			return nil
		}))
		b.day(2)
		dry, err := b.DryRun(b.Context(), closer.Actor)
		b.must(err)
		step := b.close(first)[0].Steps[0]
		for _, s := range []StepRun{dry.Steps[0], step} {
			if s.Counts.Looked != 5 || s.Counts.Changed != 4 || s.Counts.Failed != 1 ||
				fmt.Sprint(s.Failures) != "[{3 broken}]" {
				b.Errorf("reported %+v", s)
			}
		}
		b.noted("t", "2026-03-01 1", "2026-03-01 2", "2026-03-01 4", "2026-03-01 5")
		isBad = false
		step = b.close(first.Days(1))[0].Steps[0]
		if step.Counts.Changed != 5 || step.Failures != nil {
			b.Errorf("the next date: %+v", step)
		}
	})
}

// A step that fails keeps its date from the seal, and no other step from its
// work; the closing goes on there.
func TestFailedStep(t *testing.T) {
	each(t, func(b *bench) {
		fault := errors.New("broken")
		fail := Step{Name: "f", Piece: func(context.Context, *db.Tx, Day) (Piece, error) {
			return Piece{}, fault
		}}
		b.steps(pieces(b.IDs, "p", 2), fail, pieces(b.IDs, "q", 1))
		b.day(2)
		if _, err := b.CloseDay(b.Context(), first.Days(1), closer); !errors.Is(err, fault) {
			b.Fatalf("closed: %v", err)
		}
		b.stands(first.Days(1), first.Days(-1)) // D+1 is open, D not sealed
		b.noted("q", "2026-03-01 1")
		fault = nil
		if runs := b.close(first.Days(1)); len(runs) != 2 {
			b.Errorf("closed %+v", runs)
		}
		b.noted("p", "2026-03-01 1", "2026-03-01 2", "2026-03-02 1", "2026-03-02 2")
		b.noted("q", "2026-03-01 1", "2026-03-02 1")
	})
}

func TestDryRunChangesNothing(t *testing.T) {
	each(t, func(b *bench) {
		b.steps(pieces(b.IDs, "p", 3), things(b.IDs, "t", 5, good), job(b.DB, b.IDs, "j"))
		before := b.rows()
		run, err := b.DryRun(b.Context(), closer.Actor)
		b.must(err)
		if after := b.rows(); after != before {
			b.Errorf("rows before %s, after %s", before, after)
		}
		b.stands(first, first.Days(-1))
		want := []string{"p {1 2 1 0} true", "t {3 5 5 0} false", "j {1 1 1 0} false",
			"seal-date {1 0 0 0} false"}
		for i, s := range run.Steps {
			if got := fmt.Sprint(s.Name, " ", s.Counts, " ", s.AtLeast); got != want[i] {
				b.Errorf("step %d: %s, want %s", i, got, want[i])
			}
		}
		if !run.Dry || run.On != first {
			b.Errorf("it says %+v", run)
		}
	})
}

// rows counts the rows of the tables that closing could have changed.
func (b *bench) rows() string {
	b.Helper()
	var all []int64
	b.write(func(ctx context.Context, tx *db.Tx) error {
		for _, query := range []string{
			`SELECT COUNT(*) FROM outbox`, `SELECT COUNT(*) FROM closing_run`,
			`SELECT COUNT(*) FROM closing_step`, `SELECT COUNT(*) FROM closing_failure`,
			`SELECT COUNT(*) FROM ledger_rollup`, `SELECT COUNT(*) FROM ledger_transfer`,
		} {
			n, err := db.Value[int64](ctx, tx, query)
			if err != nil {
				return err
			}
			all = append(all, n)
		}
		return nil
	})
	return fmt.Sprint(all)
}

// A closer that was stopped and wakes up late changes nothing more.
func TestLateCloserIsFenced(t *testing.T) {
	each(t, func(b *bench) {
		b.day(1)
		other := b.Closer
		other.Holder, other.Wall = "other", clock.NewManual(noon.Add(leaseTime))
		other.Steps = []Step{pieces(b.IDs, "p", 2), job(b.DB, b.IDs, "sleep"),
			{Name: "seal-date", Job: sealDate(b.DB)}}
		b.Steps = append([]Step{}, other.Steps...)
		b.Steps[1].Job = func(ctx context.Context, day Day) (Piece, error) {
			_, err := other.CloseDay(ctx, day.On, closer) // while this one sleeps
			return Piece{Looked: 7}, err
		}
		if _, err := b.CloseDay(b.Context(), first, closer); !errors.Is(err, lease.ErrLost) {
			b.Errorf("the late closer: %v", err)
		}
		b.noted("p", "2026-03-01 1", "2026-03-01 2")
		b.noted(TopicDateClosed, "closing")
		b.stands(first.Days(1), first)
	})
}

func TestManyClosers(t *testing.T) {
	each(t, func(b *bench) {
		b.steps(pieces(b.IDs, "p", 5), things(b.IDs, "t", 9, good))
		b.day(3)
		var all sync.WaitGroup
		for i := range 4 {
			c := b.Closer
			if i%2 == 0 {
				c.Holder = "another process"
			}
			all.Go(func() {
				_, err := c.CloseDay(b.Context(), first.Days(2), closer)
				if err != nil && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrNothing) {
					b.Error(err)
				}
			})
		}
		all.Wait()
		b.stands(first.Days(3), first.Days(2))
		if got, err := notes(b.Context(), b.DB, "t"); err != nil || len(got) != 27 {
			b.Errorf("%d things done, %v", len(got), err)
		}
		b.noted(TopicDateClosed, "closing", "closing", "closing")
	})
}

// The service closes what is over, each date when its time has come.
func TestServe(t *testing.T) {
	each(t, func(b *bench) {
		b.steps()
		b.day(2)
		closed := make(chan Progress)
		ctx, stop := context.WithCancel(b.Context())
		b.Progress = func(p Progress) {
			select {
			case closed <- p:
			case <-ctx.Done():
			}
		}
		var served sync.WaitGroup
		served.Go(func() { b.Serve(ctx) })
		for _, want := range []calendar.Date{first, first.Days(1)} {
			if p := <-closed; p.On != want {
				b.Errorf("closed %s, want %s", p.On, want)
			}
		}
		for b.sealed() != first.Days(1) {
			time.Sleep(time.Millisecond)
		}
		stop()
		served.Wait()
	})
}

func (b *bench) sealed() (on calendar.Date) {
	b.Helper()
	b.write(func(ctx context.Context, tx *db.Tx) error {
		dates, err := ledger.ReadDates(ctx, tx)
		on = dates.SealedThrough
		return err
	})
	return on
}
