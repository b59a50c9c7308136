package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) listOffers() {
	read(s, huma.Operation{
		OperationID: "list-offers", Path: "/v1/offers", Tags: inOrigination,
		Summary:     "List offers",
		Description: "Of one borrower, newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[origination.OfferID]

		Borrower ID[customer.ID] `query:"borrower" doc:"Yourself when it is left out."`
	}) (List[Offer], error) {
		borrower := self(actor, in.Borrower)
		if err := actor.RequireSelf(int64(borrower), access.ReadAll); err != nil {
			return List[Offer]{}, err
		}
		found, err := origination.ListOffers(ctx, tx, origination.OfferQuery{
			Borrower: borrower, After: in.After.Value, Limit: in.Limit,
		})
		return listOf(found, in.Limit, offerOf, offerID), err
	})
}
