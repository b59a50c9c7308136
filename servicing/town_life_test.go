package servicing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"openlend/calendar"
	"openlend/custody"
	"openlend/internal/db"
	"openlend/internal/outbox"
	"openlend/ledger"
	"openlend/market"
	"openlend/money"
	"openlend/refusal"
)

// run drives every saga that is due.
func (b *town) run() {
	b.Helper()
	if _, err := b.sagas.RunDue(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// deliver hands every event that was not handled yet to whom it may concern.
func (b *town) deliver() {
	b.Helper()
	b.hear(slices.Concat(market.Consumers(b.ids), Consumers(b.ids)))
}

func (b *town) hear(consumers []*outbox.Consumer) {
	b.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		events, err := db.Many(ctx, tx, func(s db.Scanner) (e outbox.Event, err error) {
			return e, s.Scan(&e.ID, &e.Topic, &e.Key, &e.Payload)
		}, `SELECT id, topic, key, payload FROM outbox ORDER BY id`)
		if err != nil {
			return err
		}
		for _, c := range consumers {
			mine := slices.DeleteFunc(slices.Clone(events), func(e outbox.Event) bool {
				return !slices.Contains(c.Topics, e.Topic)
			})
			fresh, err := outbox.Once(ctx, tx, c.Name, mine)
			if err != nil {
				return err
			}
			if len(fresh) == 0 {
				continue
			}
			if err := c.Handle(ctx, tx, fresh); err != nil {
				return err
			}
		}
		return nil
	})
}

// opened is the loan of a listing.
func (b *town) opened(listing market.ListingID) Loan {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
		return loadLoanOfListing(ctx, tx, listing)
	})
}

// loan is a loan as it is now.
func (b *town) loan(n LoanID) Loan {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (Loan, error) {
		return GetLoan(ctx, tx, n)
	})
}

// payout is the payout of a loan's disbursement.
func (b *town) payout(n LoanID) custody.Payout {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
		return custody.PayoutFor(ctx, tx, custody.PurposeDisbursement, int64(n))
	})
}

// bankSays is the bank's word on the disbursement of a loan.
func (b *town) bankSays(n LoanID, what custody.Outcome) {
	b.Helper()
	p := b.payout(n)
	b.line++
	line := b.line
	b.do(func(ctx context.Context, tx *db.Tx) error {
		r := custody.Result{Outcome: what, Amount: p.Amount, Reason: "code\x0132"}
		switch what {
		case custody.OutcomeSettled:
			r.Line = line
		case custody.OutcomeReturned:
			r.Line, r.ReturnLine = p.Line, line
		}
		return custody.ApplyBankResult(ctx, tx, b.ids, p.RequestNo, r)
	})
}

// disbursed is a running loan with those shares, in six months of equal
// principal at 1 % a month from townStart or the business date of today.
func (b *town) disbursed(shares ...int64) Loan {
	b.Helper()
	listing := b.allotted(shares...)
	b.deliver()
	b.run()
	n := b.opened(listing).ID
	b.bankSays(n, custody.OutcomeSettled)
	b.deliver()
	b.run()
	l := b.loan(n)
	if l.State != StateActive {
		b.Fatalf("%+v", l)
	}
	return l
}

// today opens the business dates up to one.
func (b *town) today(on string) {
	b.Helper()
	for {
		open := must(b, ledger.ReadDates).BusinessOn
		if open >= day(on) {
			return
		}
		must(b, func(ctx context.Context, tx *db.Tx) (calendar.Date, error) {
			return ledger.OpenNextDate(ctx, tx, open)
		})
		b.clock.Advance(24 * time.Hour)
	}
}

// age lets the days of a loan pass up to the business date.
func (b *town) age(n LoanID) Loan {
	b.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		dates, err := ledger.ReadDates(ctx, tx)
		if err != nil {
			return err
		}
		_, err = AgeLoans(ctx, tx, b.ids, []LoanID{n}, dates.BusinessOn)
		return err
	})
	return b.loan(n)
}

// balance is what lies in an account.
func (b *town) balance(kind ledger.Kind, owner int64) int64 {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
		found, err := ledger.EnsureAccounts(ctx, tx, b.ids,
			ledger.NewAccount{Kind: kind, Currency: money.EUR, OwnerID: owner})
		if err != nil {
			return 0, err
		}
		posted, err := ledger.Balances(ctx, tx, found[0].ID)
		if err != nil {
			return 0, err
		}
		return posted[0].Minor(), nil
	})
}

// wallets are the balances of all lenders, in their order.
func (b *town) wallets() []int64 {
	b.Helper()
	all := make([]int64, len(b.lenders))
	for i, l := range b.lenders {
		all[i] = b.balance(ledger.Wallet, int64(l))
	}
	return all
}

// refused runs what must be refused with a code, and then must have changed
// nothing in the tables of servicing and note.
func (b *town) refused(code error, fn func(context.Context, *db.Tx) error) {
	b.Helper()
	before := b.everything()
	_, err := write(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		err := fn(ctx, tx)
		if _, failed := ledger.ReadDates(ctx, tx); failed != nil { // what idem does needs it too
			b.Errorf("%v, after a statement that has failed", err)
		}
		return struct{}{}, err
	})
	if refusal.Code(err) != refusal.Code(code) {
		b.Errorf("got %v, want %v", err, code)
	}
	if after := b.everything(); after != before {
		b.Errorf("a refused command has changed something:\n%s\n%s", before, after)
	}
}

// everything is a fingerprint of all rows that an operation here may change.
func (b *town) everything() string {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (string, error) {
		var text strings.Builder
		rows, err := db.Many(ctx, tx, func(s db.Scanner) (row string, err error) {
			return row, s.Scan(&row)
		}, `SELECT 'events ' || CAST(COUNT(*) AS TEXT) FROM servicing_event
			UNION ALL SELECT 'plans ' || CAST(COUNT(*) AS TEXT) FROM servicing_schedule
			UNION ALL SELECT 'allocations ' || CAST(COUNT(*) AS TEXT) FROM servicing_allocation
			UNION ALL SELECT 'payments ' || CAST(COUNT(*) AS TEXT) FROM servicing_payment
			UNION ALL SELECT 'proposals ' || state FROM servicing_proposal
			UNION ALL SELECT 'transfers ' || CAST(COUNT(*) AS TEXT) FROM ledger_transfer
			UNION ALL SELECT 'notes ' || CAST(COUNT(*) AS TEXT) FROM note
			UNION ALL SELECT 'news ' || CAST(COUNT(*) AS TEXT) FROM outbox`)
		if err != nil {
			return "", err
		}
		slices.Sort(rows)
		_, _ = fmt.Fprintln(&text, rows) // a builder takes all
		loans, err := db.Many(ctx, tx, scanLoan, selectLoanColumns+`ORDER BY id`)
		for _, l := range loans {
			_, _ = fmt.Fprintf(&text, "%+v ", *l)
		}
		return text.String(), err
	})
}
