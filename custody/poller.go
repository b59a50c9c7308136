package custody

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
	"openlend/internal/outbox"
	"openlend/money"
)

// Poller reads the bank's statements and balances. Every node may run one; the
// lease lets one of them work, and each of its transactions checks it.
type Poller struct {
	DB     *db.DB
	IDs    *id.Source
	Bank   *Bank
	Vault  *crypt.Vault
	Wall   clock.Clock   // the process clock
	Holder string        // from id.Holder
	Every  time.Duration // between two looks; 0: 2 s
	// Compare is how often client money is compared with the bank; 0: a minute.
	Compare time.Duration
	Report  func(error) // hears of every fault
	Bell    outbox.Bell // rung by a callback; may be nil
}

const (
	pollerName  = "custody/poller"
	pollerLease = 30 * time.Second
	// overlap is how many known lines are read again when client money is compared.
	overlap = 200
	// gapsNamed is how many missing lines of a currency are named at once.
	gapsNamed = 20
	// linesAtOnce is how many lines are applied side by side: each has a
	// transaction of its own, and their order does not matter.
	linesAtOnce = 8
)

// Run works until ctx ends.
func (p *Poller) Run(ctx context.Context) {
	every, compare := p.Every, p.Compare
	if every <= 0 {
		every = 2 * time.Second
	}
	if compare <= 0 {
		compare = time.Minute
	}
	lease.Serve(ctx, p.DB, p.Wall, pollerName, p.Holder, pollerLease,
		func(ctx context.Context, l lease.Lease) error {
			for compared := (*clock.Stopwatch)(nil); ; {
				due := compared == nil || compared.Elapsed() >= compare
				if err := p.look(ctx, l, due); err != nil {
					return err
				}
				if due {
					watch := clock.Start()
					compared = &watch
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-p.Bell:
				case <-time.After(every):
				}
			}
		}, p.Report)
}

// Once takes the lease, looks and compares once and gives the lease back: for
// closing, which must know all that the bank has said. Refusals: lease.ErrHeld
// while another process looks, ErrUnknown, ErrNotSent.
func (p *Poller) Once(ctx context.Context) error {
	l, err := lease.Acquire(ctx, p.DB, p.Wall, pollerName, p.Holder, pollerLease)
	if err != nil {
		return err
	}
	return l.Keep(ctx, func(ctx context.Context) error { return p.look(ctx, l, true) })
}

// look reads all currencies, and compares them. One that cannot be read does not
// keep the others.
func (p *Poller) look(ctx context.Context, l lease.Lease, compare bool) error {
	accounts, err := db.Read(ctx, p.DB, Accounts)
	if err != nil {
		return err
	}
	var faults []error
	for _, a := range accounts {
		from := a.Cursor
		if compare { // known lines are read again: they must read as before
			from = max(0, from-overlap)
		}
		err := p.read(ctx, l, a.Currency, from)
		if err == nil && compare {
			err = p.compare(ctx, l, a.Currency)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// compare looks in a snapshot, which holds up nobody, and then keeps what it
// has found.
func (p *Poller) compare(ctx context.Context, l lease.Lease, c money.Currency) error {
	found, err := db.Read(ctx, p.DB, func(ctx context.Context, tx *db.Tx) (Position, error) {
		return ClientMoney(ctx, tx, c)
	})
	if err != nil {
		return err
	}
	_, err = db.Write(ctx, p.DB, func(ctx context.Context, tx *db.Tx) (Position, error) {
		if err := l.Check(ctx, tx); err != nil {
			return Position{}, err
		}
		return RecordPosition(ctx, tx, p.IDs, found)
	})
	return err
}

// read asks for the balance first and for the lines after a number then, so that
// the statement has every line that the balance counts.
func (p *Poller) read(ctx context.Context, l lease.Lease, c money.Currency, last int64) error {
	asked := p.Wall.Now()
	balance, err := p.Bank.Balance(ctx, c)
	if err != nil {
		return err
	}
	var faults []error
	for {
		s, err := p.Bank.Lines(ctx, c, last)
		if err != nil {
			return err
		}
		for _, line := range s.Lines {
			last = max(last, line.No)
		}
		more := s.More && len(s.Lines) > 0
		news, err := p.news(ctx, c, s.Lines)
		if err != nil {
			return err
		}
		// A line that cannot be applied keeps nobody: it is missed like one that
		// the bank has left out, and read again.
		faults = append(faults, p.apply(ctx, l, news))
		if !more {
			return errors.Join(append(faults,
				p.keep(ctx, l, c, balance, s.CompleteAt, asked))...)
		}
	}
}

// news leaves out the lines that are known and read as before.
func (p *Poller) news(ctx context.Context, c money.Currency, lines []Line) ([]Line, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	first, last := lines[0].No, lines[0].No
	for _, l := range lines {
		first, last = min(first, l.No), max(last, l.No)
	}
	known, err := db.Read(ctx, p.DB,
		func(ctx context.Context, tx *db.Tx) (map[int64][]byte, error) {
			return loadDigests(ctx, tx, c, first, last)
		})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(lines, func(l Line) bool {
		digest, err := l.digest(p.Vault)
		return err == nil && bytes.Equal(known[l.No], digest)
	}), nil
}

// apply applies lines side by side, and returns the faults of all.
func (p *Poller) apply(ctx context.Context, l lease.Lease, lines []Line) error {
	faults := make([]error, len(lines))
	places := make(chan struct{}, linesAtOnce)
	var all sync.WaitGroup
	for i, line := range lines {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			_, faults[i] = db.WriteBulk(ctx, p.DB,
				func(ctx context.Context, tx *db.Tx) (struct{}, error) {
					if err := l.Check(ctx, tx); err != nil {
						return struct{}{}, err
					}
					return struct{}{}, ApplyLine(ctx, tx, p.IDs, p.Vault, line)
				})
		})
	}
	all.Wait()
	return errors.Join(faults...)
}

// keep stores how far the statement is read and what the bank's balance is.
func (p *Poller) keep(
	ctx context.Context, l lease.Lease, c money.Currency, b Balance, complete, asked time.Time,
) error {
	_, err := db.Write(ctx, p.DB, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if err := l.Check(ctx, tx); err != nil {
			return struct{}{}, err
		}
		a, err := loadAccount(ctx, tx, c)
		if err != nil {
			return struct{}{}, err
		}
		if err := tx.Lock(ctx, accountLock, int64(a.ID)); err != nil {
			return struct{}{}, err
		}
		gaps, err := p.advance(ctx, tx, &a, b.Line)
		if err != nil {
			return struct{}{}, err
		}
		if !gaps { // a statement with a hole in it is not complete
			a.CompleteAt = complete
		}
		a.Balance, a.BalanceLine, a.AskedAt = b.Amount.Minor(), b.Line, asked
		return struct{}{}, storeAccount(ctx, tx, &a)
	})
	return err
}

// advance moves the cursor over the lines that are there without a gap. A line
// that is missing below one that is there, or below the balance, opens a break,
// which its coming closes.
func (p *Poller) advance(
	ctx context.Context, tx *db.Tx, a *Account, through int64,
) (gaps bool, err error) {
	there, err := db.Values[int64](ctx, tx, selectLinesAfter, string(a.Currency), a.Cursor, 10_000)
	if err != nil {
		return false, err
	}
	if len(there) > 0 {
		through = max(through, there[len(there)-1])
	}
	for len(there) > 0 && there[0] == a.Cursor+1 {
		a.Cursor, there = there[0], there[1:]
	}
	named := 0
	for no := a.Cursor + 1; no <= through && named < gapsNamed; no++ {
		if _, found := slices.BinarySearch(there, no); found {
			continue
		}
		named++
		err := openBreak(ctx, tx, p.IDs, BreakLineMissing, a.Currency, strconv.FormatInt(no, 10),
			"the bank's statement has no such line")
		if err != nil {
			return false, err
		}
	}
	return named > 0, p.closeGaps(ctx, tx, a)
}

// closeGaps closes the breaks of lines that were missing and have come.
func (p *Poller) closeGaps(ctx context.Context, tx *db.Tx, a *Account) error {
	missed, err := db.Many(ctx, tx, scanBreak, selectOpenBreaks, string(BreakLineMissing),
		string(a.Currency))
	if err != nil {
		return err
	}
	for _, b := range missed {
		no, err := strconv.ParseInt(b.Subject, 10, 64)
		if err != nil || no > a.Cursor {
			continue
		}
		if err := closeByItself(ctx, tx, b, "the line has come"); err != nil {
			return err
		}
	}
	return nil
}
