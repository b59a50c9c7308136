package servicing

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
)

// ReturnPayment takes back a payment that the bank has taken back, or that was
// recorded by mistake. It was never made: what it had paid is taken back by
// mirror rows, later payments pay again in its place, and everybody who got part
// of it gives it back. Whoever has spent it owes it (see Claim). The money goes
// back to where it came from when all of it is together again.
//
// Refusals: access.ErrForbidden, ErrPaymentNotFound, ErrPaymentState.
func ReturnPayment(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, of PaymentID, why string,
) (Payment, error) {
	if err := actor.Require(access.PaymentRecord); err != nil {
		return Payment{}, err
	}
	p, err := GetPayment(ctx, tx, of) // whose it is never changes
	if err != nil {
		return Payment{}, err
	}
	s, err := stand(ctx, tx, ids, p.Loan)
	if err != nil {
		return Payment{}, err
	}
	if p, err = GetPayment(ctx, tx, of); err != nil {
		return Payment{}, err
	}
	if p.State != PaymentReceived {
		return Payment{}, ErrPaymentState.With("the payment is %s", p.State)
	}
	_, err = s.happens(ctx, tx, ids, actor, loan.Event{Kind: loan.EventReturned, ValueOn: s.on,
		Of: loan.EventID(of)}, why)
	if err != nil {
		return Payment{}, err
	}
	return GetPayment(ctx, tx, of)
}
