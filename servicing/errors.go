package servicing

import (
	"errors"

	"openlend/access"
	"openlend/customer"
	"openlend/refusal"
)

// What this room refuses.
var (
	ErrNotFound = refusal.New("servicing.not_found", "there is no such loan")

	ErrPaymentNotFound = refusal.New("servicing.payment.not_found",
		"there is no such payment")
	ErrDistributionNotFound = refusal.New("servicing.distribution.not_found",
		"there is no such distribution")
	ErrClaimNotFound = refusal.New("servicing.claim.not_found", "there is no such claim")
	ErrClaimState    = refusal.New("servicing.claim.invalid_state",
		"the state of the claim does not allow this")
	ErrInvalidState = refusal.New("servicing.invalid_state",
		"the state of the loan does not allow this")
	ErrPaymentState = refusal.New("servicing.payment.invalid_state",
		"the state of the payment does not allow this")
	ErrAmount   = refusal.New("servicing.amount", "the amount must be above zero")
	ErrCurrency = refusal.New("servicing.currency", "the amount is not in the loan's currency")
	ErrValueOn  = refusal.New("servicing.value_on",
		"a value date lies between the start of the loan and the business date")
	ErrReference = refusal.New("servicing.reference",
		"this reference of the bank is recorded already")
	ErrRest = refusal.New("servicing.rest",
		`the rest of a payment is for "refund", "hold", "shorter_term" or "smaller_instalment"`)
	ErrQuote = refusal.New("servicing.quote_changed",
		"the payoff amount is not the one quoted; ask for a new quote")
	ErrNoRest = refusal.New("servicing.no_rest", "nothing of this payment waits to be refunded")
	ErrLimit  = refusal.New("servicing.limit", "between 1 and 200 rows can be read at once")

	ErrWhy   = refusal.New("servicing.why", "this needs a reason of 3 to 1000 characters")
	ErrPause = refusal.New("servicing.pause",
		"a pause ends after it begins and lasts a year at most")
	ErrProposalNotFound = refusal.New("servicing.proposal.not_found",
		"there is no such proposal")
	ErrProposalState = refusal.New("servicing.proposal.invalid_state",
		"the proposal is decided already")
	ErrProposed = refusal.New("servicing.proposed.invalid_state",
		"the loan has an open proposal of this kind")
)

// hidden answers for a thing of a loan that does not exist for somebody as if the
// thing did not exist.
func hidden(err, refusal error) error {
	if errors.Is(err, ErrNotFound) {
		return refusal
	}
	return err
}

// own lets a customer see what is his own, and whoever holds the permission.
// Refusals: ErrNotFound for another customer, access.ErrForbidden.
func own(actor access.Actor, owner customer.ID, p access.Permission) error {
	err := actor.RequireSelf(int64(owner), p)
	if errors.Is(err, access.ErrNotYours) {
		return ErrNotFound
	}
	return err
}
