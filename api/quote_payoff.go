package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/servicing"
)

func (s *server) quotePayoff() {
	read(s, huma.Operation{
		OperationID: "quote-payoff", Path: "/v1/loans/{loan}/payoff", Tags: inServicing,
		Summary:     "Quote a payoff",
		Description: "What repays the loan in full, today or on a day to come.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Loan ID[servicing.LoanID] `path:"loan"`
		On   Date                 `query:"on" doc:"The business date when it is left out."`
	}) (PayoffQuote, error) {
		found, err := servicing.GetLoan(ctx, tx, in.Loan.Value)
		if err == nil {
			err = found.VisibleTo(actor)
		}
		if err != nil {
			return PayoffQuote{}, err
		}

		quote, err := servicing.Quote(ctx, tx, found.ID, in.On.Value)
		return quoteOf(quote, found.Currency), err
	})
}
