package ledger

import (
	"slices"
	"time"

	"openlend/money"
)

// ledgerState is what a group of commands is decided on: the accounts and
// holds that it names, and what this or another group in flight has booked.
type ledgerState struct {
	accounts map[AccountID]*Account
	holds    map[Cause]*Hold
	booked   map[entryKey]*Transfer // transfers known to exist already
	now      time.Time
	date     string
	version  int64                  // unique for ever: what the group changes gets it
	newID    func(n int) TransferID // id of the n-th transfer of the group
}

type entryKey struct {
	cause Cause
	leg   int64
}

// decision is what a group changes. Slices are in order of arrival.
type decision struct {
	version   int64
	results   []Result
	transfers []Transfer
	newHolds  []*Hold
	oldHolds  []*Hold     // perhaps changed; stored says what the database has
	touched   []wasBefore // accounts with a running balance, perhaps changed
	batches   chan []batchRow
}

// wasBefore is an account and what it was before the group.
type wasBefore struct {
	now    *Account
	before Account
}

// decide applies commands in order of arrival, each linked set as a whole, and
// leaves the state as it will be. It is pure: no I/O, no clock.
func decide(s *ledgerState, commands []Command) *decision {
	d := &decision{
		version:   s.version,
		results:   make([]Result, len(commands)),
		transfers: make([]Transfer, 0, len(commands)), // never moves: booked points into it
	}
	for i := 0; i < len(commands); {
		end := i + 1
		for end < len(commands) && commands[end-1].Linked {
			end++
		}
		d.decideSet(s, commands[i:end], d.results[i:end])
		i = end
	}
	return d
}

// decideSet applies one linked set, or refuses all of it and changes nothing.
func (d *decision) decideSet(s *ledgerState, set []Command, results []Result) {
	var undo *undoLog
	if len(set) > 1 {
		undo = &undoLog{transfers: len(d.transfers), newHolds: len(d.newHolds)}
	}
	for i := range set {
		results[i] = d.apply(s, &set[i], undo)
		if results[i].Err == nil {
			continue
		}
		for j := range results {
			if j != i {
				results[j] = Result{Err: ErrLinked}
			}
		}
		if undo != nil {
			undo.rollBack(s, d)
		}
		return
	}
}

// apply decides one command. It changes nothing when it refuses.
func (d *decision) apply(s *ledgerState, c *Command, undo *undoLog) Result {
	if err := wellFormed(c); err != nil {
		return Result{Err: err}
	}
	switch c.Op {
	case OpHold:
		return d.hold(s, c, undo)
	case OpVoidHold, OpExpireHold:
		return d.release(s, c, undo)
	case OpPostHold:
		return d.postHold(s, c, undo)
	default:
		return d.transfer(s, c, undo)
	}
}

const maxCauseType = 32

func wellFormed(c *Command) error {
	cause := c.Cause
	if c.Op == OpVoidHold || c.Op == OpExpireHold {
		cause = c.Of
	} else if c.Amount.Sign() <= 0 {
		return ErrAmount
	}
	if cause.ID <= 0 || cause.Type == "" || len(cause.Type) > maxCauseType || c.Leg < 0 {
		return ErrCause
	}
	return nil
}

func (d *decision) transfer(s *ledgerState, c *Command, undo *undoLog) Result {
	key := entryKey{c.Cause, int64(c.Leg)}
	if old, ok := s.booked[key]; ok {
		return replay(old, c, c.Debit)
	}
	debit, credit, err := s.pair(c.Debit, c.Credit, c.Amount.Currency())
	if err != nil {
		return Result{Err: err}
	}
	return d.book(s, c, debit, credit, undo)
}

// pair finds both accounts and checks that they may take a posting.
func (s *ledgerState) pair(
	debitID, creditID AccountID, c money.Currency,
) (debit, credit *Account, err error) {
	if debitID == creditID {
		return nil, nil, ErrSameAccount
	}
	if debit, err = s.account(debitID, c); err != nil {
		return nil, nil, err
	}
	credit, err = s.account(creditID, c)
	return debit, credit, err
}

func (s *ledgerState) account(id AccountID, c money.Currency) (*Account, error) {
	a, ok := s.accounts[id]
	switch {
	case !ok:
		return nil, ErrNoAccount
	case a.Currency != c:
		return nil, ErrCurrency
	case a.State == Frozen:
		return nil, ErrFrozen
	case a.State == Closed:
		return nil, ErrClosed
	}
	return a, nil
}

// book moves the balances and writes the row.
func (d *decision) book(s *ledgerState, c *Command, debit, credit *Account, undo *undoLog) Result {
	d.touch(debit, undo)
	d.touch(credit, undo)
	before := *debit
	if err := debit.apply(true, c.Amount.Minor()); err != nil {
		return Result{Err: err}
	}
	if err := credit.apply(false, c.Amount.Minor()); err != nil {
		*debit = before
		return Result{Err: err}
	}
	t := Transfer{
		ID: s.newID(len(d.transfers)), Cause: c.Cause, Leg: int64(c.Leg), Entry: EntryTransfer,
		Debit: debit.ID, Credit: credit.ID,
		Amount: c.Amount.Minor(), Currency: c.Amount.Currency(),
		BookedAt: s.now.UnixMicro(), BusinessOn: s.date,
		DebitAfter: debit.Posted, DebitPrevious: debit.last, DebitRunning: debit.Kind.Running(),
		CreditAfter: credit.Posted, CreditPrevious: credit.last,
		CreditRunning: credit.Kind.Running(),
	}
	if c.Op == OpReverse {
		t.Entry = EntryReversal
	}
	debit.last, credit.last = t.ID, t.ID
	d.transfers = append(d.transfers, t)
	key := entryKey{c.Cause, int64(c.Leg)}
	s.booked[key] = &d.transfers[len(d.transfers)-1]
	if undo != nil {
		undo.entries = append(undo.entries, key)
	}
	return Result{Transfer: t.ID}
}

// touch remembers an account, before it changes, for the group and for the
// linked set.
func (d *decision) touch(a *Account, undo *undoLog) {
	if undo != nil {
		undo.accounts = append(undo.accounts, wasBefore{a, *a})
	}
	if a.touchedBy != d.version && a.Kind.Running() {
		a.touchedBy = d.version
		d.touched = append(d.touched, wasBefore{a, *a})
	}
}

// replay answers a command whose cause is booked already: done before when it
// is the same movement, refused when it is another.
func replay(old *Transfer, c *Command, debit AccountID) Result {
	if old.Debit != debit || old.Credit != c.Credit || old.Amount != c.Amount.Minor() ||
		old.Currency != c.Amount.Currency() || (old.Entry == EntryReversal) != (c.Op == OpReverse) {
		return Result{Err: ErrCauseTaken}
	}
	return Result{Transfer: old.ID, Replayed: true}
}

func (d *decision) hold(s *ledgerState, c *Command, undo *undoLog) Result {
	if old, ok := s.holds[c.Cause]; ok {
		if old.Account != c.Debit || old.Amount != c.Amount.Minor() ||
			old.Currency != c.Amount.Currency() {
			return Result{Err: ErrCauseTaken}
		}
		return Result{Replayed: true}
	}
	a, err := s.account(c.Debit, c.Amount.Currency())
	switch {
	case err != nil:
		return Result{Err: err}
	case !a.Kind.Running() || !a.Kind.CreditNormal():
		return Result{Err: ErrHoldKind}
	case a.Available() < c.Amount.Minor():
		return Result{Err: ErrInsufficient}
	}
	d.touch(a, undo)
	a.Held += c.Amount.Minor() // cannot overflow: held <= posted
	h := &Hold{
		Cause: c.Cause, Account: a.ID, Amount: c.Amount.Minor(), Remaining: c.Amount.Minor(),
		Currency: c.Amount.Currency(), State: HoldOpen, OpenedAt: s.now.UnixMicro(),
	}
	if !c.Expires.IsZero() {
		h.ExpiresAt = c.Expires.UnixMicro()
	}
	s.holds[c.Cause] = h
	d.newHolds = append(d.newHolds, h)
	if undo != nil {
		undo.opened = append(undo.opened, c.Cause)
	}
	return Result{}
}

func (d *decision) release(s *ledgerState, c *Command, undo *undoLog) Result {
	h, ok := s.holds[c.Of]
	if !ok {
		return Result{Err: ErrNoHold}
	}
	to := HoldVoided
	if c.Op == OpExpireHold {
		to = HoldExpired
	}
	switch {
	case h.State == to:
		return Result{Replayed: true}
	case h.State != HoldOpen:
		return Result{Err: ErrHoldClosed}
	case to == HoldExpired && (h.ExpiresAt == 0 || h.ExpiresAt > s.now.UnixMicro()):
		return Result{Err: ErrNotExpired}
	}
	// A frozen account keeps no hold for ever: releasing moves no money.
	a, ok := s.accounts[h.Account]
	if !ok {
		return Result{Err: ErrNoAccount}
	}
	d.touch(a, undo)
	d.changeHold(h, undo)
	a.Held -= h.Remaining
	h.Remaining, h.State = 0, to
	return Result{}
}

func (d *decision) postHold(s *ledgerState, c *Command, undo *undoLog) Result {
	h, ok := s.holds[c.Of]
	if !ok {
		return Result{Err: ErrNoHold}
	}
	if old, ok := s.booked[entryKey{c.Cause, int64(c.Leg)}]; ok {
		return replay(old, c, h.Account)
	}
	switch {
	case h.State != HoldOpen:
		return Result{Err: ErrHoldClosed}
	case c.Amount.Currency() != h.Currency:
		return Result{Err: ErrCurrency}
	case c.Amount.Minor() > h.Remaining:
		return Result{Err: ErrHoldAmount}
	}
	debit, credit, err := s.pair(h.Account, c.Credit, h.Currency)
	if err != nil {
		return Result{Err: err}
	}
	d.touch(debit, undo)
	before := *debit
	debit.Held -= c.Amount.Minor() // what was held is free for this transfer
	result := d.book(s, c, debit, credit, undo)
	if result.Err != nil {
		*debit = before
		return result
	}
	d.changeHold(h, undo)
	if h.Remaining -= c.Amount.Minor(); h.Remaining == 0 {
		h.State = HoldPosted
	}
	return result
}

// changeHold remembers a hold before it changes.
func (d *decision) changeHold(h *Hold, undo *undoLog) {
	if undo != nil {
		undo.holds = append(undo.holds, heldBefore{h, *h})
	}
	if h.stored > 0 && h.changedBy != d.version {
		h.changedBy = d.version
		d.oldHolds = append(d.oldHolds, h)
	}
}

// undoLog is what a linked set has changed so far.
type undoLog struct {
	transfers int // lengths before the set
	newHolds  int
	accounts  []wasBefore
	holds     []heldBefore
	entries   []entryKey
	opened    []Cause
}

type heldBefore struct {
	now    *Hold
	before Hold
}

func (u *undoLog) rollBack(s *ledgerState, d *decision) {
	for _, a := range slices.Backward(u.accounts) {
		a.now.Posted, a.now.Held, a.now.last = a.before.Posted, a.before.Held, a.before.last
	}
	for _, h := range slices.Backward(u.holds) {
		h.now.Remaining, h.now.State = h.before.Remaining, h.before.State
	}
	for _, key := range u.entries {
		delete(s.booked, key)
	}
	for _, cause := range u.opened {
		delete(s.holds, cause)
	}
	d.transfers, d.newHolds = d.transfers[:u.transfers], d.newHolds[:u.newHolds]
}
