package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"openlend/internal/batch"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/refusal"
)

// ErrOpenSet refuses a call whose last command is linked to nothing.
var ErrOpenSet = refusal.New("ledger.open_set", "the last command of a call cannot be linked")

// Poster books the commands of many concurrent callers in groups, each group in
// a transaction of its own. Balances are decided on in a cache of the process
// and checked by their version when they are written; a group that finds a
// balance moved (another process, a freeze) runs again under row locks.
//
// Two groups are in flight. On PostgreSQL their transactions overlap: while one
// writes its balances and commits, the next is decided on the outcome of the
// first and streams its rows; balances are written and committed in the order
// of deciding. On SQLite the one writer runs group after group, and the second
// is gathered meanwhile.
type Poster struct {
	db  *db.DB
	ids *id.Source
	*batch.Gatherer[Command, Result]
	overlap bool // transactions run beside each other

	mu       sync.Mutex
	changed  *sync.Cond // a flight has ended
	accounts map[AccountID]*Account
	flights  []*flight // decided and not yet ended, in order
}

// flight is a group between its decision and its commit.
type flight struct {
	booked map[entryKey]*Transfer
	holds  map[Cause]*Hold
	rows   []balanceRow
	// seen are accounts, by version, that the group was decided on and does not
	// write; refused are the commands that it refused.
	seen    map[int64]int64
	refused []Command
	ended   bool
}

const (
	groupMax  = 8192    // commands in one group
	cacheMax  = 200_000 // accounts kept, about 30 MB
	groupTime = time.Minute
)

// NewPoster returns a poster. group is the most commands that one transaction
// takes, 0 for the default; 1 books one by one (the bench compares).
func NewPoster(d *db.DB, ids *id.Source, group int) *Poster {
	p := &Poster{db: d, ids: ids, accounts: map[AccountID]*Account{},
		overlap: d.Engine() == db.Postgres}
	p.changed = sync.NewCond(&p.mu)
	if group == 0 {
		group = groupMax
	}
	p.Gatherer = batch.New(group, 2, p.runGroup)
	return p
}

// Do books one command. Refusals come as the result's Err; an error means that
// nothing is known to be booked (db.ErrOutcomeUnknown: it may be).
func (p *Poster) Do(ctx context.Context, c Command) (Result, error) {
	results, err := p.DoMany(ctx, []Command{c})
	if err != nil {
		return Result{}, err
	}
	return results[0], nil
}

// DoMany books commands in order in one transaction. Refusal: ErrOpenSet.
func (p *Poster) DoMany(ctx context.Context, commands []Command) ([]Result, error) {
	if n := len(commands); n > 0 && commands[n-1].Linked {
		return nil, ErrOpenSet
	}
	return p.Gatherer.DoMany(ctx, commands)
}

func (p *Poster) runGroup(ctx context.Context, commands []Command) ([]Result, error) {
	ctx, cancel := context.WithTimeout(ctx, groupTime)
	defer cancel()
	// What needs no transaction is done before it: on SQLite others wait for it.
	s := &ledgerState{booked: make(map[entryKey]*Transfer, len(commands))}
	if err := s.reserve(p.ids, len(commands)); err != nil {
		return nil, err
	}
	named := accountIDs(commands, nil)
	return db.Write(ctx, p.db, func(ctx context.Context, tx *db.Tx) ([]Result, error) {
		if tx.Attempt() > 0 {
			return p.postLocked(ctx, tx, commands)
		}
		return p.postCached(ctx, tx, s, named, commands)
	})
}

// postLocked is the sure way; what it touches leaves the cache.
func (p *Poster) postLocked(
	ctx context.Context, tx *db.Tx, commands []Command,
) ([]Result, error) {
	d, err := post(ctx, tx, p.ids, commands)
	tx.OnDone(func(bool) { p.forget(d, commands) })
	if err != nil {
		return nil, err
	}
	return d.results, nil
}

// postCached decides on the cache. named are the accounts that commands name.
func (p *Poster) postCached(
	ctx context.Context, tx *db.Tx, s *ledgerState, named []int64, commands []Command,
) ([]Result, error) {
	date, err := openDate(ctx, tx)
	if err != nil {
		return nil, err
	}
	s.now, s.date = tx.Now(), date.businessOn
	if s.holds, err = loadHolds(ctx, tx, holdCauses(commands, false)); err != nil {
		return nil, err
	}
	if len(s.holds) > 0 {
		named = accountIDs(commands, s.holds)
	}
	f, d, err := p.loadAndDecide(ctx, tx, s, named, commands)
	if err != nil {
		return nil, err
	}
	tx.OnDone(func(committed bool) { p.end(f, committed) })
	d.hashBatches()
	if err := storeEntries(ctx, tx, d); err != nil {
		return nil, err
	}
	p.awaitTurn(f)
	if err := storeBooks(ctx, tx, d, f.rows); err != nil {
		return nil, err
	}
	return d.results, f.confirm(ctx, tx)
}

// loadAndDecide reads the accounts that are not cached, without locks (their
// versions tell when they were stale), and decides. The cache may lose an
// account in between, to another group that failed; then it is read too.
func (p *Poster) loadAndDecide(
	ctx context.Context, tx *db.Tx, s *ledgerState, ids []int64, commands []Command,
) (*flight, *decision, error) {
	loaded := make(map[AccountID]*Account, len(ids))
	asked := make(map[int64]bool)
	for {
		missing := p.missing(ids, asked)
		if err := loadAccounts(ctx, tx, missing, loaded); err != nil {
			return nil, nil, err
		}
		if f, d := p.decide(s, ids, asked, loaded, commands); f != nil {
			return f, d, nil
		}
	}
}

// missing lists the ids that are neither cached nor asked for already, and
// marks them as asked for.
func (p *Poster) missing(ids []int64, asked map[int64]bool) []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var missing []int64
	for _, id := range ids {
		if _, ok := p.accounts[AccountID(id)]; !ok && !asked[id] {
			asked[id] = true
			missing = append(missing, id)
		}
	}
	return missing
}

// decide decides on the cache and leaves in it what the group will have done.
// It returns nil when an account has left the cache that was not asked for.
func (p *Poster) decide(
	s *ledgerState, ids []int64, asked map[int64]bool,
	loaded map[AccountID]*Account, commands []Command,
) (*flight, *decision) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.overlap && p.collides(commands) {
		p.changed.Wait()
	}
	for _, id := range ids {
		if _, ok := p.accounts[AccountID(id)]; !ok && !asked[id] {
			return nil, nil
		}
	}
	for id, a := range loaded {
		if _, ok := p.accounts[id]; !ok {
			p.accounts[id] = a
		}
	}
	s.accounts = p.accounts
	d := decide(s, commands)
	f := &flight{booked: s.booked, holds: s.holds, rows: balanceRows(d)}
	f.note(s, d, commands)
	p.flights = append(p.flights, f)
	return f, d
}

// note keeps what nothing else would notice to be stale: the accounts that
// refusals were decided on, or that are as they were before (a hold that was
// opened and released), and the refused commands, which may be replays.
func (f *flight) note(s *ledgerState, d *decision, commands []Command) {
	see := func(id AccountID) {
		a, ok := s.accounts[id]
		if !ok || !a.Kind.Running() || f.writes(id) {
			return
		}
		if f.seen == nil {
			f.seen = map[int64]int64{}
		}
		f.seen[int64(id)] = a.version
	}
	for _, t := range d.touched {
		see(t.before.ID)
	}
	for i := range d.results {
		if d.results[i].Err == nil {
			continue
		}
		f.refused = append(f.refused, commands[i])
		see(commands[i].Debit)
		see(commands[i].Credit)
		if h, ok := s.holds[commands[i].Of]; ok {
			see(h.Account)
		}
	}
}

func (f *flight) writes(id AccountID) bool {
	_, ok := slices.BinarySearchFunc(f.rows, id,
		func(r balanceRow, id AccountID) int { return cmp.Compare(r.account, id) })
	return ok
}

// confirm checks what the group was decided on and has not written: that it is
// what the database says, and that no refused command was booked before, which
// only the locked way looks up.
func (f *flight) confirm(ctx context.Context, tx *db.Tx) error {
	if len(f.seen) > 0 {
		accounts := make(map[AccountID]*Account, len(f.seen))
		ids := slices.Sorted(maps.Keys(f.seen))
		if err := loadAccounts(ctx, tx, ids, accounts); err != nil {
			return err
		}
		for id, version := range f.seen {
			if a, ok := accounts[AccountID(id)]; !ok || a.version != version {
				return errMoved("an account")
			}
		}
	}
	booked, err := bookedBefore(ctx, tx, f.refused)
	if err == nil && booked {
		return db.Again("a refused cause is booked already")
	}
	return err
}

// bookedBefore says whether the cause of a command is booked already.
func bookedBefore(ctx context.Context, tx *db.Tx, commands []Command) (bool, error) {
	transfers, err := db.ManyByID(ctx, tx, scanTransfer, selectTransfersByCause,
		transferCauses(commands))
	if err != nil {
		return false, err
	}
	holds, err := loadHolds(ctx, tx, holdCauses(commands, true))
	if err != nil {
		return false, err
	}
	booked := make(map[entryKey]bool, len(transfers))
	for i := range transfers {
		booked[entryKey{transfers[i].Cause, transfers[i].Leg}] = true
	}
	return slices.ContainsFunc(commands, func(c Command) bool {
		if c.Op == OpHold {
			return holds[c.Cause] != nil
		}
		return booked[entryKey{c.Cause, int64(c.Leg)}]
	}), nil
}

// forget drops what a group may have touched from the cache.
func (p *Poster) forget(d *decision, commands []Command) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range commands {
		delete(p.accounts, commands[i].Debit)
		delete(p.accounts, commands[i].Credit)
	}
	if d != nil {
		for _, t := range d.touched {
			delete(p.accounts, t.before.ID)
		}
	}
}

// collides says whether a command repeats a cause, or speaks of a hold, of a
// group in flight: its row is not visible yet, so the answer must wait.
func (p *Poster) collides(commands []Command) bool {
	for _, f := range p.flights {
		if f.ended {
			continue
		}
		for i := range commands {
			c := &commands[i]
			if _, ok := f.booked[entryKey{c.Cause, int64(c.Leg)}]; ok {
				return true
			}
			if len(f.holds) == 0 {
				continue
			}
			if _, ok := f.holds[c.Cause]; ok {
				return true
			}
			if _, ok := f.holds[c.Of]; ok {
				return true
			}
		}
	}
	return false
}

// awaitTurn waits until every group decided before has ended, so that balances
// are written in the order in which they were decided.
func (p *Poster) awaitTurn(f *flight) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.overlap && p.flights[0] != f {
		p.changed.Wait()
	}
}

// end takes a group out of flight. When it did not commit, what it left in the
// cache is forgotten; a group decided on it will find its versions wrong.
func (p *Poster) end(f *flight, committed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.ended = true
	for len(p.flights) > 0 && p.flights[0].ended {
		p.flights = p.flights[1:]
	}
	if !committed {
		for _, r := range f.rows {
			delete(p.accounts, r.account)
		}
	}
	if len(p.accounts) > cacheMax {
		clear(p.accounts)
	}
	p.changed.Broadcast()
}
