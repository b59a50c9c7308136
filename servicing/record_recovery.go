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
)

// NewRecovery is money that a collector got from the borrower of a loan in
// default or charged off.
type NewRecovery struct {
	Loan      LoanID
	Amount    money.Amount  // what the borrower paid
	Cost      money.Amount  // what the collector kept of it; it is shown to the holders
	ValueOn   calendar.Date // zero: the business date
	Reference string        // of the bank's line, recorded once; "" for none
	Why       string
}

// RecordRecovery records what a collector has brought in and kept. Amount less
// Cost has come to the clients' bank as a deposit, which is identified as the
// borrower's; it is taken from his wallet and goes down the waterfall and to the
// holders of record of the value date, written off or not. Refusals:
// access.ErrForbidden, ErrNotFound, ErrInvalidState for a loan that is neither in
// default nor charged off, ErrAmount, ErrCurrency, ErrValueOn, ErrReference,
// ledger.ErrInsufficient, ledger.ErrFrozen.
func RecordRecovery(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewRecovery,
) (Payment, error) {
	if err := actor.Require(access.PaymentRecord); err != nil {
		return Payment{}, err
	}
	s, err := stand(ctx, tx, ids, in.Loan)
	if err != nil {
		return Payment{}, err
	}
	if err := s.in(StateDefault, StateChargedOff); err != nil {
		return Payment{}, err
	}
	if err := s.checkAmount(in.Amount); err != nil {
		return Payment{}, err
	}
	if in.Cost == (money.Amount{}) {
		in.Cost = money.New(0, s.Currency)
	}
	switch {
	case in.Cost.Currency() != s.Currency:
		return Payment{}, ErrCurrency.In("cost")
	case in.Cost.Sign() < 0 || in.Cost.Minor() > in.Amount.Minor():
		return Payment{}, ErrAmount.In("cost")
	}
	on, err := s.valueOn(in.ValueOn)
	if err != nil {
		return Payment{}, err
	}
	return s.recover(ctx, tx, ids, actor, &in, on)
}

func (s *standing) recover(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in *NewRecovery,
	on calendar.Date,
) (Payment, error) {
	next, err := ids.Next()
	if err != nil {
		return Payment{}, err
	}
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Payment{}, err
	}
	c := s.payment(PaymentID(next), FromWallet, in.Amount, on, "", actor.Principal())
	fact, paid := &c.facts[0], c.paid
	fact.Kind, fact.Why = loan.EventRecovered, in.Why
	paid.Kind, paid.Cost = loan.EventRecovered, in.Cost.Minor()
	paid.BusinessOn, paid.Reference = dates.BusinessOn, in.Reference
	if paid.Cost > 0 {
		fact.Cost = in.Cost
	}
	if err := recordAll(ctx, tx, ids, s.on, []change{c}); err != nil {
		return Payment{}, err
	}
	return GetPayment(ctx, tx, paid.ID)
}
