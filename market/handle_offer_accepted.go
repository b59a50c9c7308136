package market

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/money"
	"openlend/origination"
)

// HandleOfferAccepted makes a draft of a listing from each offer that was
// accepted. An offer has one listing, whoever hears of it and however often.
func HandleOfferAccepted(
	ids *id.Source,
) func(context.Context, *db.Tx, []outbox.Event) error {
	return func(ctx context.Context, tx *db.Tx, events []outbox.Event) error {
		drafts := make([]Listing, 0, len(events))
		for _, e := range events {
			accepted, err := origination.ParseOfferEvent(e.Payload)
			if err != nil {
				return err
			}
			l, err := draft(ctx, tx, ids, accepted.Offer)
			if err != nil {
				return err
			}
			drafts = append(drafts, l)
		}
		return storeNewListings(ctx, tx, drafts)
	}
}

// draft is the listing of an offer, with the terms of both fixed for ever.
func draft(
	ctx context.Context, tx *db.Tx, ids *id.Source, offer origination.OfferID,
) (Listing, error) {
	o, err := origination.GetOffer(ctx, tx, offer)
	if err != nil {
		return Listing{}, err
	}
	p, err := origination.GetProduct(ctx, tx, o.Product, o.ProductVersion)
	if err != nil {
		return Listing{}, err
	}
	next, err := ids.Next()
	if err != nil {
		return Listing{}, err
	}
	l := Listing{
		ID: ListingID(next), Offer: o.ID, Borrower: o.Borrower,
		Product: o.Product, ProductVersion: o.ProductVersion, Grade: o.Grade, Purpose: o.Purpose,
		Principal: o.Principal, Rate: o.Rate, Method: o.Method, Instalments: o.Instalments,
		APR: o.APR, State: Draft, CreatedAt: tx.Now(), ChangedAt: tx.Now(),
	}
	return l, l.offerOn(&p.Funding, p.Limits.MinPrincipal)
}

// offerOn fixes how a listing is offered. Both limits on one lender become one;
// what must be funded is never less than the product lends at all.
func (l *Listing) offerOn(f *origination.Funding, minPrincipal int64) error {
	principal := l.Principal.Minor()
	share, err := money.MulDiv(principal, int64(f.MaxShare), int64(money.One), money.Down)
	if err != nil {
		return err
	}
	least, err := money.MulDiv(principal, int64(f.MinFunded), int64(money.One), money.Up)
	if err != nil {
		return err
	}
	l.MinBid, l.BidStep, l.MaxShare = f.MinBid, f.BidStep, f.MaxShare
	l.MaxBid = min(principal, max(1, share))
	if f.MaxBid > 0 {
		l.MaxBid = min(l.MaxBid, f.MaxBid)
	}
	l.MinFunded = min(principal, max(1, least, minPrincipal))
	l.OpenDays, l.CancelMinutes = f.OpenDays, f.CancelMinutes
	l.Policy = f.Oversubscription
	return nil
}
