package origination

import (
	"cmp"
	"context"
	"slices"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
)

// expiryPiece is how many offers one call expires: a short transaction.
const expiryPiece = 200

// ExpireOffers expires open offers that are not good any more on a business
// date, and their applications lapse. It works in pieces and returns how many
// it found: call it until that is 0. It is for closing, which asks nobody.
func ExpireOffers(
	ctx context.Context, tx *db.Tx, ids *id.Source, on calendar.Date,
) (int, error) {
	due, err := loadOverdueOffers(ctx, tx, on, expiryPiece)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	offers, applications, err := lockDue(ctx, tx, due)
	if err != nil {
		return 0, err
	}
	var lapsed []Application
	var expired []*Offer
	for i := range offers {
		o, a := &offers[i], applications[offers[i].Application]
		if o.State != OfferOpen { // settled since it was listed
			continue
		}
		if err := o.step(OfferExpired); err != nil {
			return 0, err
		}
		if err := a.step(Lapsed); err != nil {
			return 0, err
		}
		expired, lapsed = append(expired, o), append(lapsed, *a)
	}
	slices.SortFunc(lapsed, func(a, b Application) int { return cmp.Compare(a.ID, b.ID) })
	if err := storeApplicationStates(ctx, tx, lapsed); err != nil {
		return 0, err
	}
	if err := storeOfferStates(ctx, tx, expired...); err != nil {
		return 0, err
	}
	return len(due), announceExpired(ctx, tx, ids, expired)
}

// lockDue locks the applications and then the offers, and loads both anew.
// Nothing is counted, so the borrowers need no lock.
func lockDue(
	ctx context.Context, tx *db.Tx, due []Offer,
) ([]Offer, map[ApplicationID]*Application, error) {
	offerIDs, applicationIDs := make([]int64, len(due)), make([]int64, len(due))
	for i := range due {
		offerIDs[i], applicationIDs[i] = int64(due[i].ID), int64(due[i].Application)
	}
	if err := tx.Lock(ctx, lockApplication, applicationIDs...); err != nil {
		return nil, nil, err
	}
	if err := tx.Lock(ctx, lockOffer, offerIDs...); err != nil {
		return nil, nil, err
	}
	applications, err := db.ManyByID(ctx, tx, scanApplication, selectApplications, applicationIDs)
	if err != nil {
		return nil, nil, err
	}
	byID := make(map[ApplicationID]*Application, len(applications))
	for i := range applications {
		byID[applications[i].ID] = &applications[i]
	}
	offers, err := db.ManyByID(ctx, tx, scanOffer, selectOffers, offerIDs)
	return offers, byID, err
}

func announceExpired(
	ctx context.Context, tx *db.Tx, ids *id.Source, expired []*Offer,
) error {
	if len(expired) == 0 {
		return nil
	}
	first, err := ids.Block(len(expired))
	if err != nil {
		return err
	}
	events := make([]outbox.Event, len(expired))
	for i, o := range expired {
		payload, err := writeJSON(payloadOf(o))
		if err != nil {
			return err
		}
		events[i] = outbox.Event{ID: first + int64(i), Topic: TopicOfferExpired,
			Key: o.Application.String(), Payload: payload}
	}
	return outbox.WriteMany(ctx, tx, events)
}
