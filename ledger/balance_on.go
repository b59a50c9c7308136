package ledger

import (
	"context"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/money"
)

// Balances gives what is posted in each account now, by the normal side of its
// kind and in the order asked for. It is BalancesOn for the open date.
//
// Refusals: ErrNotReady, ErrNoAccount, money.ErrOverflow.
func Balances(ctx context.Context, tx *db.Tx, accounts ...AccountID) ([]money.Amount, error) {
	now, err := ReadDates(ctx, tx)
	if err != nil {
		return nil, err
	}
	return balancesOn(ctx, tx, now, now.BusinessOn, accounts)
}

// BalancesOn gives what was posted in each account at the end of a business
// date, by the normal side of its kind and in the order asked for. Where it
// looks, and what that costs:
//
//	                  sealed        not sealed yet
//	running balance   one roll-up   back along its transfers to the date
//	platform account  one roll-up   a roll-up and all transfers since
//
// Refusals: ErrNotReady, ErrNoAccount, ErrDate for a date to come,
// money.ErrOverflow.
func BalancesOn(
	ctx context.Context, tx *db.Tx, on calendar.Date, accounts ...AccountID,
) ([]money.Amount, error) {
	now, err := ReadDates(ctx, tx)
	if err != nil {
		return nil, err
	}
	return balancesOn(ctx, tx, now, on, accounts)
}

func balancesOn(
	ctx context.Context, tx *db.Tx, now Dates, on calendar.Date, ids []AccountID,
) ([]money.Amount, error) {
	if on > now.BusinessOn {
		return nil, ErrDate.With("%s is open, %s is to come", now.BusinessOn, on)
	}
	accounts, err := GetAccounts(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	minor := make(map[AccountID]int64, len(ids))
	if on <= now.SealedThrough {
		err = rolledUp(ctx, tx, on, accounts, minor)
	} else if err = runningOn(ctx, tx, on, accounts, minor); err == nil {
		err = platformOn(ctx, tx, now, on, accounts, minor)
	}
	if err != nil {
		return nil, err
	}
	balances := make([]money.Amount, len(accounts))
	for i, a := range accounts {
		balances[i] = money.New(minor[a.ID], a.Currency)
	}
	return balances, nil
}

// rolledUp reads the latest roll-ups up to a sealed date.
func rolledUp(
	ctx context.Context, tx *db.Tx, on calendar.Date,
	accounts []Account, into map[AccountID]int64,
) error {
	latest, err := loadRollupsBefore(ctx, tx, on.Days(1), idsOf(accounts))
	for _, r := range latest {
		into[r.account] = r.balance
	}
	return err
}

// runningOn walks back from each account's newest transfer to the first that is
// not after the date; its balance after that one is the answer.
func runningOn(
	ctx context.Context, tx *db.Tx, on calendar.Date,
	accounts []Account, into map[AccountID]int64,
) error {
	var moved []int64
	for _, a := range accounts {
		if a.last != 0 {
			moved = append(moved, int64(a.ID))
		}
	}
	found, err := loadBalancesOn(ctx, tx, moved, on)
	for _, b := range found {
		into[b.account] = b.balance
	}
	return err
}

// platformOn adds what was posted after the last sealed date to the roll-ups.
func platformOn(
	ctx context.Context, tx *db.Tx, now Dates, on calendar.Date,
	accounts []Account, into map[AccountID]int64,
) error {
	var platform []AccountID
	for _, a := range accounts {
		if !a.Kind.Running() {
			platform = append(platform, a.ID)
		}
	}
	sealed, err := loadRollupsBefore(ctx, tx, now.SealedThrough.Days(1), platform)
	if err != nil {
		return err
	}
	since, err := loadTurnoverSince(ctx, tx, platform, now.SealedThrough, on)
	if err != nil {
		return err
	}
	for _, r := range sealed {
		r, err := r.after(since[r.account])
		if err != nil {
			return err
		}
		into[r.account] = r.balance
	}
	return nil
}

func idsOf(accounts []Account) []AccountID {
	ids := make([]AccountID, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	return ids
}
