package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) decideCheck() {
	write(s, huma.Operation{
		OperationID: "decide-check", Path: "/v1/checks/{check}/decide", Tags: inCustomers,
		Summary:     "Decide a check that was referred",
		Description: "By staff; whoever handed the document in cannot.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Check ID[customer.CheckID] `path:"check"`
		Body  struct {
			Verify bool `json:"verify" doc:"false: refuse"`
		}
	}) (Check, error) {
		check, err := customer.DecideCheck(ctx, tx, s.IDs, actor, customer.CheckDecision{
			Check: in.Check.Value, Verify: in.Body.Verify,
		})
		return checkOf(check), err
	})
}
