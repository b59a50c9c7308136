package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) acceptOffer() {
	write(s, huma.Operation{
		OperationID: "accept-offer", Path: "/v1/offers/{offer}/accept", Tags: inOrigination,
		Summary: "Accept an offer",
		Description: "Binds the borrower, and nobody else can do it for him. A listing will be made of " +
			"it.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Offer ID[origination.OfferID] `path:"offer"`
	}) (Offer, error) {
		offer, err := origination.AcceptOffer(ctx, tx, s.IDs, actor, in.Offer.Value)
		return offerOf(offer), err
	})
}
