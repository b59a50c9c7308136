package app

import (
	"context"
	"slices"

	"openlend/calendar"
	"openlend/custody"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
	"openlend/origination"
)

// begin gives a new platform what it cannot be without: a business date, a
// product in each currency that has none yet, and an account at the custody bank
// for it. Several processes may begin at once.
func (a *App) begin(ctx context.Context) error {
	first := a.FirstDate
	if first.IsZero() {
		first = calendar.DateOf(a.Wall.Now())
	}
	_, err := db.Write(ctx, a.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if err := ledger.Start(ctx, tx, first); err != nil {
			return struct{}{}, err
		}
		dates, err := ledger.ReadDates(ctx, tx)
		if err == nil {
			err = a.beginAt(ctx, tx, dates.BusinessOn)
		}
		if db.IsDuplicate(err) {
			err = db.Again("another process begins too")
		}
		return struct{}{}, err
	})
	return err
}

func (a *App) beginAt(ctx context.Context, tx *db.Tx, on calendar.Date) error {
	if err := origination.InstallStandard(ctx, tx, a.IDs, on); err != nil {
		return err
	}
	accounts, err := custody.Accounts(ctx, tx)
	if err != nil {
		return err
	}
	for _, c := range origination.StandardCurrencies() {
		if slices.ContainsFunc(accounts, isIn(c)) {
			continue
		}
		if _, err := custody.EnsureAccount(ctx, tx, a.IDs, c, 1); err != nil {
			return err
		}
	}
	return nil
}

func isIn(c money.Currency) func(custody.Account) bool {
	return func(a custody.Account) bool { return a.Currency == c }
}
