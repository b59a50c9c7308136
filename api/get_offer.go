package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) getOffer() {
	read(s, huma.Operation{
		OperationID: "get-offer", Path: "/v1/offers/{offer}", Tags: inOrigination,
		Summary:     "Get an offer",
		Description: "With its plan. Its borrower and staff see it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Offer ID[origination.OfferID] `path:"offer"`
	}) (Offer, error) {
		offer, err := origination.GetOffer(ctx, tx, in.Offer.Value)
		if err != nil {
			return Offer{}, err
		}
		return offerOf(offer), offer.VisibleTo(actor)
	})
}
