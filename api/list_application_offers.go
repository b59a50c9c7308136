package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) listApplicationOffers() {
	read(s, huma.Operation{
		OperationID: "list-application-offers", Path: "/v1/applications/{application}/offers", Tags: inOrigination,
		Summary:     "List the offers of an application",
		Description: "Newest first, also those that were replaced.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
	}) (List[Offer], error) {
		application, err := origination.GetApplication(ctx, tx, in.Application.Value)
		if err != nil {
			return List[Offer]{}, err
		}
		if err := application.VisibleTo(actor); err != nil {
			return List[Offer]{}, err
		}
		offers, err := origination.OffersOf(ctx, tx, application.ID)
		return wholeList(offers, offerOf), err
	})
}
