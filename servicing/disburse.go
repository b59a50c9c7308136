package servicing

import (
	"context"
	"errors"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/note"
	"openlend/origination"
)

// SagaDisbursement pays a loan out; its subject is the loan.
//
//	sign      signing -> disbursing            undo: the listing is cancelled, every lender
//	                                                 gets his share back, the loan is cancelled
//	pay       escrow -> the bank, and the fee  undo: both are taken back
//	settle    waits for the bank's word; refused, the saga is undone
//	activate  the contract's schedule, the notes, disbursing -> active
//
// Documents are not part of the platform yet, so sign does not wait for anybody.
const SagaDisbursement = "disbursement"

// The bank is expected to have an answer within a day. A borrower who cannot be
// paid (no account of his own past its cool-off, frozen) has drawWithin to mend
// it, then the lenders have their money back.
const (
	bankAnswers = 24 * time.Hour
	drawAgain   = time.Hour
	drawWithin  = 10 * 24 * time.Hour
)

func disbursement(ids *id.Source) saga.Definition {
	d := disburser{ids}
	return saga.Definition{Name: SagaDisbursement, Steps: []saga.Step{
		{Name: "sign", Do: d.sign, Undo: d.cancel},
		{Name: "pay", Do: d.pay, Undo: d.takeBack},
		{Name: "settle", Do: d.settle, Deadline: bankAnswers},
		{Name: "activate", Do: d.activate},
	}}
}

// disburser are the steps of the saga.
type disburser struct{ ids *id.Source }

// move takes a loan that is not active yet to another state and announces it.
func (d disburser) move(ctx context.Context, tx *db.Tx, l *Loan, to State) error {
	from := l.State
	if err := l.step(to); err != nil {
		return err
	}
	return d.moved(ctx, tx, l, from)
}

// moved stores a loan that came from a state and announces it.
func (d disburser) moved(ctx context.Context, tx *db.Tx, l *Loan, from State) error {
	if err := updateLoans(ctx, tx, []*Loan{l}); err != nil {
		return err
	}
	var told news
	told.add(TopicLoanStepped, l.ID, l.event(from, l.State))
	return told.announce(ctx, tx, d.ids)
}

func (d disburser) sign(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
	if err := tx.Lock(ctx, lockLoanRow, s.Subject); err != nil {
		return saga.Next{}, err
	}
	l, err := loadLoan(ctx, tx, LoanID(s.Subject))
	if err != nil {
		return saga.Next{}, err
	}
	return saga.Done(), d.move(ctx, tx, l, StateDisbursing)
}

func (d disburser) cancel(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
	l, err := loadLoan(ctx, tx, LoanID(s.Subject))
	if err != nil {
		return saga.Next{}, err
	}
	// Lenders read this. Why it was so is the borrower's affair, and a bank's words
	// may be no text at all.
	const why = "the loan could not be paid out"
	if err := market.CancelAllotted(ctx, tx, d.ids, l.Listing, why); err != nil {
		return saga.Next{}, err
	}
	if err := tx.Lock(ctx, lockLoanRow, s.Subject); err != nil {
		return saga.Next{}, err
	}
	return saga.Done(), d.move(ctx, tx, l, StateCancelled)
}

// pay moves the money out of escrow and has the bank pay it, in one transaction:
// there is no order without the money, and no second order for a loan.
func (d disburser) pay(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
	l, err := loadLoan(ctx, tx, LoanID(s.Subject))
	if err != nil {
		return saga.Next{}, err
	}
	why, err := cannotDraw(ctx, tx, l)
	if err != nil {
		return saga.Next{}, err
	}
	switch {
	case why == nil:
	case tx.Now().Sub(s.SinceAt) > drawWithin:
		return saga.Undo("the borrower could not be paid: " + why.Error()), nil
	default:
		return saga.Retry(why.Error(), drawAgain), nil
	}
	a, err := ledger.EnsureAccounts(ctx, tx, d.ids,
		ledger.NewAccount{Kind: ledger.Escrow, Currency: l.Currency, OwnerID: int64(l.Listing)},
		ledger.NewAccount{Kind: ledger.PayoutTransit, Currency: l.Currency,
			OwnerID: int64(l.Borrower)},
		ledger.NewAccount{Kind: ledger.FeeIncome, Currency: l.Currency})
	if err != nil {
		return saga.Next{}, err
	}
	net := money.New(l.Principal-l.Fee, l.Currency)
	booked, err := ledger.Post(ctx, tx, d.ids, ledger.PostDisbursement(int64(l.ID),
		a[0].ID, a[1].ID, a[2].ID, net, money.New(l.Fee, l.Currency)))
	if err != nil {
		return saga.Next{}, err
	}
	if err := refusedOf(booked); err != nil {
		return saga.Next{}, err
	}
	_, err = custody.StartPayout(ctx, tx, d.ids, custody.NewPayout{
		Purpose: custody.PurposeDisbursement, Subject: int64(l.ID),
		Customer: l.Borrower, Amount: net})
	return saga.Done(), err
}

// cannotDraw says why a borrower cannot be paid just now, nil when he can.
func cannotDraw(ctx context.Context, tx *db.Tx, l *Loan) (why, err error) {
	borrower, err := customer.Get(ctx, tx, l.Borrower)
	if err != nil {
		return nil, err
	}
	if why := borrower.MayBorrow(); why != nil {
		return why, nil
	}
	_, err = customer.PayoutAccount(ctx, tx, l.Borrower, l.Currency)
	if errors.Is(err, customer.ErrNoBankAccount) {
		return err, nil
	}
	return nil, err
}

func (d disburser) takeBack(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
	taken, err := ledger.ReverseTransfers(ctx, tx, d.ids,
		ledger.Cause{Type: ledger.CauseDisbursement, ID: s.Subject})
	if err == nil {
		err = refusedOf(taken)
	}
	return saga.Done(), err
}

// refusedOf returns the first refusal among results.
func refusedOf(results []ledger.Result) error {
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

func (d disburser) settle(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
	p, err := custody.PayoutFor(ctx, tx, custody.PurposeDisbursement, s.Subject)
	if err != nil {
		return saga.Next{}, err
	}
	switch p.State {
	case custody.PayoutSettled, custody.PayoutReturned:
		return saga.Done(), nil
	case custody.PayoutRejected, custody.PayoutCancelled:
		return saga.Undo("the bank did not pay the borrower: " + p.Reason), nil
	}
	return saga.Wait("the bank has not said yet that the borrower is paid", time.Time{}), nil
}

// activate makes the loan what its contract says: the schedule is generated once,
// from the business date on which the bank's payment was booked, and every share
// in escrow becomes a note.
func (d disburser) activate(ctx context.Context, tx *db.Tx, s *saga.Saga) (saga.Next, error) {
	l, err := loadLoan(ctx, tx, LoanID(s.Subject))
	if err != nil {
		return saga.Next{}, err
	}
	if err := market.CloseListing(ctx, tx, d.ids, l.Listing); err != nil {
		return saga.Next{}, err
	}
	if err := tx.Lock(ctx, lockLoanRow, s.Subject); err != nil {
		return saga.Next{}, err
	}
	booked, err := ledger.TransfersOf(ctx, tx,
		ledger.Cause{Type: ledger.CauseDisbursementSettled, ID: s.Subject})
	if err != nil {
		return saga.Next{}, err
	}
	on, err := calendar.ParseDate(booked[0].BusinessOn)
	if err != nil {
		return saga.Next{}, err
	}
	shares, err := sharesOf(ctx, tx, l.Listing)
	if err != nil {
		return saga.Next{}, err
	}
	notes, err := note.Issue(ctx, tx, d.ids, l.ID, l.Currency, on, shares)
	if err != nil {
		return saga.Next{}, err
	}
	l.Notes = int64(len(notes))
	return saga.Done(), d.begin(ctx, tx, l, on)
}

// sharesOf lists the shares of a listing in their committed order.
func sharesOf(
	ctx context.Context, tx *db.Tx, listing market.ListingID,
) ([]note.NewNote, error) {
	const page = 1000
	var shares []note.NewNote
	for after := market.BidID(0); ; {
		bids, err := market.AllottedBids(ctx, tx, listing, after, page)
		if err != nil {
			return nil, err
		}
		for i := range bids {
			b := &bids[i]
			shares = append(shares, note.NewNote{Bid: int64(b.ID), Holder: b.Lender,
				Wallet: b.Wallet, Face: b.Allotted})
		}
		if len(bids) < page {
			return shares, nil
		}
		after = bids[page-1].ID
	}
}

// begin stores the contract's schedule and the first fact of the loan.
func (d disburser) begin(
	ctx context.Context, tx *db.Tx, l *Loan, on calendar.Date,
) error {
	listing, err := market.GetListing(ctx, tx, l.Listing)
	if err != nil {
		return err
	}
	offer, err := origination.GetOffer(ctx, tx, listing.Offer)
	if err != nil {
		return err
	}
	product, err := origination.GetProduct(ctx, tx, l.Product, l.ProductVersion)
	if err != nil {
		return err
	}
	terms := offer.Terms(product, on)
	terms.Principal = money.New(l.Principal, l.Currency) // less when it was funded in part
	schedule, err := loan.NewSchedule(terms)
	if err != nil {
		return err
	}
	next, err := d.ids.Next()
	if err != nil {
		return err
	}
	disbursed := Fact{Maker: access.System(SagaDisbursement).Principal(), Event: loan.Event{
		ID: loan.EventID(next), Kind: loan.EventDisbursed, ValueOn: on, Amount: terms.Principal}}
	account, err := loan.Replay(product.Loan, schedule, []loan.Event{disbursed.Event}, on)
	if err != nil {
		return err
	}
	if err := storeContract(ctx, tx, l.ID, &schedule); err != nil {
		return err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return err
	}
	err = storeFacts(ctx, tx, dates.BusinessOn, []loanFact{{l.ID, disbursed}})
	if err != nil {
		return err
	}
	from := l.State
	if err := l.step(StateActive); err != nil {
		return err
	}
	l.StartOn, l.Versions = on, 1
	l.adopt(&account)
	return d.moved(ctx, tx, l, from)
}
