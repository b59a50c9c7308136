package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"openlend/access"
	"openlend/calendar"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/market"
	"openlend/money"
	"openlend/servicing"
)

// country is a world in which loans are paid out: the bank is played by the one
// place for its word.
type country struct {
	*world

	sagas *saga.Engine
	third access.Actor // approves what two others have prepared
	line  int64        // of the bank's statement
}

func newCountry(w *world) *country {
	n := &country{world: w, third: access.System("bench-third")}
	n.sagas = &saga.Engine{
		DB: w.db, Wall: clock.System{}, Holder: id.Holder(), Workers: 4, Report: func(error) {},
		Definitions: slices.Concat(market.Sagas(w.ids), servicing.Sagas(w.ids)),
	}
	return n
}

// lend makes a running loan of so many equal shares, through every room.
func (n *country) lend(ctx context.Context, borrower customer.ID, holders int) (
	servicing.Loan, error,
) {
	share := n.product.Funding.MinBid
	for share*int64(holders) < n.product.Limits.MinPrincipal {
		share += n.product.Funding.BidStep
	}
	listing, err := n.listing(ctx, borrower, share*int64(holders))
	if err != nil {
		return servicing.Loan{}, err
	}
	if err := n.fund(ctx, listing, holders, share); err != nil {
		return servicing.Loan{}, err
	}
	var l servicing.Loan
	err = n.write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		l, err = servicing.OpenLoan(ctx, tx, n.ids, listing)
		return err
	})
	if err == nil {
		err = n.run(ctx)
	}
	if err == nil {
		err = n.settle(ctx, l.ID)
	}
	if err == nil {
		err = n.run(ctx)
	}
	if err != nil {
		return servicing.Loan{}, err
	}
	l, err = db.Read(ctx, n.db, func(ctx context.Context, tx *db.Tx) (servicing.Loan, error) {
		return servicing.GetLoan(ctx, tx, l.ID)
	})
	if err == nil && l.State != servicing.StateActive {
		err = fmt.Errorf("bench: a loan is %s", l.State)
	}
	return l, err
}

// fund has lenders bid for all of a listing, and the bids become shares.
func (n *country) fund(
	ctx context.Context, listing market.ListingID, holders int, share int64,
) error {
	err := n.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		orders := make([]market.BidOrder, holders)
		for i := range orders {
			lender := n.lenders[i%len(n.lenders)]
			orders[i] = market.BidOrder{Actor: n.staff, Lender: lender, Listing: listing,
				Amount: money.New(share, currency)}
		}
		placed, err := market.PlaceBids(ctx, tx, n.ids, orders)
		for i := range placed {
			err = errors.Join(err, placed[i].Refusal)
		}
		return err
	})
	if err != nil {
		return err
	}
	err = n.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := market.SubmitFunding(ctx, tx, n.second, listing); err != nil {
			return err
		}
		_, err := market.ReviewFunding(ctx, tx, n.ids, n.third,
			market.FundingReview{Listing: listing, Decision: market.Approve})
		return err
	})
	if err != nil {
		return err
	}
	return n.run(ctx)
}

// run drives every saga that is due.
func (n *country) run(ctx context.Context) error {
	_, err := n.sagas.RunDue(ctx)
	return err
}

// settle is the bank's word that a loan has been paid out.
func (n *country) settle(ctx context.Context, l servicing.LoanID) error {
	n.line++
	return n.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := custody.PayoutFor(ctx, tx, custody.PurposeDisbursement, int64(l))
		if err != nil {
			return err
		}
		err = custody.ApplyBankResult(ctx, tx, n.ids, p.RequestNo, custody.Result{
			Outcome: custody.OutcomeSettled, Amount: p.Amount, Line: n.line})
		if err != nil {
			return err
		}
		return servicing.HandlePayoutEnded(ctx, tx, []outbox.Event{{Payload: fmt.Sprintf(
			`{"payout":%q,"purpose":"disbursement","subject":"%d"}`, p.ID, l)}})
	})
}

// today opens the business dates up to one.
func (n *country) today(ctx context.Context, on calendar.Date) error {
	for {
		dates, err := db.Read(ctx, n.db, ledger.ReadDates)
		if err != nil || dates.BusinessOn >= on {
			return err
		}
		err = n.write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.OpenNextDate(ctx, tx, dates.BusinessOn)
			return err
		})
		if err != nil {
			return err
		}
	}
}
