package custody

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/money"
)

// openBreak opens a break, unless it is known already: one of a kind for a
// subject, for ever, however often it is met again.
func openBreak(
	ctx context.Context, tx *db.Tx, ids *id.Source, kind BreakKind, c money.Currency,
	subject, what string,
) error {
	n, err := ids.Next()
	if err != nil {
		return err
	}
	b := Break{ID: BreakID(n), Kind: kind, Currency: c, Subject: subject, What: what,
		Owner: firstOwner, State: BreakOpen, OpenedAt: tx.Now()}
	if err := storeNewBreak(ctx, tx, &b); err != nil {
		return err
	}
	stored, err := loadBreakOf(ctx, tx, kind, c, subject)
	if err != nil || stored.ID != b.ID {
		return err
	}
	return announce(ctx, tx, ids, TopicBreakOpened, b.ID.String(),
		breakPayload{b.ID.String(), kind})
}

// closeByItself closes a break that the bank itself has mended.
func closeByItself(ctx context.Context, tx *db.Tx, b Break, note string) error {
	b.State, b.ClosedAt, b.ClosedBy, b.Note = BreakClosed, tx.Now(), "system:custody", note
	return storeBreak(ctx, tx, &b)
}
