package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listAcceptances() {
	read(s, huma.Operation{
		OperationID: "list-acceptances", Path: "/v1/customers/{customer}/acceptances",
		Tags: inCustomers, Summary: "List what a customer has accepted",
		Description: "Everything, oldest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Customer ID[customer.ID] `path:"customer"`
	}) (List[Acceptance], error) {
		if err := actor.RequireSelf(int64(in.Customer.Value), access.ReadAll); err != nil {
			return List[Acceptance]{}, err
		}
		found, err := customer.ListAcceptances(ctx, tx, in.Customer.Value)
		return wholeList(found, acceptanceOf), err
	})
}
