package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"openlend/internal/db"
	"openlend/money"
)

const (
	// tallyPage is how many accounts are followed in one pass over the
	// transfers: about 50 MB.
	tallyPage = 500_000
	// waitingMax bounds what waits for its predecessor. In sound books that is
	// the few transfers which two processes booked at one moment.
	waitingMax = 100_000
	// noBalance stands for a NULL …_after: balances are never below zero.
	noBalance = -1
)

// tally is one account on its way through the journal.
type tally struct {
	running, credit bool
	broken          bool       // its chain is reported already
	posted, sum     int64      // as kept; of the transfers so far
	after           int64      // the balance at the end of the chain so far
	last, tip       TransferID // as kept; the end of the chain so far
}

// link is the place after one transfer in the chain of one account.
type link struct {
	account  AccountID
	previous TransferID
}

// side is one side of one transfer.
type journalSide struct {
	id           TransferID
	delta, after int64
}

// chains follows accounts through the journal. Transfers come in the order of
// their ids, which is that of the chain but for transfers that two processes
// booked at one moment: those wait for their predecessor.
type chains struct {
	x       *exam
	index   map[AccountID]int32 // into tallies
	tallies []tally
	waiting map[link]journalSide
}

// checkChains recomputes every balance in one pass over the journal for each
// tallyPage accounts. Whatever the number of transfers, memory is bounded.
func checkChains(ctx context.Context, tx *db.Tx, x *exam) error {
	transfers, err := db.Value[int64](ctx, tx, countTransfers)
	if err != nil {
		return err
	}
	accounts, err := db.Value[int64](ctx, tx, countAccounts)
	if err != nil {
		return err
	}
	x.Looked = transfers + accounts
	x.of = transfers * (1 + accounts/tallyPage)
	for from := AccountID(0); ; {
		c := &chains{x: x, index: map[AccountID]int32{}, waiting: map[link]journalSide{}}
		last, err := c.load(ctx, tx, from)
		if err != nil || len(c.tallies) == 0 {
			return err
		}
		if err := db.Each(ctx, tx, c.read, selectSides); err != nil {
			return err
		}
		c.finish()
		if len(c.tallies) < tallyPage {
			return nil
		}
		from = last
	}
}

// load begins the tallies of a page of accounts and returns the last of them.
func (c *chains) load(
	ctx context.Context, tx *db.Tx, from AccountID,
) (last AccountID, err error) {
	err = db.Each(ctx, tx, func(s db.Scanner) error {
		var kind string
		var t tally
		if err := s.Scan((*int64)(&last), &kind, &t.posted, (*int64)(&t.last)); err != nil {
			return err
		}
		t.running, t.credit = Kind(kind).Running(), Kind(kind).CreditNormal()
		c.index[last] = int32(len(c.tallies))
		c.tallies = append(c.tallies, t)
		return nil
	}, selectTallies, int64(from), tallyPage)
	return last, err
}

// read takes one transfer.
func (c *chains) read(s db.Scanner) error {
	var id, debit, credit, amount int64
	var debitAfter, debitPrevious, creditAfter, creditPrevious int64
	err := s.Scan(&id, &debit, &credit, &amount,
		&debitAfter, &debitPrevious, &creditAfter, &creditPrevious)
	if err != nil {
		return err
	}
	c.x.step()
	c.take(AccountID(debit), TransferID(debitPrevious),
		journalSide{TransferID(id), amount, debitAfter})
	c.take(AccountID(credit), TransferID(creditPrevious),
		journalSide{TransferID(id), -amount, creditAfter})
	return nil
}

// take follows one side; delta comes as that of a debit.
func (c *chains) take(account AccountID, previous TransferID, s journalSide) {
	i, ok := c.index[account]
	if !ok {
		return // of another page, or of no account at all, which I01 tells
	}
	t := &c.tallies[i]
	if t.credit {
		s.delta = -s.delta
	}
	if t.running != (s.after != noBalance) {
		c.x.badf(transferKey(int64(s.id)), "%s keeps a running balance: %v, the transfer: %v",
			account, t.running, !t.running)
		t.broken = true
	}
	if !t.running {
		return
	}
	sum, err := money.AddMinor(t.sum, s.delta)
	if err != nil {
		c.x.badf(transferKey(int64(s.id)), "the sum of %s overflows", account)
	}
	t.sum = sum
	if t.broken {
		return
	}
	c.follow(t, account, previous, s)
}

// follow puts a side at the end of its account's chain, and after it whatever
// has waited for it.
func (c *chains) follow(t *tally, account AccountID, previous TransferID, s journalSide) {
	if previous != t.tip {
		at := link{account, previous}
		if other, taken := c.waiting[at]; taken {
			c.x.badf(transferKey(int64(s.id)), "in %s it follows %s, as %s does",
				account, previous, other.id)
			return
		}
		c.waiting[at] = s
		if len(c.waiting) > waitingMax {
			c.giveUp()
		}
		return
	}
	for ok := true; ok; {
		if t.after+s.delta != s.after {
			c.x.badf(transferKey(int64(s.id)), "after it %s has %d, not %d",
				account, t.after+s.delta, s.after)
		}
		t.tip, t.after = s.id, s.after
		at := link{account, t.tip}
		if s, ok = c.waiting[at]; ok {
			delete(c.waiting, at)
		}
	}
}

// giveUp reports what waits, first of each account, in the order of ids. Those
// chains are not followed further.
func (c *chains) giveUp() {
	type waits struct {
		link
		journalSide
	}
	all := make([]waits, 0, len(c.waiting))
	for at, s := range maps.All(c.waiting) {
		all = append(all, waits{at, s})
	}
	clear(c.waiting)
	slices.SortFunc(all, func(a, b waits) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.account, b.account))
	})
	for _, w := range all {
		if t := &c.tallies[c.index[w.account]]; !t.broken {
			t.broken = true
			c.x.badf(transferKey(int64(w.id)), "in %s it follows %s, and that is not the end of its chain",
				w.account, w.previous)
		}
	}
}

// finish compares the ends of the chains with the balances that are kept.
func (c *chains) finish() {
	c.giveUp()
	for _, account := range slices.Sorted(maps.Keys(c.index)) {
		t := &c.tallies[c.index[account]]
		switch {
		case !t.running:
		case t.sum != t.posted:
			c.x.badf(accountKey(int64(account)), "posted is %d, its transfers sum to %d", t.posted, t.sum)
		case t.tip != t.last && !t.broken:
			c.x.badf(accountKey(int64(account)), "its last transfer is %s, its balance says %s",
				t.tip, t.last)
		}
	}
}
