package servicing

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"openlend/internal/db"
	"openlend/internal/testdb"
	"openlend/loan"
	"openlend/market"
)

// bounce pays half of a loan back to its many holders, and then the payment
// bounces. Begun again, what was recorded already is found by its reference.
func (w *worker) bounce(of LoanID) error {
	reference := fmt.Sprint("line ", int64(of))
	err := w.do(func(ctx context.Context, tx *db.Tx) error {
		l, err := GetLoan(ctx, tx, of)
		if err != nil {
			return err
		}
		return pays(ctx, tx, w.ids, int64(of), l.Wallet, l.Principal/2)
	})
	if err != nil {
		return err
	}
	err = w.do(func(ctx context.Context, tx *db.Tx) error {
		l, err := GetLoan(ctx, tx, of)
		if err != nil {
			return err
		}
		_, err = RecordPayment(ctx, tx, w.ids, tess, NewPayment{Loan: of,
			Amount: eur(l.Principal / 2), Rest: loan.RestShorter, Reference: reference})
		return err
	})
	if err != nil && !errors.Is(err, ErrReference) {
		return err
	}
	if err := w.drive(); err != nil {
		return err
	}
	err = w.do(func(ctx context.Context, tx *db.Tx) error {
		all, err := ListPayments(ctx, tx, of, 0, 1)
		if err == nil {
			_, err = ReturnPayment(ctx, tx, w.ids, tess, all[0].ID, "no cover")
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrPaymentState) {
		return err
	}
	return w.drive()
}

// A process killed before or after any commit of a distribution, or of its being
// taken back, is gone on from by another: nobody is paid twice, nobody is
// forgotten, and in the end everything is as it was.
func TestDistributionKilledAtEveryPoint(t *testing.T) {
	const least = 8 // points that the work passes: two pieces there, two pieces back
	testdb.EachURL(t, func(t *testing.T, url string) {
		var loans []market.ListingID
		var lent []lending
		t.Run("before", func(t *testing.T) {
			b := newLenderTown(t, url)
			faces := make([]int64, pieceLegs+70)
			for i := range faces {
				faces[i] = int64(100 + i%7*13)
			}
			for range least + 4 {
				x := b.lends(2, faces...)
				loans, lent = append(loans, market.ListingID(x.LoanID)), append(lent, x)
			}
		})
		runs := crashEverywhere(t, url, "bounced", 0, loans)
		if runs < least {
			t.Errorf("only %d points", runs)
		}
		t.Run("after", func(t *testing.T) {
			b := openTown(t, url, time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC))
			for _, x := range lent[:runs+1] {
				all := b.distributions(x.LoanID)
				if len(all) != 2 || all[0].State != DistributionDone ||
					all[1].State != DistributionDone {
					t.Errorf("%+v", all)
				}
				if l := b.loan(x.LoanID); l.Outstanding != l.Principal {
					t.Errorf("%+v", l)
				}
				for i, got := range b.paidTo(x.holders) {
					if got != 0 {
						t.Fatalf("%v: lender %d has %d", x.LoanID, i, got)
					}
				}
			}
			b.sound()
		})
	})
}
