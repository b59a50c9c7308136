package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) declineOffer() {
	write(s, huma.Operation{
		OperationID: "decline-offer", Path: "/v1/offers/{offer}/decline", Tags: inOrigination,
		Summary:     "Decline an offer",
		Description: "The application lapses.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Offer ID[origination.OfferID] `path:"offer"`
	}) (Offer, error) {
		offer, err := origination.DeclineOffer(ctx, tx, s.IDs, actor, in.Offer.Value)
		return offerOf(offer), err
	})
}
