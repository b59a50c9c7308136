package ledger

import (
	"context"
	"encoding/base64"
	"fmt"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/money"
)

// StatementQuery asks for a page of one account's statement.
type StatementQuery struct {
	Account AccountID
	// From and To are business dates, both included; zero is no limit.
	From, To calendar.Date
	Limit    int    // rows on the page: at most 500, 0 is 100
	After    string // Next of the page before, "" for the first page
}

func (q StatementQuery) lastDate() calendar.Date {
	if q.To.IsZero() {
		return calendar.MaxDate
	}
	return q.To
}

// StatementRow is one transfer as the account sees it.
type StatementRow struct {
	Transfer   TransferID
	Cause      Cause
	Leg        int64
	Entry      EntryType
	With       AccountID    // the other side
	Amount     money.Amount // above zero when the balance grew
	Balance    money.Amount // after it
	BookedAt   int64        // microseconds UTC
	BusinessOn calendar.Date
}

// StatementPage is one page. Next is "" when it is the last one.
type StatementPage struct {
	Rows []StatementRow
	Next string
}

const (
	statementMax     = 500
	statementDefault = 100
)

// Statement reads a page of an account's statement. Rows that were read once
// never change or move: new transfers come before the first page of an account
// with a running balance, which is read newest first along its chain, and after
// the last page of a platform account; see platformStatement.
//
// Refusals: ErrNotReady, ErrNoAccount, ErrCursor.
func Statement(ctx context.Context, tx *db.Tx, q StatementQuery) (StatementPage, error) {
	if q.Limit <= 0 {
		q.Limit = statementDefault
	}
	q.Limit = min(q.Limit, statementMax)
	accounts, err := GetAccounts(ctx, tx, q.Account)
	if err != nil {
		return StatementPage{}, err
	}
	if a := &accounts[0]; a.Kind.Running() {
		return runningStatement(ctx, tx, a, q)
	}
	return platformStatement(ctx, tx, &accounts[0], q)
}

// runningStatement walks the account's chain back from the newest transfer that
// is asked for.
func runningStatement(
	ctx context.Context, tx *db.Tx, a *Account, q StatementQuery,
) (StatementPage, error) {
	next, err := newestAsked(ctx, tx, a, q)
	if err != nil {
		return StatementPage{}, err
	}
	var page StatementPage
	for next != 0 && len(page.Rows) < q.Limit {
		chain, err := loadChain(ctx, tx, a.ID, next, q.Limit-len(page.Rows))
		if err != nil {
			return StatementPage{}, err
		}
		for i := range chain {
			row, err := chain[i].seenBy(a)
			switch {
			case err != nil:
				return StatementPage{}, err
			case row.BusinessOn < q.From:
				return page, nil
			case row.BusinessOn <= q.lastDate():
				page.Rows = append(page.Rows, row)
			}
			next = chain[i].previousOf(a.ID)
		}
		if len(chain) == 0 {
			return StatementPage{}, ErrCursor
		}
	}
	if next != 0 {
		page.Next = cursor{account: a.ID, id: next}.String()
	}
	return page, nil
}

// newestAsked is the transfer to begin with: the cursor's, or that of the last
// roll-up when the query ends on a sealed date, or the newest.
func newestAsked(
	ctx context.Context, tx *db.Tx, a *Account, q StatementQuery,
) (TransferID, error) {
	if q.After != "" {
		c, err := parseCursor(q.After, a.ID)
		return c.id, err
	}
	now, err := ReadDates(ctx, tx)
	if err != nil || q.To.IsZero() || q.To > now.SealedThrough {
		return a.last, err
	}
	anchors, err := loadRollupsBefore(ctx, tx, q.To.Days(1), []AccountID{a.ID})
	if err != nil || len(anchors) == 0 {
		return 0, err
	}
	return anchors[0].last, nil
}

// seenBy turns a transfer into a row of one of its two accounts. Refusal:
// ErrCursor when it touches neither, so a forged cursor shows nothing.
func (t *Transfer) seenBy(a *Account) (StatementRow, error) {
	if t.Debit != a.ID && t.Credit != a.ID {
		return StatementRow{}, ErrCursor
	}
	on, err := calendar.ParseDate(t.BusinessOn)
	row := StatementRow{
		Transfer: t.ID, Cause: t.Cause, Leg: t.Leg, Entry: t.Entry,
		With: t.Credit, BookedAt: t.BookedAt, BusinessOn: on,
		Balance: money.New(t.DebitAfter, t.Currency),
	}
	amount, grows := t.Amount, !a.Kind.CreditNormal()
	if t.Credit == a.ID {
		row.With, row.Balance = t.Debit, money.New(t.CreditAfter, t.Currency)
		grows = !grows
	}
	if !grows {
		amount = -amount // above zero, so it has a negative
	}
	row.Amount = money.New(amount, t.Currency)
	return row, err
}

func (t *Transfer) previousOf(a AccountID) TransferID {
	if t.Debit == a {
		return t.DebitPrevious
	}
	return t.CreditPrevious
}

// cursor is a place in a statement. For a chain id is the next transfer. For a
// platform account it is the last transfer that was read, with the leaf it is
// in, the leaf at which the query ends, and the balance so far.
type cursor struct {
	account   AccountID
	id        TransferID
	leaf, end int64
	minor     int64
}

func (c cursor) String() string {
	text := fmt.Sprintf(cursorText, c.account, c.id, c.leaf, c.end, c.minor)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

const cursorText = "%d.%d.%d.%d.%d"

// parseCursor reads a cursor of this account. Refusal: ErrCursor.
func parseCursor(s string, of AccountID) (cursor, error) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return cursor{}, ErrCursor
	}
	var c cursor
	_, err = fmt.Sscanf(string(text), cursorText, &c.account, &c.id, &c.leaf, &c.end, &c.minor)
	if err != nil || c.String() != s || c.account != of {
		return cursor{}, ErrCursor
	}
	return c, nil
}
