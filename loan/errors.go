package loan

import "openlend/refusal"

// What is refused of Terms. NewSchedule names the field on each of them.
var (
	ErrPrincipal = refusal.New("loan.principal",
		"the principal must be above zero in a known currency")
	ErrRate        = refusal.New("loan.rate", "the annual rate must be from 0 to 100 (10,000 %)")
	ErrMethod      = refusal.New("loan.method", "not a known repayment method")
	ErrInterestPer = refusal.New("loan.interest", `interest must be "daily" or "period"`)
	ErrStart       = refusal.New("loan.start", "the start must be a date before the year 9700")
	ErrInstalments = refusal.New("loan.instalments", "the number of instalments must be above zero")
	ErrTooLong     = refusal.New("loan.too_long", "a loan may run for a hundred years at most")
	ErrFirstDue    = refusal.New("loan.first_due", "the first due date must be after the start")
	ErrGrace       = refusal.New("loan.grace",
		"must be zero or more and leave an instalment to pay")
	ErrMultiple = refusal.New("loan.multiple", "the instalment multiple must be zero or more")
)
