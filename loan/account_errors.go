package loan

import "openlend/refusal"

// What the life of a loan refuses. A refused call has changed nothing.
var (
	ErrProduct       = refusal.New("loan.product", "the product terms make no sense")
	ErrWaterfall     = refusal.New("loan.waterfall", "the waterfall must name each step once")
	ErrSchedule      = refusal.New("loan.schedule", "the schedule is not one of this package")
	ErrEventKind     = refusal.New("loan.event_kind", "not a known kind of event")
	ErrEventID       = refusal.New("loan.event_id", "an event needs an id above zero")
	ErrEventConflict = refusal.New("loan.event_conflict", "the id is already used by another event")
	ErrEventAmount   = refusal.New("loan.event_amount", "the amount does not fit the kind of event")
	ErrEventCurrency = refusal.New("loan.event_currency", "the amount is not in the loan's currency")
	ErrEventDate     = refusal.New("loan.event_date", "not a date in the life of the loan")
	ErrEventField    = refusal.New("loan.event_field", "the field is not one of this kind of event")
	ErrNotDisbursed  = refusal.New("loan.not_disbursed", "there is no disbursement on the start date")
	ErrRefund        = refusal.New("loan.refund", "more would be refunded than was paid")
	ErrRest          = refusal.New("loan.rest", "not a known use of the rest of a payment")
	ErrComponent     = refusal.New("loan.component", "this component cannot be waived")
	ErrArrears       = refusal.New("loan.arrears", `arrears must be "kept" or "spread"`)
	ErrStep          = refusal.New("loan.step", "the state of the loan does not allow this step")
	ErrAsOf          = refusal.New("loan.as_of", "the loan has no account before its disbursement")
)
