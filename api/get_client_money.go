package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/custody"
	"openlend/internal/db"
	"openlend/money"
)

func (s *server) getClientMoney() {
	read(s, huma.Operation{
		OperationID: "get-client-money", Path: "/v1/client-money/{currency}", Tags: inMoney,
		Summary: "Compare client money with the bank",
		Description: "For staff: our books, what is in transit, and the balance that the bank told " +
			"last.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Currency string `path:"currency" minLength:"3" maxLength:"3" example:"EUR"`
	}) (Position, error) {
		if err := actor.Require(access.ReadAll); err != nil {
			return Position{}, err
		}
		position, err := custody.ClientMoney(ctx, tx, money.Currency(in.Currency))
		return positionOf(position), err
	})
}
