package servicing

import (
	"context"
	"errors"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/market"
	"openlend/money"
	"openlend/origination"
)

// OpenLoan opens the loan of a listing whose bids have all become shares and
// starts its disbursement. A listing has one loan, for ever: asked again, it is
// answered. The principal is what was allotted, and the platform's fee shrinks
// with it, rounded down. Refusals: market.ErrNotFound, ErrInvalidState.
func OpenLoan(
	ctx context.Context, tx *db.Tx, ids *id.Source, of market.ListingID,
) (Loan, error) {
	before, err := loadLoanOfListing(ctx, tx, of)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return before, err
	}
	listing, err := market.GetListing(ctx, tx, of)
	if err != nil {
		return Loan{}, err
	}
	if listing.State != market.Allotted || listing.Allotted != listing.Funded {
		return Loan{}, ErrInvalidState.With("a listing that is %s makes no loan", listing.State)
	}
	l, err := newLoan(ctx, tx, ids, &listing)
	if err != nil {
		return Loan{}, err
	}
	err = insertLoans(ctx, tx, l)
	if db.IsDuplicate(err) {
		return Loan{}, db.Again("somebody else opened the loan")
	}
	if err != nil {
		return Loan{}, err
	}
	tx.Own(lockLoanRow, int64(l.ID))
	if _, err := saga.Start(ctx, tx, ids, SagaDisbursement, int64(l.ID), "{}"); err != nil {
		return Loan{}, err
	}
	var told news
	told.add(TopicLoanOpened, l.ID, l.event("", l.State))
	return *l, told.announce(ctx, tx, ids)
}

// newLoan makes the row of a listing's loan and opens its accounts.
func newLoan(
	ctx context.Context, tx *db.Tx, ids *id.Source, listing *market.Listing,
) (*Loan, error) {
	offer, err := origination.GetOffer(ctx, tx, listing.Offer)
	if err != nil {
		return nil, err
	}
	product, err := origination.GetProduct(ctx, tx, offer.Product, offer.ProductVersion)
	if err != nil {
		return nil, err
	}
	fee, err := money.MulDiv(offer.Fee, listing.Allotted, offer.Principal.Minor(), money.Down)
	if err != nil {
		return nil, err
	}
	next, err := ids.Next()
	if err != nil {
		return nil, err
	}
	currency := offer.Principal.Currency()
	wallet, err := customer.WalletOf(ctx, tx, ids, offer.Borrower, currency)
	if err != nil {
		return nil, err
	}
	collection, err := ledger.EnsureAccounts(ctx, tx, ids, ledger.NewAccount{
		Kind: ledger.Collection, Currency: currency, OwnerID: next})
	if err != nil {
		return nil, err
	}
	return &Loan{
		ID: LoanID(next), Listing: listing.ID, Borrower: offer.Borrower,
		Wallet: wallet.ID, Collection: collection[0].ID,
		Product: offer.Product, ProductVersion: offer.ProductVersion,
		Currency: currency, Principal: listing.Allotted, Fee: fee,
		Rate: offer.Rate, Method: offer.Method, Instalments: offer.Instalments,
		AutoCollect: product.AutoCollect, State: StateSigning,
	}, nil
}
