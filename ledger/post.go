package ledger

import (
	"context"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
)

// Post books commands inside the caller's transaction: load, decide, post,
// store, announce. It answers every command in order; a refusal of one changes
// nothing of the others unless they are linked. It locks the accounts it
// touches, so other locks of rank below accounts must be taken before.
//
// An error (not a refusal) means the transaction must roll back.
func Post(
	ctx context.Context, tx *db.Tx, ids *id.Source, commands []Command,
) ([]Result, error) {
	if n := len(commands); n == 0 || commands[n-1].Linked {
		return nil, ErrOpenSet
	}
	d, err := post(ctx, tx, ids, commands)
	if err != nil {
		return nil, err
	}
	return d.results, nil
}

func post(
	ctx context.Context, tx *db.Tx, ids *id.Source, commands []Command,
) (*decision, error) {
	date, err := openDate(ctx, tx)
	if err != nil {
		return nil, err
	}
	s, err := loadLocked(ctx, tx, commands)
	if err != nil {
		return nil, err
	}
	s.now, s.date = tx.Now(), date.businessOn
	if err := s.reserve(ids, len(commands)); err != nil {
		return nil, err
	}
	d := decide(s, commands)
	d.hashBatches()
	if err := storeEntries(ctx, tx, d); err != nil {
		return d, err
	}
	return d, storeBooks(ctx, tx, d, balanceRows(d))
}

// loadLocked loads everything the commands speak of: holds, their accounts
// (locked in order), and transfers that their causes have booked already.
func loadLocked(ctx context.Context, tx *db.Tx, commands []Command) (*ledgerState, error) {
	s := &ledgerState{
		accounts: make(map[AccountID]*Account, len(commands)),
		booked:   make(map[entryKey]*Transfer, len(commands)),
	}
	of, err := loadHolds(ctx, tx, holdCauses(commands, false)) // says which accounts to lock
	if err != nil {
		return nil, err
	}
	accounts := accountIDs(commands, of)
	if err := tx.Lock(ctx, lockAccount, accounts...); err != nil {
		return nil, err
	}
	// Now they stand still, and what was opened meanwhile shows too.
	if s.holds, err = loadHolds(ctx, tx, holdCauses(commands, true)); err != nil {
		return nil, err
	}
	for i := range commands {
		c := &commands[i]
		if c.speaksOfHold() && s.holds[c.Of] != nil && of[c.Of] == nil {
			return nil, db.Again("a hold was opened under a decision")
		}
	}
	if err := loadAccounts(ctx, tx, accounts, s.accounts); err != nil {
		return nil, err
	}
	first, last := legRange(commands)
	booked, err := db.ManyByID(ctx, tx, scanTransfer, selectTransfersByLegs,
		transferCauses(commands), first, last)
	for i := range booked {
		s.booked[entryKey{booked[i].Cause, booked[i].Leg}] = &booked[i]
	}
	return s, err
}

func loadAccounts(
	ctx context.Context, tx *db.Tx, ids []int64, into map[AccountID]*Account,
) error {
	accounts, err := db.ManyByID(ctx, tx, scanAccount, selectAccounts, ids)
	for _, a := range accounts {
		into[a.ID] = a
	}
	return err
}

func loadHolds(ctx context.Context, tx *db.Tx, causes []int64) (map[Cause]*Hold, error) {
	holds, err := db.ManyByID(ctx, tx, scanHold, selectHolds, causes)
	byCause := make(map[Cause]*Hold, len(holds))
	for _, h := range holds {
		byCause[h.Cause] = h
	}
	return byCause, err
}

// holdCauses lists the holds that are spoken of; with opening, also those that
// would be opened, to find a cause that was held before.
func holdCauses(commands []Command, opening bool) []int64 {
	var ids []int64
	for i := range commands {
		switch c := &commands[i]; {
		case c.speaksOfHold():
			ids = append(ids, c.Of.ID)
		case c.Op == OpHold && opening:
			ids = append(ids, c.Cause.ID)
		}
	}
	return unique(ids)
}

func (c *Command) speaksOfHold() bool {
	return c.Op == OpPostHold || c.Op == OpVoidHold || c.Op == OpExpireHold
}

func transferCauses(commands []Command) []int64 {
	ids := make([]int64, 0, len(commands))
	for i := range commands {
		switch c := &commands[i]; c.Op {
		case OpTransfer, OpPostHold, OpReverse:
			ids = append(ids, c.Cause.ID)
		}
	}
	return unique(ids)
}

// legRange returns the lowest and the highest leg of commands.
func legRange(commands []Command) (first, last int) {
	first, last = commands[0].Leg, commands[0].Leg
	for i := range commands {
		first, last = min(first, commands[i].Leg), max(last, commands[i].Leg)
	}
	return first, last
}

func accountIDs(commands []Command, holds map[Cause]*Hold) []int64 {
	ids := make([]int64, 0, 2*len(commands))
	for i := range commands {
		c := &commands[i]
		for _, a := range [...]AccountID{c.Debit, c.Credit} {
			if a != 0 {
				ids = append(ids, int64(a))
			}
		}
	}
	for _, h := range holds {
		ids = append(ids, int64(h.Account))
	}
	return unique(ids)
}

func unique(ids []int64) []int64 {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// reserve takes the group's version, and blocks of ids for the transfers that n
// commands may make.
func (s *ledgerState) reserve(ids *id.Source, n int) (err error) {
	if s.version, err = ids.Next(); err != nil {
		return err
	}
	var blocks []int64
	for left := n; left > 0; left -= batchMax {
		first, err := ids.Block(min(left, batchMax))
		if err != nil {
			return err
		}
		blocks = append(blocks, first)
	}
	s.newID = func(n int) TransferID {
		return TransferID(blocks[n/batchMax] + int64(n%batchMax))
	}
	return nil
}

// balanceRows are the balances that a group has changed, in lock order. They
// are copies: a cached account may move on while the rows are being written.
func balanceRows(d *decision) []balanceRow {
	rows := make([]balanceRow, 0, len(d.touched))
	for _, t := range d.touched {
		a := t.now
		if a.Posted == t.before.Posted && a.Held == t.before.Held && a.last == t.before.last {
			continue
		}
		rows = append(rows, balanceRow{a.ID, a.version, a.Posted, a.Held, a.last})
		a.version = d.version
	}
	slices.SortFunc(rows, func(a, b balanceRow) int { return int(a.account - b.account) })
	return rows
}

// storeEntries writes the append-only rows and new holds. A cause that is
// taken shows here when it was not looked up before: run again, and look.
func storeEntries(ctx context.Context, tx *db.Tx, d *decision) error {
	err := storeTransfers(ctx, tx, d.transfers)
	if err == nil {
		err = storeNewHolds(ctx, tx, d.newHolds)
	}
	if db.IsDuplicate(err) {
		return db.Again("a cause is booked already")
	}
	return err
}

// storeBooks writes what the entries have moved, and announces it.
func storeBooks(ctx context.Context, tx *db.Tx, d *decision, rows []balanceRow) error {
	if err := storeBalances(ctx, tx, d.version, rows); err != nil {
		return err
	}
	if err := storeHolds(ctx, tx, d.oldHolds); err != nil {
		return err
	}
	batches := <-d.batches
	if err := storeBatches(ctx, tx, batches); err != nil {
		return err
	}
	return announcePosted(ctx, tx, batches)
}
