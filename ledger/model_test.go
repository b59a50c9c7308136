package ledger_test

import (
	"maps"
	"math"
	"slices"

	"openlend/calendar"
	"openlend/ledger"
	"openlend/money"
)

// model is the ledger as its README tells it, written for the property test
// without a look at the code: one command after the other, every account with
// a plain balance, every balance of every day kept.
type model struct {
	accounts map[ledger.AccountID]*modelAccount
	holds    map[ledger.Cause]*modelHold
	booked   map[modelKey]*modelRow
	today    calendar.Date
	now      int64 // microseconds
}

type modelAccount struct {
	running, credit bool
	currency        money.Currency
	state           ledger.State
	posted, held    int64
	rows            []*modelRow // oldest first
	after           []int64     // the balance after each row
}

type modelHold struct {
	account           ledger.AccountID
	amount, remaining int64
	currency          money.Currency
	state             ledger.HoldState
	expires           int64
}

type modelKey struct {
	cause ledger.Cause
	leg   int
}

type modelRow struct {
	id            ledger.TransferID
	cause         ledger.Cause
	debit, credit ledger.AccountID
	minor         int64
	currency      money.Currency
	reversal      bool
	on            calendar.Date
}

// answer is what the model says to a command: a code as in codes, and the row
// that it wrote or found.
type answer struct {
	code string
	row  *modelRow
}

// book answers a whole call, linked sets and all.
func (m *model) book(commands []ledger.Command) []answer {
	var answers []answer
	for len(commands) > 0 {
		n := 1 + slices.IndexFunc(commands, func(c ledger.Command) bool { return !c.Linked })
		before := m.clone()
		set := make([]answer, n)
		for i, c := range commands[:n] {
			set[i] = m.one(c)
			if code := set[i].code; code != "" && code != "replayed" {
				*m = *before
				for j := range set {
					set[j] = answer{code: "ledger.linked"}
				}
				set[i].code = code
				break
			}
		}
		answers, commands = append(answers, set...), commands[n:]
	}
	return answers
}

func (m *model) clone() *model {
	c := &model{map[ledger.AccountID]*modelAccount{}, map[ledger.Cause]*modelHold{},
		map[modelKey]*modelRow{}, m.today, m.now}
	for id, a := range m.accounts {
		copied := *a
		copied.rows, copied.after = slices.Clone(a.rows), slices.Clone(a.after)
		c.accounts[id] = &copied
	}
	for cause, h := range m.holds {
		copied := *h
		c.holds[cause] = &copied
	}
	maps.Copy(c.booked, m.booked)
	return c
}

func (m *model) one(c ledger.Command) answer {
	switch c.Op {
	case ledger.OpHold:
		return answer{code: m.hold(c)}
	case ledger.OpVoidHold:
		return answer{code: m.release(c.Of, ledger.HoldVoided)}
	case ledger.OpExpireHold:
		return answer{code: m.release(c.Of, ledger.HoldExpired)}
	}
	if c.Amount.Minor() <= 0 {
		return answer{code: "ledger.amount"}
	}
	debit, free := c.Debit, int64(0)
	h := m.holds[c.Of]
	if c.Op == ledger.OpPostHold {
		if h == nil {
			return answer{code: "ledger.no_hold"}
		}
		debit, free = h.account, c.Amount.Minor()
	}
	if row := m.booked[modelKey{c.Cause, c.Leg}]; row != nil {
		if row.debit != debit || row.credit != c.Credit || row.minor != c.Amount.Minor() ||
			row.currency != c.Amount.Currency() || row.reversal != (c.Op == ledger.OpReverse) {
			return answer{code: "ledger.cause_taken"}
		}
		return answer{"replayed", row}
	}
	if c.Op == ledger.OpPostHold {
		switch {
		case h.state != ledger.HoldOpen:
			return answer{code: "ledger.hold_closed"}
		case c.Amount.Currency() != h.currency:
			return answer{code: "ledger.currency"}
		case c.Amount.Minor() > h.remaining:
			return answer{code: "ledger.hold_amount"}
		}
	}
	if code := m.movable(debit, c.Credit, c.Amount, free); code != "" {
		return answer{code: code}
	}
	if c.Op == ledger.OpPostHold {
		m.accounts[debit].held -= free
		if h.remaining -= free; h.remaining == 0 {
			h.state = ledger.HoldPosted
		}
	}
	row := &modelRow{cause: c.Cause, debit: debit, credit: c.Credit, minor: c.Amount.Minor(),
		currency: c.Amount.Currency(), reversal: c.Op == ledger.OpReverse, on: m.today}
	m.booked[modelKey{c.Cause, c.Leg}] = row
	for _, id := range []ledger.AccountID{debit, c.Credit} {
		a := m.accounts[id]
		a.posted += a.change(id == debit, row.minor)
		a.rows, a.after = append(a.rows, row), append(a.after, a.posted)
	}
	return answer{row: row}
}

// change is what a debit or credit adds to the balance.
func (a *modelAccount) change(debit bool, minor int64) int64 {
	if debit == a.credit {
		return -minor
	}
	return minor
}

func (m *model) usable(id ledger.AccountID, c money.Currency) string {
	a := m.accounts[id]
	switch {
	case a == nil:
		return "ledger.no_account"
	case a.currency != c:
		return "ledger.currency"
	case a.state == ledger.Frozen:
		return "ledger.account_frozen"
	case a.state == ledger.Closed:
		return "ledger.account_closed"
	}
	return ""
}

// movable says why money cannot move; free is what the hold sets free for it.
func (m *model) movable(debit, credit ledger.AccountID, amount money.Amount, free int64) string {
	if debit == credit {
		return "ledger.same_account"
	}
	for _, id := range []ledger.AccountID{debit, credit} {
		if code := m.usable(id, amount.Currency()); code != "" {
			return code
		}
	}
	for _, id := range []ledger.AccountID{debit, credit} {
		a := m.accounts[id]
		change := a.change(id == debit, amount.Minor())
		switch {
		case !a.running:
		case change > 0 && a.posted > math.MaxInt64-change:
			return "money.overflow"
		case id == debit && change < 0 && a.posted-a.held+free+change < 0,
			id == credit && change < 0 && a.posted-a.held+change < 0:
			return "ledger.insufficient"
		}
	}
	return ""
}

func (m *model) hold(c ledger.Command) string {
	if c.Amount.Minor() <= 0 {
		return "ledger.amount"
	}
	if h := m.holds[c.Cause]; h != nil {
		if h.account != c.Debit || c.Amount != money.New(h.amount, h.currency) {
			return "ledger.cause_taken"
		}
		return "replayed"
	}
	if code := m.usable(c.Debit, c.Amount.Currency()); code != "" {
		return code
	}
	a := m.accounts[c.Debit]
	if !a.running || !a.credit {
		return "ledger.hold_kind"
	}
	if a.posted-a.held < c.Amount.Minor() {
		return "ledger.insufficient"
	}
	a.held += c.Amount.Minor()
	expires := int64(0)
	if !c.Expires.IsZero() {
		expires = c.Expires.UnixMicro()
	}
	m.holds[c.Cause] = &modelHold{c.Debit, c.Amount.Minor(), c.Amount.Minor(),
		c.Amount.Currency(), ledger.HoldOpen, expires}
	return ""
}

func (m *model) release(of ledger.Cause, to ledger.HoldState) string {
	h := m.holds[of]
	switch {
	case of.ID <= 0:
		return "ledger.cause"
	case h == nil:
		return "ledger.no_hold"
	case h.state == to:
		return "replayed"
	case h.state != ledger.HoldOpen:
		return "ledger.hold_closed"
	case to == ledger.HoldExpired && (h.expires == 0 || h.expires > m.now):
		return "ledger.not_expired"
	}
	m.accounts[h.account].held -= h.remaining
	h.remaining, h.state = 0, to
	return ""
}

// setState answers a change of state.
func (m *model) setState(id ledger.AccountID, to ledger.State) string {
	a := m.accounts[id]
	switch from := a.state; {
	case !a.running:
		return "ledger.platform_account"
	case from == ledger.Open && to == ledger.Frozen, from == ledger.Frozen && to == ledger.Open:
	case from == ledger.Open && to == ledger.Closed:
		if a.posted != 0 || a.held != 0 {
			return "ledger.not_empty"
		}
	default:
		return "ledger.invalid_state"
	}
	a.state = to
	return ""
}

// balanceOn is the balance at the end of a date.
func (a *modelAccount) balanceOn(on calendar.Date) int64 {
	balance := int64(0)
	for i, row := range a.rows {
		if row.on <= on {
			balance = a.after[i]
		}
	}
	return balance
}
