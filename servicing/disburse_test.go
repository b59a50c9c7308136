package servicing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"openlend/custody"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/outbox"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/note"
	"openlend/origination"
)

// A loan is paid out: net to the borrower's bank, the fee to the platform, a
// note for every share, and a plan from the day on which the bank paid.
func TestDisburse(t *testing.T) {
	eachTown(t, func(b *town) {
		listing := b.allotted(60_000, 40_001, 19_999)
		b.deliver()
		n := b.opened(listing).ID
		b.today("2025-01-13")
		b.run()
		if l := b.loan(n); l.State != StateDisbursing || l.Principal != 120_000 || l.Fee != 2_400 {
			b.Fatalf("%+v", l)
		}
		if p := b.payout(n); p.Amount != eur(117_600) {
			b.Errorf("%+v", p)
		}
		b.mustHold(n, 0, "before the bank's word")
		b.today("2025-01-15")
		b.bankSays(n, custody.OutcomeSettled)
		b.today("2025-01-16")
		b.deliver()
		b.run()
		l := b.loan(n)
		if l.State != StateActive || l.StartOn != day("2025-01-15") || l.Outstanding != 120_000 ||
			l.NextDueOn != day("2025-02-15") || l.Notes != 3 || l.Versions != 1 {
			b.Errorf("%+v", l)
		}
		b.mustHold(n, 120_000, "after it")
		if got := b.balance(ledger.Escrow, int64(listing)); got != 0 {
			b.Errorf("escrow %d", got)
		}
		if got := b.balance(ledger.FeeIncome, 0); got != 2_400 {
			b.Errorf("fees %d", got)
		}
		// 120,000 + 20,000 and 1 % of 120,000 with the first instalment.
		s := must(b, func(ctx context.Context, tx *db.Tx) (loan.Schedule, error) {
			all, err := loadContracts(ctx, tx, []LoanID{n})
			return all[n], err
		})
		if len(s.Instalments) != 6 || s.Instalments[0].Interest != 1_200 ||
			s.Instalments[0].Principal != 20_000 {
			b.Errorf("%+v", s.Instalments)
		}
		b.sound()
	})
}

// mustHold compares what the notes of a loan have outstanding.
func (b *town) mustHold(n LoanID, want int64, when string) {
	b.Helper()
	notes := must(b, func(ctx context.Context, tx *db.Tx) ([]note.Note, error) {
		return note.OfLoan(ctx, tx, n)
	})
	sum := int64(0)
	for _, n := range notes {
		sum += n.Outstanding
	}
	if sum != want {
		b.Errorf("%s: notes of %d, not %d", when, sum, want)
	}
}

// scene is a part of a test that shares its town, so that a database is made
// once.
func (b *town) scene(name string, test func(b *town)) {
	b.Helper()
	b.Run(name, func(t *testing.T) {
		own := *b
		own.T = t
		defer func() { b.line, b.people = own.line, own.people }()
		test(&own)
	})
}

func TestDisbursement(t *testing.T) {
	eachTown(t, func(b *town) {
		b.scene("refused by the bank", (*town).refusedByTheBank)
		b.scene("returned after it was settled", (*town).returnedBySettled)
		b.scene("a borrower who cannot be paid", (*town).waitsForTheBorrower)
		b.scene("a borrower who never can", (*town).givesUpOnTheBorrower)
		b.scene("heard twice", (*town).heardTwice)
		b.scene("opened by many at once", (*town).openedAtOnce)
		b.scene("funded in part", (*town).fundedInPart)
		b.scene("broken books are found", (*town).brokenBooks)
		b.scene("every step fails once after its work", (*town).everyStepFailsOnce)
		b.sound()
	})
}

// The bank refuses: every lender has his share back, and the platform no fee.
func (b *town) refusedByTheBank() {
	before, fees := b.wallets(), b.balance(ledger.FeeIncome, 0)
	listing := b.allotted(60_000, 40_001, 19_999)
	b.deliver()
	b.run()
	n := b.opened(listing).ID
	b.bankSays(n, custody.OutcomeRejected)
	b.deliver()
	b.run()
	b.mustBeCancelled(n, []int64{before[0] + 60_000, before[1] + 40_001, before[2] + 19_999}, fees)
}

// mustBeCancelled: nothing is left of a loan that was never paid out.
func (b *town) mustBeCancelled(n LoanID, wallets []int64, fees int64) {
	b.Helper()
	l := b.loan(n)
	if l.State != StateCancelled || l.Outstanding != 0 || l.Notes != 0 {
		b.Errorf("%+v", l)
	}
	if got := b.wallets(); !slices.Equal(got, wallets) {
		b.Errorf("the lenders have %d, not %d", got, wallets)
	}
	if got := b.balance(ledger.FeeIncome, 0); got != fees {
		b.Errorf("fees %d, not %d", got, fees)
	}
	for kind, owner := range map[ledger.Kind]int64{
		ledger.Escrow: int64(l.Listing), ledger.PayoutTransit: int64(l.Borrower),
		ledger.Collection: int64(n),
	} {
		if got := b.balance(kind, owner); got != 0 {
			b.Errorf("%d left in %s", got, kind)
		}
	}
	listing := must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.GetListing(ctx, tx, l.Listing)
	})
	if listing.State != market.Cancelled || listing.Funded != 0 ||
		listing.Why != "the loan could not be paid out" { // nothing of the bank's own words
		b.Errorf("%+v", listing)
	}
	b.mustHold(n, 0, "cancelled")
}

// The bank returns what it had paid: the money is the borrower's, in his wallet,
// and the loan runs.
func (b *town) returnedBySettled() {
	l := b.disbursed(50_000)
	before := b.balance(ledger.Wallet, int64(b.borrower))
	b.bankSays(l.ID, custody.OutcomeReturned)
	b.deliver()
	b.run()
	if now := b.loan(l.ID); now != l {
		b.Errorf("%+v became %+v", l, now)
	}
	if got := b.balance(ledger.Wallet, int64(b.borrower)) - before; got != 49_000 {
		b.Errorf("the borrower has %d", got)
	}
}

func (b *town) freeze(c customer.ID, frozen bool) {
	b.Helper()
	must(b, func(ctx context.Context, tx *db.Tx) (customer.Customer, error) {
		in := customer.NewFreeze{Customer: c, Reason: "a test of patience"}
		if frozen {
			return customer.Freeze(ctx, tx, b.ids, cora, in)
		}
		return customer.Unfreeze(ctx, tx, b.ids, cora, in)
	})
}

func (b *town) waitsForTheBorrower() {
	listing := b.allotted(50_000)
	b.freeze(b.borrower, true)
	b.deliver()
	b.run()
	n := b.opened(listing).ID
	s := b.saga(n)
	if l := b.loan(n); l.State != StateDisbursing || s.Step != "pay" || s.Why == "" {
		b.Errorf("%+v, %+v", l, s)
	}
	if got := b.balance(ledger.Escrow, int64(listing)); got != 50_000 {
		b.Errorf("escrow %d", got)
	}
	b.freeze(b.borrower, false)
	b.clock.Advance(2 * time.Hour)
	b.run()
	b.bankSays(n, custody.OutcomeSettled)
	b.deliver()
	b.run()
	if l := b.loan(n); l.State != StateActive {
		b.Errorf("%+v", l)
	}
}

func (b *town) saga(n LoanID) saga.Saga {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (saga.Saga, error) {
		return saga.Find(ctx, tx, SagaDisbursement, int64(n))
	})
}

func (b *town) givesUpOnTheBorrower() {
	before, fees := b.wallets(), b.balance(ledger.FeeIncome, 0)
	listing := b.allotted(30_000, 20_000)
	b.freeze(b.borrower, true)
	b.deliver()
	b.run()
	b.clock.Advance(drawWithin + time.Hour)
	b.run()
	b.freeze(b.borrower, false)
	n := b.opened(listing).ID
	b.mustBeCancelled(n, []int64{before[0] + 30_000, before[1] + 20_000, before[2]}, fees)
}

func (b *town) openedAtOnce() {
	listing := b.allotted(20_000)
	opened := make(chan Loan, 8)
	for range cap(opened) {
		go func() {
			l, err := write(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
				return OpenLoan(ctx, tx, b.ids, listing)
			})
			if err != nil {
				b.Error(err)
			}
			opened <- l
		}()
	}
	first := <-opened
	for range cap(opened) - 1 {
		if next := <-opened; next.ID != first.ID {
			b.Errorf("two loans: %v, %v", first.ID, next.ID)
		}
	}
	b.run()
	b.bankSays(first.ID, custody.OutcomeRejected)
	b.deliver()
	b.run()
}

// A loan that was funded in part is the part: its fee and its plan are smaller.
func (b *town) fundedInPart() {
	b.product = b.installAs("part", func(p *origination.Product) {
		p.Funding.MinFunded = money.One / 2
	})
	listing := b.published(100_000)
	b.bid(listing, 40_000, 20_003)
	closes := must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.GetListing(ctx, tx, listing)
	}).ClosesOn
	b.today(closes.String())
	must(b, func(ctx context.Context, tx *db.Tx) (int, error) {
		return market.CloseExpired(ctx, tx, b.ids, closes)
	})
	b.release(listing)
	b.run()
	b.deliver()
	b.run()
	l := b.opened(listing)
	b.bankSays(l.ID, custody.OutcomeSettled)
	b.deliver()
	b.run()
	l = b.loan(l.ID)
	if l.State != StateActive || l.Principal != 60_003 || l.Fee != 1_200 ||
		l.Outstanding != 60_003 {
		b.Errorf("%+v", l)
	}
	b.mustHold(l.ID, 60_003, "in part")
}

// brokenBooks breaks each invariant of disbursements, in a transaction that is
// rolled back.
func (b *town) brokenBooks() {
	l := b.disbursed(20_000)
	listing := b.allotted(20_000)
	b.deliver()
	b.run()
	waits := b.opened(listing)
	for query, breaks := range map[string]func(context.Context, *db.Tx) error{
		badPaidOut: func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE servicing_loan SET principal = principal + 1
				WHERE id = $1`, int64(l.ID))
			return err
		},
		badCancelled: func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE servicing_loan SET state = 'cancelled'
				WHERE id = $1`, int64(waits.ID))
			return err
		},
		badEarlyNotes: func(ctx context.Context, tx *db.Tx) error {
			_, err := note.Issue(ctx, tx, b.ids, waits.ID, waits.Currency, l.StartOn,
				[]note.NewNote{{Holder: b.lenders[0], Wallet: l.Wallet, Face: 5}})
			return err
		},
	} {
		undone := errors.New("undone")
		_, err := write(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
			if err := breaks(ctx, tx); err != nil {
				return struct{}{}, err
			}
			bad, err := db.Many(ctx, tx, func(s db.Scanner) (key string, err error) {
				var what string
				return key, s.Scan(&key, &what)
			}, query)
			if len(bad) != 1 {
				b.Errorf("%q finds %v, %v", query, bad, err)
			}
			return struct{}{}, undone
		})
		if !errors.Is(err, undone) {
			b.Error(err)
		}
	}
	b.bankSays(waits.ID, custody.OutcomeRejected)
	b.deliver()
	b.run()
}

// An event that comes twice opens one loan and pays it once.
func (b *town) heardTwice() {
	listing := b.allotted(50_000)
	again := func(topic string) {
		b.do(func(ctx context.Context, tx *db.Tx) error {
			for _, c := range Consumers(b.ids) {
				events, err := db.Many(ctx, tx, func(s db.Scanner) (e outbox.Event, err error) {
					return e, s.Scan(&e.ID, &e.Topic, &e.Key, &e.Payload)
				}, `SELECT id, topic, key, payload FROM outbox WHERE topic = $1 ORDER BY id DESC
					LIMIT 1`, topic)
				if err != nil {
					return err
				}
				if slices.Contains(c.Topics, topic) {
					if err := c.Handle(ctx, tx, events); err != nil {
						return err
					}
				}
			}
			return nil
		})
		b.run()
	}
	for range 3 {
		again(market.TopicListingAllotted)
	}
	l := b.opened(listing)
	b.bankSays(l.ID, custody.OutcomeSettled)
	for range 3 {
		again(custody.TopicPayoutSettled)
	}
	again(market.TopicListingAllotted)
	b.deliver()
	if l = b.loan(l.ID); l.State != StateActive || l.Outstanding != 50_000 {
		b.Errorf("%+v", l)
	}
	loans := must(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx,
			`SELECT COUNT(*) FROM servicing_loan WHERE listing_id = $1`, int64(listing))
	})
	if loans != 1 {
		b.Errorf("%d loans", loans)
	}
}

var errKilled = errors.New("killed before the commit")

// mortal makes every step of a saga fail the first time, after its work.
func mortal(d saga.Definition, died map[string]bool) saga.Definition {
	type work = func(context.Context, *db.Tx, *saga.Saga) (saga.Next, error)
	wrap := func(name string, do work) work {
		if do == nil {
			return nil
		}
		return func(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
			next, err := do(ctx, tx, s)
			key := fmt.Sprint(s.ID, name)
			if err == nil && !died[key] {
				died[key] = true
				return next, errKilled
			}
			return next, err
		}
	}
	d.Steps = slices.Clone(d.Steps)
	for i := range d.Steps {
		s := &d.Steps[i]
		s.Do, s.Undo = wrap(s.Name, s.Do), wrap("undo "+s.Name, s.Undo)
	}
	return d
}

// Every step and every compensation of a disbursement is lost once when all of
// its work is done, right before its commit; then it is run again.
func (b *town) everyStepFailsOnce() {
	died := map[string]bool{}
	engine := *b.sagas
	engine.Workers, engine.Report = 1, func(err error) {
		if !errors.Is(err, errKilled) {
			b.Error(err)
		}
	}
	engine.Definitions = nil
	for _, d := range b.sagas.Definitions {
		engine.Definitions = append(engine.Definitions, mortal(d, died))
	}
	run := func() {
		for range 12 {
			b.clock.Advance(time.Minute)
			if _, err := engine.RunDue(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, word := range []custody.Outcome{custody.OutcomeSettled, custody.OutcomeRejected} {
		before, fees := b.wallets(), b.balance(ledger.FeeIncome, 0)
		listing := b.allotted(30_000, 20_000)
		b.deliver()
		run()
		n := b.opened(listing).ID
		if payouts := must(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM custody_payout
				WHERE purpose = 'disbursement' AND subject = $1`, int64(n))
		}); payouts != 1 {
			b.Errorf("%d payouts", payouts)
		}
		b.bankSays(n, word)
		b.deliver()
		run()
		if word == custody.OutcomeRejected {
			b.mustBeCancelled(n, []int64{before[0] + 30_000, before[1] + 20_000, before[2]}, fees)
			continue
		}
		if l := b.loan(n); l.State != StateActive || l.Outstanding != 50_000 {
			b.Errorf("%+v", l)
		}
		b.mustHold(n, 50_000, "active")
		if got := b.balance(ledger.FeeIncome, 0) - fees; got != 1_000 {
			b.Errorf("fees %d", got)
		}
	}
	if len(died) != 10 { // four steps; three, their two compensations and the unwinding
		b.Errorf("%d steps were killed: %v", len(died), died)
	}
}
