package market

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/ledger"
)

// FundingReview is a decision on a funded listing.
type FundingReview struct {
	Listing  ListingID
	Decision Decision // Approve or Refuse
	Why      string   // needed to refuse
}

// ReviewFunding is the final review: who neither prepared the listing nor
// submitted it decides whether its bids become shares. Approved, the saga
// "allotment" moves the bids into escrow; refused, the listing fails. Refusals:
// access.ErrForbidden, access.ErrFourEyes, ErrDecision, ErrWhy, ErrNotFound,
// ErrInvalidState.
func ReviewFunding(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in FundingReview,
) (Listing, error) {
	if err := actor.Require(access.ListingReview); err != nil {
		return Listing{}, err
	}
	if err := in.check(); err != nil {
		return Listing{}, err
	}
	l, err := lockedListing(ctx, tx, in.Listing)
	if err != nil {
		return Listing{}, err
	}
	if l.State != InFinalReview {
		return Listing{}, ErrInvalidState.With("a listing that is %s has no final review", l.State)
	}
	if err := actor.SecondPerson(l.Maker); err != nil {
		return Listing{}, err
	}
	v := review{listing: l.ID, subject: ofFunding, decision: in.Decision, why: in.Why,
		maker: l.Submitter}
	if err := record(ctx, tx, ids, actor, v); err != nil {
		return Listing{}, err
	}
	l.Releaser = actor.Principal()
	var told news
	if in.Decision == Approve {
		err = l.allot(ctx, tx, ids)
	} else {
		err = l.end(ctx, tx, ids, Failed, in.Why, &told)
	}
	if err != nil {
		return Listing{}, err
	}
	if err := storeListings(ctx, tx, l); err != nil {
		return Listing{}, err
	}
	return *l, told.announce(ctx, tx, ids)
}

func (in *FundingReview) check() error {
	switch {
	case in.Decision != Approve && in.Decision != Refuse:
		return ErrDecision
	case in.Decision == Approve && in.Why == "":
		return nil
	}
	return checkWhy(in.Why)
}

// allot decides that the bids become shares; the saga does the rest.
func (l *Listing) allot(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	if err := l.step(Allotted, tx.Now()); err != nil {
		return err
	}
	if _, err := ledger.EnsureAccounts(ctx, tx, ids, l.escrow()); err != nil {
		return err
	}
	_, err := saga.Start(ctx, tx, ids, SagaAllotment, int64(l.ID), "{}")
	return err
}

// escrow is the account of the listing's allotted money.
func (l *Listing) escrow() ledger.NewAccount {
	return ledger.NewAccount{
		Kind: ledger.Escrow, Currency: l.Principal.Currency(), OwnerID: int64(l.ID),
	}
}
