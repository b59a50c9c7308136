package custody

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// ReleasePayouts lets orders go to the bank again. It takes another person than
// anybody who froze them, and client money that agrees with the bank, to the
// cent and in every currency, at a look that was taken after the last freeze
// began: a restored database remembers older looks. The last freeze is answered.
//
// Refusals: access.ErrForbidden, ErrNotFrozen, ErrFourEyes, ErrNotClean.
func ReleasePayouts(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor,
) (Freeze, error) {
	if err := actor.Require(access.PayoutRelease); err != nil {
		return Freeze{}, err
	}
	standing, err := db.Many(ctx, tx, scanFreeze, selectStanding)
	if err != nil {
		return Freeze{}, err
	}
	if len(standing) == 0 {
		return Freeze{}, ErrNotFrozen
	}
	for _, f := range standing {
		if actor.SecondPerson(f.Maker) != nil {
			return Freeze{}, ErrFourEyes
		}
	}
	f := standing[len(standing)-1]
	if err := cleanSince(ctx, tx, f); err != nil {
		return Freeze{}, err
	}
	f.Checker, f.ReleasedAt = actor.Principal(), tx.Now()
	released, err := storeReleased(ctx, tx, &f)
	if err != nil {
		return Freeze{}, err
	}
	if !released {
		return Freeze{}, db.Again("somebody else froze or released them meanwhile")
	}
	return f, announce(ctx, tx, ids, TopicPayoutsReleased, "payouts",
		freezePayload{f.ID.String()})
}

// cleanSince refuses as long as client money and the bank were not seen to agree
// after a freeze began. What is compared is as it is now, not as it was recorded.
func cleanSince(ctx context.Context, tx *db.Tx, f Freeze) error {
	accounts, err := Accounts(ctx, tx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		p, err := ClientMoney(ctx, tx, a.Currency)
		switch {
		case errors.Is(err, ErrNoPosition):
			return ErrNotClean.With("the bank has not told its balance in %s", a.Currency)
		case err != nil:
			return err
		case p.Difference != 0:
			return ErrNotClean.With("client money in %s differs from the bank's by %d minor units",
				a.Currency, p.Difference)
		case !p.AskedAt.After(f.FrozenAt):
			return ErrNotClean.With("the bank was not asked in %s since the freeze began",
				a.Currency)
		}
	}
	return nil
}
