package custody

import "openlend/refusal"

// What this package refuses.
var (
	ErrNotFound = refusal.New("custody.not_found",
		"there is no such payout, deposit or break")
	ErrInvalidState = refusal.New("custody.invalid_state",
		"its state does not allow this step")
	ErrAmount = refusal.New("custody.amount", "the amount must be above zero").In("amount")
	ErrTooLow = refusal.New("custody.below_minimum",
		"the amount is below the least that is paid out").In("amount")
	ErrPurpose = refusal.New("custody.purpose",
		"a payout of this purpose is not asked for in this way")
	ErrReason    = refusal.New("custody.reason", "say why, in 3 to 500 characters").In("reason")
	ErrNoPayer   = refusal.New("custody.no_payer", "the bank has not told which account it came from")
	ErrNotFrozen = refusal.New("custody.not_frozen.invalid_state", "payouts are not frozen")
	ErrNotClean  = refusal.New("custody.not_reconciled.invalid_state",
		"payouts stay frozen until our books and the bank's agree")
	ErrFourEyes = refusal.New("custody.four_eyes",
		"this needs a second person: who froze payouts cannot release them")
	ErrNoPosition = refusal.New("custody.position.not_found",
		"the bank has not told its balance yet")
	ErrDifferent = refusal.New("custody.payout_taken",
		"a payout of this purpose exists with another customer or amount")
)

// What the bank's client reports. None of them says that an order failed,
// except ErrRefused: whatever else happened, the bank may have the order.
var (
	ErrUnknown = refusal.New("custody.bank_unknown",
		"the bank gave no usable answer; it may have done what it was asked")
	ErrNotSent = refusal.New("custody.bank_unreachable",
		"the bank was not asked: it has failed too often; this is tried again")
	ErrRefused = refusal.New("custody.bank_refused", "the bank refused the request")
	ErrNoOrder = refusal.New("custody.bank_no_order",
		"the bank knows no order under this number")
	ErrCallback = refusal.New("custody.callback", "this is no callback of the bank")
)
