package custody

import (
	"time"

	"openlend/money"
)

// Order is what the bank is asked to pay. It holds personal data and is never
// stored or logged.
type Order struct {
	RequestNo string
	Amount    money.Amount
	To        Party
	Text      string // what the payee reads
}

// Found is the bank's answer to a query by request number.
type Found struct {
	Known  bool
	Result Result // when it is known
	// At is the bank's clock. When the number is not known, CompleteAt is the
	// bank's cut-off: every order that reached it before then would be known.
	At, CompleteAt time.Time
}

// Statement is a page of the lines of one account.
type Statement struct {
	Lines []Line
	More  bool // there are lines after these
	// CompleteAt: all that happened before, by the bank's clock, is on lines up
	// to the last of this page. Only the last page says it; zero otherwise.
	CompleteAt time.Time
}

// Balance is what lies in one account, after a line of its statement.
type Balance struct {
	Amount money.Amount
	Line   int64
}

// countsAsMissing says whether the bank's not knowing a number is final: it must
// have been asked after the last try, its stated cut-off must lie after that
// question, and so must the end of its statement, which we have read without
// meeting the order.
func (p *Payout) countsAsMissing(f Found, statement time.Time) bool {
	return !p.MissingAt.IsZero() && f.CompleteAt.After(p.MissingAt) &&
		statement.After(p.MissingAt)
}
