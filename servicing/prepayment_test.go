package servicing

import (
	"context"
	"testing"

	"openlend/access"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
)

// atHome is the borrower of a loan, at his own screen.
func (x lending) atHome() access.Actor { return access.Customer(x.borrower) }

func (b *town) payNow(x lending, minor int64, rest loan.Rest) Payment {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) {
		return PayFromWallet(ctx, tx, b.ids, x.atHome(), NewPayment{Loan: x.LoanID,
			Amount: eur(minor), Rest: rest})
	})
}

// The quote of a day repays the loan to the cent; another amount, and the quote
// of another day, are refused.
func TestPayOff(t *testing.T) {
	eachLender(t, func(b *town) {
		x := b.lends(6, 60_000, 40_000, 20_000)
		b.spends(x.borrower, -200_000)
		b.today("2025-02-20")
		quote := must(b, func(ctx context.Context, tx *db.Tx) (loan.Quote, error) {
			return Quote(ctx, tx, x.LoanID, 0)
		})
		pay := func(total int64) func(context.Context, *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error {
				_, err := PayOff(ctx, tx, b.ids, x.atHome(), NewPayoff{x.LoanID, eur(total)})
				return err
			}
		}
		b.refused(ErrQuote, pay(quote.Total-1))
		b.today("2025-02-21")
		b.refused(ErrQuote, pay(quote.Total))
		b.refused(ErrValueOn, func(ctx context.Context, tx *db.Tx) error {
			_, err := Quote(ctx, tx, x.LoanID, day("2025-02-20"))
			return err
		})
		quote = must(b, func(ctx context.Context, tx *db.Tx) (loan.Quote, error) {
			return Quote(ctx, tx, x.LoanID, 0)
		})
		b.do(pay(quote.Total))
		l := b.loan(x.LoanID)
		if l.State != StateRepaid || l.Outstanding != 0 || !l.NextDueOn.IsZero() {
			b.Errorf("%+v", l)
		}
		if got := b.balance(ledger.Wallet, x.borrower); got != 200_000-quote.Total {
			b.Errorf("the borrower has %d", got)
		}
		b.refused(ErrInvalidState, pay(quote.Total))
		b.sound()
	})
}

// A partial prepayment shortens the loan or makes its instalments smaller, as
// the borrower chose; the old plan is kept.
func TestPrepaymentKeepsTheOldPlan(t *testing.T) {
	eachLender(t, func(b *town) {
		short, small := b.lends(6, 120_000), b.lends(6, 70_000, 50_000)
		b.today("2025-02-10")
		for _, x := range []struct {
			lending

			rest  loan.Rest
			lines int
		}{{short, loan.RestShorter, 4}, {small, loan.RestSmaller, 6}} {
			b.spends(x.borrower, -61_200)
			b.payNow(x.lending, 61_200, x.rest)
			versions := must(b, func(ctx context.Context, tx *db.Tx) ([]Version, error) {
				return ListVersions(ctx, tx, x.LoanID)
			})
			if len(versions) != 2 || len(versions[0].Instalments) != 6 ||
				len(versions[1].Instalments) != x.lines || b.loan(x.LoanID).Versions != 2 {
				b.Errorf("%s: %+v", x.rest, versions)
			}
			if l := b.loan(x.LoanID); l.Outstanding != 60_000 {
				b.Errorf("%s: %+v", x.rest, l)
			}
		}
		b.sound()
	})
}

// What is over waits for its refund, or for what falls due next; it is never the
// platform's, and refunded it is gone for good.
func TestRestIsTheBorrowers(t *testing.T) {
	eachLender(t, func(b *town) {
		refund, hold := b.lends(6, 120_000), b.lends(6, 120_000)
		b.today("2025-02-10")
		b.spends(refund.borrower, -50_000)
		b.spends(hold.borrower, -50_000)
		over := b.payNow(refund, 50_000, "")
		kept := b.payNow(hold, 50_000, loan.RestHold)
		if over.Unallocated != 28_800 || over.Rest != loan.RestRefund ||
			kept.Unallocated != 28_800 || kept.Rest != loan.RestHold {
			b.Errorf("%+v\n%+v", over, kept)
		}
		if l := b.loan(hold.LoanID); l.Held != 28_800 {
			b.Errorf("%+v", l)
		}
		b.sound()
		queue := must(b, func(ctx context.Context, tx *db.Tx) ([]Payment, error) {
			return ListRefunds(ctx, tx, 0, 0)
		})
		if len(queue) != 1 || queue[0].ID != over.ID {
			b.Errorf("%+v", queue)
		}
		for _, want := range []int{1, 0} { // the queue is worked off once
			n := must(b, func(ctx context.Context, tx *db.Tx) (int, error) {
				return RefundRests(ctx, tx, b.ids, []LoanID{refund.LoanID, hold.LoanID})
			})
			if n != want {
				b.Errorf("%d refunded", n)
			}
		}
		if got := b.balance(ledger.Wallet, refund.borrower); got != 28_800 {
			b.Errorf("the borrower has %d", got)
		}
		b.today("2025-03-10") // what is on hold pays the next instalment, without anybody
		b.age(hold.LoanID)
		b.run()
		if l := b.loan(hold.LoanID); l.Held != 28_800-21_000 || l.Outstanding != 80_000 {
			b.Errorf("%+v", l)
		}
		must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) {
			return RefundRest(ctx, tx, b.ids, hold.atHome(), kept.ID, "I need it")
		})
		b.refused(ErrNoRest, func(ctx context.Context, tx *db.Tx) error {
			_, err := RefundRest(ctx, tx, b.ids, hold.atHome(), kept.ID, "and more")
			return err
		})
		b.sound()

		b.bounces(over.ID) // the refund is owed back
		if got := b.balance(ledger.Wallet, refund.borrower); got != 50_000 {
			b.Errorf("the borrower has %d", got)
		}
		b.sound()
	})
}

// Who may not, and what is no payment.
func TestPaymentsThatAreRefused(t *testing.T) {
	eachLender(t, func(b *town) {
		x := b.lends(6, 120_000)
		b.today("2025-02-10")
		b.spends(x.borrower, -100)
		for name, c := range map[string]struct {
			want  error
			actor access.Actor
			in    NewPayment
		}{
			"another customer":  {ErrNotFound, access.Customer(7), NewPayment{Amount: eur(10)}},
			"an underwriter":    {access.ErrForbidden, uma, NewPayment{Amount: eur(10)}},
			"nothing":           {ErrAmount, x.atHome(), NewPayment{Amount: eur(0)}},
			"less than nothing": {ErrAmount, x.atHome(), NewPayment{Amount: eur(-5)}},
			"dollars":           {ErrCurrency, x.atHome(), NewPayment{Amount: money.New(5, "USD")}},
			"more than he has":  {ledger.ErrInsufficient, x.atHome(), NewPayment{Amount: eur(101)}},
			"a wish":            {ErrRest, x.atHome(), NewPayment{Amount: eur(10), Rest: "bonus"}},
		} {
			c.in.Loan = x.LoanID
			b.Log(name)
			b.refused(c.want, func(ctx context.Context, tx *db.Tx) error {
				_, err := PayFromWallet(ctx, tx, b.ids, c.actor, c.in)
				return err
			})
		}
		for name, c := range map[string]struct {
			want  error
			actor access.Actor
			in    NewPayment
		}{
			"the borrower":     {access.ErrForbidden, x.atHome(), NewPayment{}},
			"tomorrow":         {ErrValueOn, tess, NewPayment{ValueOn: day("2025-02-11")}},
			"before it all":    {ErrValueOn, tess, NewPayment{ValueOn: day("2025-01-09")}},
			"known already":    {ErrReference, tess, NewPayment{Reference: "line 7"}},
			"no such loan":     {ErrNotFound, tess, NewPayment{Loan: 5}},
			"more than he has": {ledger.ErrInsufficient, tess, NewPayment{}},
		} {
			if name == "known already" {
				must(b, func(ctx context.Context, tx *db.Tx) (Payment, error) {
					return RecordPayment(ctx, tx, b.ids, tess, NewPayment{Loan: x.LoanID,
						Amount: eur(1), Reference: "line 7"})
				})
			}
			if c.in.Loan == 0 {
				c.in.Loan = x.LoanID
			}
			c.in.Amount = eur(5_000)
			b.Log(name)
			b.refused(c.want, func(ctx context.Context, tx *db.Tx) error {
				_, err := RecordPayment(ctx, tx, b.ids, c.actor, c.in)
				return err
			})
		}
		b.refused(ErrPaymentNotFound, func(ctx context.Context, tx *db.Tx) error {
			_, err := ReturnPayment(ctx, tx, b.ids, tess, 5, "")
			return err
		})
		b.sound()
	})
}
