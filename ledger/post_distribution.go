package ledger

import "openlend/money"

// CauseDistribution is the cause of a repayment's split. The id is the
// distribution's own row: one for each booking that divides money anew.
const CauseDistribution = "distribution"

// PostDistribution pays the holders of a loan their shares of one repayment:
// one transfer for each holder, its leg is the position in the plan.
//
//	debit collection   credit wallet   one for each share above zero
//
// Servicing calls it, in pieces if there are many holders, with the plan that
// it has fixed for the payment.
func PostDistribution(payment int64, collection AccountID, plan []Share) []Command {
	return pay(Cause{CauseDistribution, payment}, collection, plan)
}

// PostDistributionLeg is one leg of a distribution; an amount below zero is
// taken back from a holder who was paid too much, because a payment bounced or
// an older one became known.
//
//	debit collection   credit wallet       an amount above zero
//	debit wallet       credit collection   one below zero
//
// Servicing calls it for each leg, in the order of its plan.
func PostDistributionLeg(
	distribution int64, leg int, collection, wallet AccountID, amount money.Amount,
) (Command, error) {
	c := move(Cause{CauseDistribution, distribution}, collection, wallet, amount)
	c.Leg = leg
	if amount.Sign() < 0 {
		back, err := amount.Neg()
		c.Debit, c.Credit, c.Amount = wallet, collection, back
		return c, err
	}
	return c, nil
}
