package custody

import (
	"context"
	"unicode/utf8"

	"openlend/access"
	"openlend/internal/db"
)

// CloseBreak says that a break is explained and mended. It moves no money.
//
// Refusals: access.ErrForbidden, ErrReason, ErrNotFound, ErrInvalidState.
func CloseBreak(
	ctx context.Context, tx *db.Tx, actor access.Actor, n BreakID, note string,
) (Break, error) {
	b, err := takeBreak(ctx, tx, actor, n)
	if err != nil {
		return Break{}, err
	}
	if err := checkReason(note); err != nil {
		return Break{}, err
	}
	b.State, b.ClosedAt, b.ClosedBy, b.Note = BreakClosed, tx.Now(), actor.Principal(), note
	return b, storeBreak(ctx, tx, &b)
}

// AssignBreak makes a break somebody's work: a principal, as in "staff:alice".
//
// Refusals: access.ErrForbidden, ErrReason for a name that is none, ErrNotFound,
// ErrInvalidState.
func AssignBreak(
	ctx context.Context, tx *db.Tx, actor access.Actor, n BreakID, owner string,
) (Break, error) {
	b, err := takeBreak(ctx, tx, actor, n)
	if err != nil {
		return Break{}, err
	}
	if err := checkReason(owner); err != nil {
		return Break{}, err
	}
	b.Owner = owner
	return b, storeBreak(ctx, tx, &b)
}

// takeBreak locks an open break for somebody who may work on it.
func takeBreak(
	ctx context.Context, tx *db.Tx, actor access.Actor, n BreakID,
) (Break, error) {
	if err := actor.Require(access.PayoutRelease); err != nil {
		return Break{}, err
	}
	if err := tx.Lock(ctx, breakLock, int64(n)); err != nil {
		return Break{}, err
	}
	b, err := loadBreak(ctx, tx, n)
	if err == nil && b.State != BreakOpen {
		err = ErrInvalidState.With("the break is closed")
	}
	return b, err
}

// BreakQuery asks for a page of breaks, newest first.
type BreakQuery struct {
	State BreakState // "": all
	After BreakID    // the last one seen, 0 at first
	Limit int        // 1 to 200; else 50
}

// ListBreaks lists breaks for staff. Refusal: access.ErrForbidden.
func ListBreaks(
	ctx context.Context, tx *db.Tx, actor access.Actor, q BreakQuery,
) ([]Break, error) {
	if err := actor.Require(access.ReadAll); err != nil {
		return nil, err
	}
	after, limit := page(int64(q.After), q.Limit)
	return db.Many(ctx, tx, scanBreak, selectBreaks, after, string(q.State), limit)
}

func checkReason(text string) error {
	if n := utf8.RuneCountInString(text); n < 3 || n > 500 || !utf8.ValidString(text) {
		return ErrReason
	}
	return nil
}
