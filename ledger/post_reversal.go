package ledger

import (
	"cmp"
	"slices"

	"openlend/money"
)

// CauseReversal is the cause of a reversal. The id is the transfer that is
// taken back, so the journal's primary key lets a transfer be reversed once.
const CauseReversal = "reversal"

// PostReversal takes transfers back, newest first, each by its mirror in an
// entry type of its own. What a hold had paid becomes available, not held.
//
//	debit what was credited   credit what was debited   for each transfer
//
// Servicing calls it through ReverseTransfers when a payment bounces or was
// booked by mistake. The commands are not linked; link them, or book what
// cannot be taken back as a receivable. Refusal: ErrReversed.
func PostReversal(booked ...Transfer) ([]Command, error) {
	commands := make([]Command, 0, len(booked))
	newestFirst := slices.SortedFunc(slices.Values(booked),
		func(a, b Transfer) int { return cmp.Compare(b.ID, a.ID) })
	for _, t := range newestFirst {
		if t.Entry == EntryReversal {
			return nil, ErrReversed
		}
		c := move(Cause{CauseReversal, int64(t.ID)}, t.Credit, t.Debit,
			money.New(t.Amount, t.Currency))
		c.Op = OpReverse
		commands = append(commands, c)
	}
	return commands, nil
}
