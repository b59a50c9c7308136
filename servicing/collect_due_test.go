package servicing

import (
	"context"
	"errors"
	"slices"
	"testing"

	"openlend/internal/db"
	"openlend/ledger"
	"openlend/loan"
)

func (b *town) collects(on string, loans ...LoanID) []Collected {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) ([]Collected, error) {
		return CollectDue(ctx, tx, b.ids, loans, day(on))
	})
}

// In one transaction: a wallet that has all of it, one that has part, one that
// has nothing, one that is frozen, and one borrower with two loans and money for
// one and a half.
func TestCollectDue(t *testing.T) {
	eachLender(t, func(b *town) {
		all, part, none, frozen := b.lends(6, 120_000), b.lends(6, 60_000, 60_000),
			b.lends(6, 120_000), b.lends(6, 120_000)
		first, second := b.lends(6, 120_000), b.lends(6, 100_000, 20_000)
		wallet := int64(b.wallet(first.borrower))
		b.do(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE servicing_loan SET borrower_id = $1, wallet_id = $2
				WHERE id = $3`, first.borrower, wallet, int64(second.LoanID))
			return err
		})
		b.spends(all.borrower, -30_000)
		b.spends(part.borrower, -5_000)
		b.spends(frozen.borrower, -30_000)
		b.setWallet(frozen.borrower, ledger.Frozen)
		b.spends(first.borrower, -31_800)
		loans := []LoanID{all.LoanID, part.LoanID, none.LoanID, frozen.LoanID, first.LoanID,
			second.LoanID}
		b.today("2025-02-09")
		for _, c := range b.collects("2025-02-09", loans...) {
			if c != (Collected{Loan: c.Loan}) {
				b.Errorf("before it was due: %+v", c)
			}
		}
		b.today("2025-02-10")
		var taken []int64
		for _, c := range b.collects("2025-02-10", loans...) {
			taken = append(taken, c.Taken)
			if c.Due != 21_200 || (c.Payment == 0) != (c.Taken == 0) {
				b.Errorf("%+v", c)
			}
		}
		if want := []int64{21_200, 5_000, 0, 0, 21_200, 10_600}; !slices.Equal(taken, want) {
			b.Errorf("taken %v, want %v", taken, want)
		}
		if l := b.loan(part.LoanID); l.Arrears != 16_200 || l.State != StateActive {
			b.Errorf("%+v", l)
		}
		for _, c := range b.collects("2025-02-10", loans...) {
			if c.Taken != 0 {
				b.Errorf("taken twice: %+v", c)
			}
		}
		b.sound()
	})
}

// The platform collects, the borrower pays and pays it all off, at once: what is
// due is paid once, and what is too much is his.
func TestThreePaymentsAtOnce(t *testing.T) {
	eachLender(t, func(b *town) {
		x := b.lends(6, 70_000, 50_000)
		b.spends(x.borrower, -400_000)
		b.today("2025-02-10")
		quote := must(b, func(ctx context.Context, tx *db.Tx) (loan.Quote, error) {
			return Quote(ctx, tx, x.LoanID, 0)
		})
		works := []func(context.Context, *db.Tx) error{
			func(ctx context.Context, tx *db.Tx) error {
				_, err := CollectDue(ctx, tx, b.ids, []LoanID{x.LoanID}, day("2025-02-10"))
				return err
			},
			func(ctx context.Context, tx *db.Tx) error {
				_, err := PayFromWallet(ctx, tx, b.ids, x.atHome(),
					NewPayment{Loan: x.LoanID, Amount: eur(21_200)})
				return err
			},
			func(ctx context.Context, tx *db.Tx) error {
				_, err := PayOff(ctx, tx, b.ids, x.atHome(),
					NewPayoff{x.LoanID, eur(quote.Total)})
				return err
			},
		}
		answers := make(chan error, len(works))
		for _, work := range works {
			go func() {
				_, err := write(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					return struct{}{}, work(ctx, tx)
				})
				answers <- err
			}()
		}
		for range works {
			err := <-answers
			if err != nil && !errors.Is(err, ErrQuote) && !errors.Is(err, ErrInvalidState) {
				b.Error(err)
			}
		}
		a := must(b, func(ctx context.Context, tx *db.Tx) (loan.Account, error) {
			return GetAccount(ctx, tx, x.LoanID)
		})
		took, rest := 400_000-b.balance(ledger.Wallet, x.borrower), int64(0)
		for i := range a.Payments {
			rest += a.Payments[i].Rest
		}
		repaid := a.State == loan.StateRepaid && took-rest == quote.Total
		if !repaid && took-rest != 21_200 || a.Arrears().Sum() != 0 {
			b.Errorf("took %d, %d rests, %+v", took, rest, a)
		}
		b.sound()
	})
}
