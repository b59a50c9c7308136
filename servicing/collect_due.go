package servicing

import (
	"context"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
)

// Collected is what was taken for one loan.
type Collected struct {
	Loan    LoanID
	Payment PaymentID // 0: nothing was taken
	Due     int64     // at the end of the date, before it was taken
	Taken   int64     // minor units
}

// CollectDue takes what is due at the end of a date from the wallets of the
// borrowers of many loans: all of it, or what a wallet has. Nothing is taken for
// loans whose product does not collect, or from wallets that are empty or
// frozen. At most 200 loans at a time; taken once, nothing is due any more, so a
// piece may be run again. Refusal: ErrNotFound.
func CollectDue(
	ctx context.Context, tx *db.Tx, ids *id.Source, loans []LoanID, on calendar.Date,
) ([]Collected, error) {
	locked, err := lockLoans(ctx, tx, ids, true, loans)
	if err != nil {
		return nil, err
	}
	purses, err := pursesOf(ctx, tx, locked)
	if err != nil {
		return nil, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return nil, err
	}
	collected := make([]Collected, len(locked))
	var changes []change
	for i, l := range locked {
		collected[i].Loan = l.ID
		due, err := l.collectable(max(on, l.AsOf))
		if err != nil {
			return nil, err
		}
		taken := min(due, purses[l.Wallet])
		collected[i].Due, collected[i].Taken = due, taken
		if taken <= 0 {
			continue
		}
		purses[l.Wallet] -= taken
		next, err := ids.Next()
		if err != nil {
			return nil, err
		}
		c := l.payment(PaymentID(next), FromAuto, money.New(taken, l.Currency),
			max(on, l.AsOf), "", access.System("closing").Principal())
		c.paid.BusinessOn = dates.BusinessOn
		collected[i].Payment = c.paid.ID
		changes = append(changes, c)
	}
	return collected, recordAll(ctx, tx, ids, on, changes)
}

// pursesOf says what may be taken from the wallets of the loans' borrowers.
func pursesOf(
	ctx context.Context, tx *db.Tx, loans []*Loan,
) (map[ledger.AccountID]int64, error) {
	wallets := make([]ledger.AccountID, len(loans))
	for i, l := range loans {
		wallets[i] = l.Wallet
	}
	accounts, err := ledger.GetAccounts(ctx, tx, wallets...)
	purses := make(map[ledger.AccountID]int64, len(accounts))
	for i := range accounts {
		if a := &accounts[i]; a.State == ledger.Open {
			purses[a.ID] = a.Available()
		}
	}
	return purses, err
}

// collectable is what is due at the end of a date, when the platform collects it.
func (l *Loan) collectable(on calendar.Date) (int64, error) {
	switch {
	case !l.AutoCollect || l.history == nil:
		return 0, nil
	case l.State != StateActive && l.State != StateLate && l.State != StateDefault:
		return 0, nil
	case on == l.AsOf:
		return l.Arrears, nil
	}
	h := l.history
	a, err := loan.Replay(h.product.Loan, h.schedule, h.events, on)
	if err != nil {
		return 0, err
	}
	return a.Arrears().Sum(), nil
}
