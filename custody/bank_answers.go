package custody

import (
	"time"

	"openlend/money"
)

// What travels, as README.md describes it. Fields that must be there are
// pointers: an answer without them is none.

type orderRequest struct {
	Currency money.Currency `json:"currency"`
	Amount   int64          `json:"amount"`
	To       Party          `json:"to"`
	Text     string         `json:"text"`
}

type orderAnswer struct {
	At         *time.Time `json:"at"`
	CompleteAt *time.Time `json:"complete_at"`
	Order      *orderBody `json:"order"`
}

type orderBody struct {
	RequestNo  string         `json:"request_no"`
	Currency   money.Currency `json:"currency"`
	Amount     int64          `json:"amount"`
	Status     Outcome        `json:"status"`
	Reason     string         `json:"reason"`
	Line       int64          `json:"line"`
	ReturnLine int64          `json:"return_line"`
}

type linesAnswer struct {
	CompleteAt *time.Time  `json:"complete_at"`
	Lines      *[]lineBody `json:"lines"`
	More       *bool       `json:"more"`
}

type lineBody struct {
	No        int64     `json:"line"`
	Kind      LineKind  `json:"kind"`
	Amount    int64     `json:"amount"`
	BookedAt  time.Time `json:"booked_at"`
	RequestNo string    `json:"request_no"`
	Of        int64     `json:"of"`
	Reference string    `json:"reference"`
	Payer     Party     `json:"payer"`
}

type balanceAnswer struct {
	Currency money.Currency `json:"currency"`
	Balance  *int64         `json:"balance"`
	Line     *int64         `json:"line"`
}

// result reads what became of an order. Refusal: ErrUnknown.
func (a *orderAnswer) result(requestNo string) (Result, error) {
	o := a.Order
	switch {
	case o == nil:
		return Result{}, wrong("there is no order in it")
	case o.RequestNo != requestNo:
		return Result{}, wrong("it is of another order")
	}
	r := Result{Outcome: o.Status, Amount: money.New(o.Amount, o.Currency), Line: o.Line,
		ReturnLine: o.ReturnLine, Reason: cut(o.Reason)}
	switch o.Status {
	case OutcomePending, OutcomeRejected:
		if o.Line == 0 && o.ReturnLine == 0 {
			return r, nil
		}
	case OutcomeSettled:
		if o.Line > 0 && o.ReturnLine == 0 {
			return r, nil
		}
	case OutcomeReturned:
		if o.Line > 0 && o.ReturnLine > o.Line {
			return r, nil
		}
	}
	return Result{}, wrong("status %q with lines %d and %d", cut(string(o.Status)), o.Line,
		o.ReturnLine)
}

// found reads the answer to a query. Refusal: ErrUnknown.
func (a *orderAnswer) found(requestNo string) (Found, error) {
	if a.At == nil || a.CompleteAt == nil {
		return Found{}, wrong("it does not say of when it is")
	}
	f := Found{At: *a.At, CompleteAt: *a.CompleteAt}
	if a.Order == nil {
		return f, nil
	}
	var err error
	f.Known = true
	f.Result, err = a.result(requestNo)
	return f, err
}

// statement reads a page of lines. Refusal: ErrUnknown.
func (a *linesAnswer) statement(c money.Currency) (Statement, error) {
	if a.Lines == nil || a.More == nil || a.CompleteAt == nil && !*a.More {
		return Statement{}, wrong("it is no page of a statement")
	}
	s := Statement{More: *a.More}
	if a.CompleteAt != nil && !s.More {
		s.CompleteAt = *a.CompleteAt
	}
	for _, l := range *a.Lines {
		sound := l.No > 0 && l.Amount > 0 && !l.BookedAt.IsZero() &&
			(l.Kind == LineCredit || l.Kind == LineDebit && l.RequestNo != "" ||
				l.Kind == LineReturn && l.RequestNo != "" && l.Of > 0)
		if !sound {
			return Statement{}, wrong("line %d of kind %q", l.No, cut(string(l.Kind)))
		}
		s.Lines = append(s.Lines, Line{
			No: l.No, Kind: l.Kind, Amount: money.New(l.Amount, c), BookedAt: l.BookedAt.UTC(),
			RequestNo: l.RequestNo, Of: l.Of, Reference: l.Reference, Payer: l.Payer,
		})
	}
	return s, nil
}

// balance reads a balance. Refusal: ErrUnknown.
func (a *balanceAnswer) balance(c money.Currency) (Balance, error) {
	if a.Balance == nil || a.Line == nil || *a.Line < 0 || a.Currency != c {
		return Balance{}, wrong("it is no balance in %s", c)
	}
	return Balance{Amount: money.New(*a.Balance, c), Line: *a.Line}, nil
}

// cut shortens what the bank says to what is stored or shown of it.
func cut(s string) string {
	const most = 200
	runes := []rune(s)
	return string(runes[:min(len(runes), most)])
}
