package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) makeOffer() {
	write(s, huma.Operation{
		OperationID: "make-offer", Path: "/v1/applications/{application}/offers", Tags: inOrigination, DefaultStatus: http.StatusCreated,
		Summary:     "Offer a loan",
		Description: "For an approved application, in the place of an open offer if there is one.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
		Body        struct {
			Rate *Rate `json:"rate,omitempty" doc:"Nominal, a year, within the bounds of the grade; its default when it is left out."`
		}
	}) (Offer, error) {
		offer, err := origination.MakeOffer(ctx, tx, s.IDs, actor, origination.NewOffer{
			Application: in.Application.Value, Rate: in.Body.Rate.pointer(),
		})
		return offerOf(offer), err
	})
}
