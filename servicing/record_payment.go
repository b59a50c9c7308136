package servicing

import (
	"context"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
	"openlend/refusal"
)

// NewPayment is money that a borrower has paid for a loan.
type NewPayment struct {
	Loan      LoanID
	Amount    money.Amount
	ValueOn   calendar.Date // the day it counts from, back to the start; zero: the business date
	Rest      loan.Rest     // for what is over; "": as the product says
	Reference string        // of the bank's line that brought it, recorded once; "" for none
	Why       string
}

// RecordPayment records what a borrower has paid: a servicer does it for money
// that has come by bank. It is a deposit in the borrower's wallet by then, as is
// every line of the bank's statement, and is taken from there, so it counts once.
// A value date in the past makes history anew: what later payments had paid is
// taken back by mirror rows and paid again, as if this one had been known in time.
//
// Refusals: access.ErrForbidden, ErrNotFound, ErrInvalidState, ErrAmount,
// ErrCurrency, ErrRest, ErrValueOn, ErrReference,
// ledger.ErrInsufficient, ledger.ErrFrozen.
func RecordPayment(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewPayment,
) (Payment, error) {
	if err := actor.Require(access.PaymentRecord); err != nil {
		return Payment{}, err
	}
	s, err := stand(ctx, tx, ids, in.Loan)
	if err != nil {
		return Payment{}, err
	}
	return s.receive(ctx, tx, ids, actor, in)
}

// PayFromWallet is a borrower's own order to pay from his wallet, today.
// Refusals: those of RecordPayment.
func PayFromWallet(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewPayment,
) (Payment, error) {
	s, err := standFor(ctx, tx, ids, actor, in.Loan)
	if err != nil {
		return Payment{}, err
	}
	if err := s.in(StateActive, StateLate, StateDefault, StateChargedOff); err != nil {
		return Payment{}, err // nothing is owed: there is no reason to take his money
	}
	in.ValueOn, in.Reference = 0, ""
	return s.receive(ctx, tx, ids, actor, in)
}

// NewPayoff is a borrower's order to repay a loan in full.
type NewPayoff struct {
	Loan  LoanID
	Total money.Amount // as quoted for today
}

// PayOff repays a loan in full from the borrower's wallet, by the quote of the
// business date. Refusals: those of RecordPayment; ErrQuote when the quote is
// another one by now.
func PayOff(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewPayoff,
) (Payment, error) {
	s, err := standFor(ctx, tx, ids, actor, in.Loan)
	if err != nil {
		return Payment{}, err
	}
	if err := s.in(StateActive, StateLate, StateDefault, StateChargedOff); err != nil {
		return Payment{}, err
	}
	if err := s.checkAmount(in.Total); err != nil {
		return Payment{}, refusal.At(err, "total")
	}
	quote, err := s.account.Payoff(s.history.product.Loan)
	if err != nil {
		return Payment{}, err
	}
	if in.Total != money.New(quote.Total, s.Currency) {
		return Payment{}, ErrQuote.In("total").With(
			"to repay it today takes %v", money.New(quote.Total, s.Currency))
	}
	return s.receive(ctx, tx, ids, actor, NewPayment{Loan: in.Loan, Amount: in.Total,
		Rest: loan.RestShorter})
}

// standFor is stand for a customer's own loan. Refusals: those of stand,
// access.ErrForbidden.
func standFor(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of LoanID,
) (*standing, error) {
	l, err := loadLoan(ctx, tx, of) // whose it is never changes
	if err != nil {
		return nil, err
	}
	if err := own(actor, l.Borrower, access.PaymentRecord); err != nil {
		return nil, err
	}
	return stand(ctx, tx, ids, of)
}

// receive books money for a loan.
func (s *standing) receive(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewPayment,
) (Payment, error) {
	valueOn, err := s.checkPayment(&in)
	if err != nil {
		return Payment{}, err
	}
	next, err := ids.Next()
	if err != nil {
		return Payment{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Payment{}, err
	}
	c := s.payment(PaymentID(next), FromWallet, in.Amount, valueOn, in.Rest, actor.Principal())
	c.paid.BusinessOn, c.paid.Reference = dates.BusinessOn, in.Reference
	c.facts[0].Why = in.Why
	if err := recordAll(ctx, tx, ids, s.on, []change{c}); err != nil {
		return Payment{}, err
	}
	return GetPayment(ctx, tx, c.paid.ID)
}

// checkPayment refuses money that cannot be for the loan. It returns the value
// date.
func (s *standing) checkPayment(in *NewPayment) (calendar.Date, error) {
	switch {
	case in.Amount.Currency() != s.Currency:
		return 0, ErrCurrency.In("amount")
	case in.Amount.Sign() <= 0:
		return 0, ErrAmount.In("amount")
	}
	switch in.Rest {
	case "", loan.RestRefund, loan.RestHold, loan.RestShorter, loan.RestSmaller:
	default:
		return 0, ErrRest.In("rest")
	}
	return s.valueOn(in.ValueOn)
}

// payment is the change that a payment makes to a loan.
func (l *Loan) payment(
	of PaymentID, source Source, amount money.Amount, on calendar.Date, rest loan.Rest,
	maker string,
) change {
	return change{
		loan: l,
		facts: []Fact{{Maker: maker, Event: loan.Event{ID: loan.EventID(of),
			Kind: loan.EventPaid, ValueOn: on, Amount: amount, Rest: rest}}},
		paid: &Payment{ID: of, Loan: l.ID, Kind: loan.EventPaid, Source: source,
			Amount: amount.Minor(), Currency: l.Currency, ValueOn: on, BusinessOn: on,
			Maker: maker},
	}
}
