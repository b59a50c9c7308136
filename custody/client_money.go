package custody

import (
	"context"
	"errors"
	"strconv"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// Position is client money of one currency in our books and at the bank, in
// minor units: Books + InTransit + Difference = Bank.
type Position struct {
	ID         int64 // 0 while it is not recorded
	Currency   money.Currency
	BusinessOn calendar.Date
	Books      int64 // of bank_clients
	InTransit  int64 // the sum of Items
	Bank       int64 // its own balance
	BankLine   int64 // after that line of its statement
	Difference int64 // what nothing explains
	AskedAt    time.Time
	RecordedAt time.Time // zero while it is not
	Items      []InTransit
}

// InTransit is one movement that the books have and the bank's balance has not
// yet: it is on a later line of the statement.
type InTransit struct {
	Of     string // pout_… or dep_…
	Line   int64
	Amount int64 // what it adds to the books to come to the bank's balance
	Since  time.Time
}

// ClientMoney compares the books of one currency with the balance that the bank
// has told last. Refusal: ErrNoPosition when it never has.
func ClientMoney(ctx context.Context, tx *db.Tx, c money.Currency) (Position, error) {
	a, err := loadAccount(ctx, tx, c)
	if errors.Is(err, db.ErrNotFound) || err == nil && a.AskedAt.IsZero() {
		return Position{}, ErrNoPosition
	}
	if err != nil {
		return Position{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Position{}, err
	}
	books, err := ledger.Balances(ctx, tx, a.ID)
	if err != nil {
		return Position{}, err
	}
	p := Position{
		Currency: c, BusinessOn: dates.BusinessOn, Books: books[0].Minor(), Bank: a.Balance,
		BankLine: a.BalanceLine, AskedAt: a.AskedAt,
	}
	if p.Items, err = inTransit(ctx, tx, &a); err != nil {
		return Position{}, err
	}
	for _, i := range p.Items {
		if p.InTransit, err = money.AddMinor(p.InTransit, i.Amount); err != nil {
			return Position{}, err
		}
	}
	explained, err := money.AddMinor(p.Books, p.InTransit)
	if err != nil {
		return Position{}, err
	}
	p.Difference, err = money.SubMinor(p.Bank, explained)
	return p, err
}

// inTransit lists what the books have from lines after the bank's balance.
func inTransit(ctx context.Context, tx *db.Tx, a *Account) ([]InTransit, error) {
	payouts, err := db.Many(ctx, tx, scanPayout, selectInTransit, string(a.Currency),
		a.BalanceLine)
	if err != nil {
		return nil, err
	}
	var items []InTransit
	for _, p := range payouts {
		if p.Line > a.BalanceLine {
			items = append(items, InTransit{p.ID.String(), p.Line, p.Amount.Minor(), p.EndedAt})
		}
		if p.ReturnLine > a.BalanceLine {
			items = append(items,
				InTransit{p.ID.String(), p.ReturnLine, -p.Amount.Minor(), p.EndedAt})
		}
	}
	deposits, err := db.Many(ctx, tx, scanDeposit, selectDepositsInTransit, string(a.Currency),
		a.BalanceLine)
	for _, d := range deposits {
		items = append(items, InTransit{d.ID.String(), d.Line, -d.Amount.Minor(), d.SeenAt})
	}
	return items, err
}

// RecordPosition keeps what ClientMoney has found when it is news: another
// position than was kept last, or the first of a business date. A difference
// opens a break and freezes payouts; one that is gone closes the break, and a
// person releases them.
func RecordPosition(
	ctx context.Context, tx *db.Tx, ids *id.Source, p Position,
) (Position, error) {
	c := p.Currency
	before, err := db.One(ctx, tx, scanPosition, selectPosition, string(c))
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return Position{}, err
	}
	if err == nil && before.BusinessOn == p.BusinessOn && before.Books == p.Books &&
		before.InTransit == p.InTransit && before.Bank == p.Bank {
		p.ID, p.RecordedAt = before.ID, before.RecordedAt
		return p, nil
	}
	if p.ID, err = ids.Next(); err != nil {
		return Position{}, err
	}
	p.RecordedAt = tx.Now()
	if err := storeNewPosition(ctx, tx, &p); err != nil {
		return Position{}, err
	}
	return p, p.judge(ctx, tx, ids)
}

// judge acts on a difference, or on its end. Of one currency there is one open
// break at a time.
func (p *Position) judge(ctx context.Context, tx *db.Tx, ids *id.Source) error {
	open, err := db.Many(ctx, tx, scanBreak, selectOpenBreaks, string(BreakDifference),
		string(p.Currency))
	if err != nil {
		return err
	}
	if p.Difference == 0 {
		for _, b := range open {
			if err := closeByItself(ctx, tx, b, "it agrees again"); err != nil {
				return err
			}
		}
		return nil
	}
	what := "the bank has " + money.New(p.Difference, p.Currency).String() +
		" more than our books explain"
	if len(open) == 0 {
		subject := p.BusinessOn.String() + "/" + strconv.FormatInt(p.ID, 10)
		err := openBreak(ctx, tx, ids, BreakDifference, p.Currency, subject, what)
		if err != nil {
			return err
		}
	}
	if _, err := CurrentFreeze(ctx, tx); !errors.Is(err, ErrNotFrozen) {
		return err // what stands will not be released before it agrees
	}
	_, err = FreezePayouts(ctx, tx, ids, access.System("custody"), "client money: "+what)
	return err
}
