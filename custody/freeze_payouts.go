package custody

import (
	"context"
	"errors"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// FreezePayouts stops every order to the bank, until somebody else releases
// them. What was sent is still followed to its end. Several freezes may stand
// beside each other; a release ends them all.
//
// Refusals: access.ErrForbidden, ErrReason.
func FreezePayouts(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, reason string,
) (Freeze, error) {
	if err := actor.Require(access.PayoutFreeze); err != nil {
		return Freeze{}, err
	}
	if err := checkReason(reason); err != nil {
		return Freeze{}, err
	}
	n, err := ids.Next()
	if err != nil {
		return Freeze{}, err
	}
	f := Freeze{ID: FreezeID(n), Reason: reason, Maker: actor.Principal(), FrozenAt: tx.Now()}
	if err := storeNewFreeze(ctx, tx, &f); err != nil {
		return Freeze{}, err
	}
	return f, announce(ctx, tx, ids, TopicPayoutsFrozen, "payouts",
		freezePayload{f.ID.String()})
}

// CurrentFreeze reads the newest freeze that stands. Refusal: ErrNotFrozen.
func CurrentFreeze(ctx context.Context, tx *db.Tx) (Freeze, error) {
	f, err := db.One(ctx, tx, scanFreeze, selectFreeze)
	if errors.Is(err, db.ErrNotFound) {
		return Freeze{}, ErrNotFrozen
	}
	return f, err
}
