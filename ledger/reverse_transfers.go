package ledger

import (
	"context"

	"openlend/internal/db"
	"openlend/internal/id"
)

// ReverseTransfers takes back everything that the causes have booked, as one
// linked set: all of it or nothing. The results are in the order of reversing,
// newest transfer first. Asked again it is a replay, because a transfer can be
// reversed once, for ever; see PostReversal.
//
// Refusals: ErrNoEntry when a cause has booked nothing, ErrReversed; a refusal
// of a single reversal (a wallet that has spent the money, a frozen account)
// stands in its result and nothing is booked.
func ReverseTransfers(
	ctx context.Context, tx *db.Tx, ids *id.Source, causes ...Cause,
) ([]Result, error) {
	booked, err := TransfersOf(ctx, tx, causes...)
	if err != nil {
		return nil, err
	}
	commands, err := PostReversal(booked...)
	if err != nil {
		return nil, err
	}
	return Post(ctx, tx, ids, linked(commands...))
}
