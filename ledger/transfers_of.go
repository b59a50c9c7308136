package ledger

import (
	"context"
	"slices"

	"openlend/internal/db"
)

// TransfersOf reads everything that the causes have booked, on which date and
// for how much: the books' own answer to whether and when something happened.
// Refusal: ErrNoEntry when a cause has booked nothing.
func TransfersOf(ctx context.Context, tx *db.Tx, causes ...Cause) ([]Transfer, error) {
	numbers := make([]int64, len(causes))
	for i, c := range causes {
		numbers[i] = c.ID
	}
	booked, err := db.ManyByID(ctx, tx, scanTransfer, selectTransfersByCause, unique(numbers))
	if err != nil {
		return nil, err
	}
	booked = slices.DeleteFunc(booked,
		func(t Transfer) bool { return !slices.Contains(causes, t.Cause) })
	for _, c := range causes {
		if !slices.ContainsFunc(booked, func(t Transfer) bool { return t.Cause == c }) {
			return nil, ErrNoEntry.With("cause %s %d", c.Type, c.ID)
		}
	}
	return booked, nil
}
