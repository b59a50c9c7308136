package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/ledger"
)

func (s *server) getBusinessDate() {
	read(s, huma.Operation{
		OperationID: "get-business-date", Path: "/v1/business-date", Tags: inPlatform,
		Security: public(), Summary: "Get the business date",
		Description: "It is advanced by closing, and is not the date on the wall.",
	}, func(ctx context.Context, tx *db.Tx, _ access.Actor, _ *struct{}) (BusinessDate, error) {
		dates, err := ledger.ReadDates(ctx, tx)
		return BusinessDate{dateOf(dates.BusinessOn), dateOf(dates.SealedThrough)}, err
	})
}
