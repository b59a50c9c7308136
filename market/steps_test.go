package market

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"openlend/internal/db"
)

// act is something that moves listings: from these states to one.
type act struct {
	name string
	from []State
	to   State
	run  func(f *fair, l ListingID) error
}

// acts are all there are. Services pass over what is not theirs and refuse
// nothing; a bid has refusals of its own.
var acts = []act{
	{"prepare", []State{Draft, Returned}, InReview, func(f *fair, l ListingID) error {
		_, err := f.prepare(l)
		return err
	}},
	{"publish", []State{InReview}, Open, func(f *fair, l ListingID) error {
		_, err := f.review(l, Publish, time.Time{})
		return err
	}},
	{"publish later", []State{InReview}, Scheduled, func(f *fair, l ListingID) error {
		_, err := f.review(l, Publish, f.clock.Now().Add(time.Hour))
		return err
	}},
	{"return", []State{InReview}, Returned, func(f *fair, l ListingID) error {
		_, err := f.review(l, Return, time.Time{})
		return err
	}},
	{"refuse", []State{InReview}, Refused, func(f *fair, l ListingID) error {
		_, err := f.review(l, Refuse, time.Time{})
		return err
	}},
	{"open", []State{Scheduled}, Open, func(f *fair, _ ListingID) error {
		f.clock.Advance(2 * time.Hour)
		_, err := try(f, func(ctx context.Context, tx *db.Tx) (int, error) {
			return OpenScheduled(ctx, tx, f.ids)
		})
		return err
	}},
	{"fill", []State{Open}, Funded, func(f *fair, l ListingID) error {
		return f.bids(order(f.lenders(1, 1000)[0], l, f.remaining(l)))[0].Refusal
	}},
	{"expire", []State{Open, Funded, InFinalReview}, Failed, func(f *fair, _ ListingID) error {
		f.expire(100)
		return nil
	}},
	{"submit", []State{Funded}, InFinalReview, func(f *fair, l ListingID) error {
		_, err := f.submit(l)
		return err
	}},
	{"approve", []State{InFinalReview}, Allotted, func(f *fair, l ListingID) error {
		_, err := f.release(l, Approve)
		return err
	}},
	{"refuse to release", []State{InFinalReview}, Failed, func(f *fair, l ListingID) error {
		_, err := f.release(l, Refuse)
		return err
	}},
	{"close", []State{Allotted}, Closed, func(f *fair, l ListingID) error {
		return f.closeListing(l)
	}},
	{"cancel what is allotted", []State{Allotted}, Cancelled, func(f *fair, l ListingID) error {
		return f.cancelAllotted(l)
	}},
	{"cancel", []State{Draft, InReview, Returned, Scheduled, Open, Funded, InFinalReview},
		Cancelled, func(f *fair, l ListingID) error {
			_, err := f.cancel(l)
			return err
		}},
}

// in makes a listing in a state by the shortest way there.
func (f *fair) in(s State) ListingID {
	f.Helper()
	var way []string
	for _, step := range []struct {
		state State
		way   []string
	}{
		{Draft, nil},
		{InReview, []string{"prepare"}},
		{Returned, []string{"prepare", "return"}},
		{Refused, []string{"prepare", "refuse"}},
		{Scheduled, []string{"prepare", "publish later"}},
		{Open, []string{"prepare", "publish"}},
		{Funded, []string{"prepare", "publish", "fill"}},
		{InFinalReview, []string{"prepare", "publish", "fill", "submit"}},
		{Allotted, []string{"prepare", "publish", "fill", "submit", "approve"}},
		{Closed, []string{"prepare", "publish", "fill", "submit", "approve", "close"}},
		{Failed, []string{"prepare", "publish", "fill", "submit", "refuse to release"}},
		{Cancelled, []string{"prepare", "publish", "cancel"}},
	} {
		if step.state == s {
			way = step.way
		}
	}
	l := f.draft(1000, funding)
	for _, name := range way {
		i := slices.IndexFunc(acts, func(a act) bool { return a.name == name })
		if err := acts[i].run(f, l); err != nil {
			f.Fatal(s, name, err)
		}
		if slices.Contains([]State{Allotted, Failed, Cancelled}, acts[i].to) {
			f.runSagas()
		}
	}
	if got := f.listing(l).State; got != s {
		f.Fatalf("it is %s, not %s", got, s)
	}
	return l
}

// settle ends what the services would move.
func (f *fair) settle() {
	f.Helper()
	f.clock.Advance(2 * time.Hour)
	write(f, func(ctx context.Context, tx *db.Tx) (int, error) {
		return OpenScheduled(ctx, tx, f.ids)
	})
	f.expire(100)
	f.runSagas()
}

// everything is every row of the room, the books and the sagas.
func (f *fair) everything() string {
	f.Helper()
	return read(f, func(ctx context.Context, tx *db.Tx) (string, error) {
		var all strings.Builder
		for _, query := range []string{
			`SELECT id, state || why || closes_on || decide_by_on || maker || checker || submitter
				|| releaser || title || description, funded + allotted + bids + changed_at
				FROM market_listing ORDER BY id`,
			`SELECT id, state, allotted + changed_at FROM market_bid ORDER BY id`,
			`SELECT id, decision, listing_id FROM market_review ORDER BY id`,
			`SELECT cause_id, state, remaining FROM ledger_hold ORDER BY cause_id`,
			`SELECT account_id, '', posted * 1000000 + held FROM ledger_balance ORDER BY account_id`,
			`SELECT id, state, subject FROM saga ORDER BY id`,
			`SELECT id, topic, 0 FROM outbox ORDER BY id`,
		} {
			rows, err := db.Many(ctx, tx, func(s db.Scanner) (string, error) {
				var n, sum int64
				var text string
				err := s.Scan(&n, &text, &sum)
				return fmt.Sprintln(n, text, sum), err
			}, query)
			if err != nil {
				return "", err
			}
			fmt.Fprintln(&all, rows)
		}
		return all.String(), nil
	})
}

// Every act in every state: what the table of steps allows is done, everything
// else is refused and has changed nothing. And nothing is in the table that no
// act does.
func TestListingSteps(t *testing.T) {
	t.Parallel()
	eachFair(t, func(f *fair) {
		for _, s := range States() {
			f.settle()
			f.mustKeep(f.in(s), s)
			var done []State
			for _, a := range acts {
				if !slices.Contains(a.from, s) {
					continue
				}
				l := f.in(s)
				mustState(f, l, a.to, a.run(f, l))
				done = append(done, a.to)
			}
			f.runSagas()
			slices.Sort(done)
			done = slices.Compact(done)
			if want := slices.Sorted(slices.Values(s.Steps())); !slices.Equal(done, want) {
				f.Errorf("from %s the acts lead to %v, the table to %v", s, done, want)
			}
		}
		f.sound()
	})
}

// mustKeep tries every act on a listing in a state from which it does not lead.
func (f *fair) mustKeep(l ListingID, s State) {
	f.Helper()
	before := f.everything()
	for _, a := range acts {
		if slices.Contains(a.from, s) {
			continue
		}
		err := a.run(f, l)
		allowed := []error{ErrInvalidState}
		switch a.name {
		case "open", "expire":
			allowed = []error{nil}
		case "fill":
			allowed = []error{ErrClosed, ErrFullyFunded, ErrNotFound}
			before = f.everything() // it has made a lender
		}
		if !slices.ContainsFunc(allowed, func(e error) bool { return errors.Is(err, e) }) {
			f.Errorf("%s of a listing that is %s: %v", a.name, s, err)
		}
		if got := f.listing(l).State; got != s || f.everything() != before {
			f.Errorf("%s of a listing that is %s changed something: %s", a.name, s, got)
		}
	}
}

// A bid can be cancelled while it is held and its listing open, and never else.
func stepsOfBids(f *fair) {
	t := f.T
	for _, s := range []State{Open, Funded, InFinalReview, Allotted, Closed, Failed, Cancelled} {
		l := f.open(1000, funding)
		lender := f.lenders(1, 1000)[0]
		mine := f.bid(lender, l, 100)
		switch s {
		case Open:
		case Cancelled:
			mustState(f, l, Cancelled, errorOf(f.cancel(l)))
		default:
			f.bid(f.lenders(1, 1000)[0], l, 900)
			if s != Funded {
				mustState(f, l, InFinalReview, errorOf(f.submit(l)))
			}
			switch s {
			case Allotted, Closed:
				mustState(f, l, Allotted, errorOf(f.release(l, Approve)))
			case Failed:
				mustState(f, l, Failed, errorOf(f.release(l, Refuse)))
			}
		}
		f.runSagas()
		if s == Closed {
			mustState(f, l, Closed, f.closeListing(l))
		}
		before := f.everything()
		_, err := f.cancelBid(mine)
		if s == Open {
			if err != nil || f.wallet(lender).Held != 0 {
				t.Errorf("cancel: %v", err)
			}
			before = f.everything()
			_, err = f.cancelBid(mine) // again
		}
		if !errors.Is(err, ErrInvalidState) && !errors.Is(err, ErrClosed) {
			t.Errorf("cancel on a listing that is %s: %v", s, err)
		}
		if f.everything() != before {
			t.Errorf("a refused cancel on a listing that is %s has changed something", s)
		}
	}
	f.sound()
}

func errorOf[T any](_ T, err error) error { return err }

func mustState(f *fair, l ListingID, want State, err error) {
	f.Helper()
	if got := f.listing(l).State; err != nil || got != want {
		f.Fatalf("%s, not %s: %v", got, want, err)
	}
}
