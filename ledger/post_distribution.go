package ledger

// CauseDistribution is the cause of a repayment's split. The id is the payment.
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
