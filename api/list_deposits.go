package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listDeposits() {
	read(s, huma.Operation{
		OperationID: "list-deposits", Path: "/v1/deposits", Tags: inMoney,
		Summary: "List deposits",
		Description: "Your own, or as staff of one customer or all, such as those in suspense; " +
			"newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[custody.DepositID]

		Customer ID[customer.ID] `query:"customer" doc:"Yourself when it is left out; staff: all."`
		State    string          `query:"state" enum:"suspense,credited,returning,returned"`
	}) (List[Deposit], error) {
		found, err := custody.ListDeposits(ctx, tx, actor, custody.DepositQuery{
			Customer: self(actor, in.Customer), State: custody.DepositState(in.State),
			After: in.After.Value, Limit: in.Limit,
		})
		return listOf(found, in.Limit, depositOf, depositID), err
	})
}
