package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) listPayouts() {
	read(s, huma.Operation{
		OperationID: "list-payouts", Path: "/v1/payouts", Tags: inMoney,
		Summary:     "List payouts",
		Description: "Your own, or as staff of one customer or all; newest first.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Page[custody.PayoutID]

		Customer ID[customer.ID] `query:"customer" doc:"Yourself when it is left out; staff: all."`
		State    string          `query:"state" enum:"intent,sent,unknown,settled,rejected,returned,cancelled"`
	}) (List[Payout], error) {
		found, err := custody.ListPayouts(ctx, tx, actor, custody.PayoutQuery{
			Customer: self(actor, in.Customer), State: custody.PayoutState(in.State),
			After: in.After.Value, Limit: in.Limit,
		})
		return listOf(found, in.Limit, payoutOf, payoutID), err
	})
}
