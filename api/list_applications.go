package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) listApplications() {
	read(s, huma.Operation{
		OperationID: "list-applications", Path: "/v1/applications", Tags: inOrigination,
		Summary: "List applications",
		Description: "Your own, newest first; as staff those of a borrower, a queue of those that wait, " +
			"oldest first, or all.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[origination.ApplicationID]

		Borrower ID[customer.ID] `query:"borrower" doc:"Yourself when it is left out; staff: all."`
		Queue    string          `query:"queue" enum:"submitted,referred,approved"`
	}) (List[Application], error) {
		borrower := self(actor, in.Borrower)
		if err := actor.RequireSelf(int64(borrower), access.ReadAll); err != nil {
			return List[Application]{}, err
		}
		found, err := origination.ListApplications(ctx, tx, origination.ApplicationQuery{
			Borrower: borrower, State: origination.ApplicationState(in.Queue),
			After: in.After.Value,
			Limit: in.Limit,
		})
		return listOf(found, in.Limit, applicationOf, applicationID), err
	})
}
