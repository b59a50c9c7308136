package origination

import "regexp"

// Reason says why a decision was taken, as a code that programs can read. Those
// of the rules are named here; a person may give others of the same form.
type Reason string

// The reasons of the rules. None speaks of who the borrower is.
const (
	PassedRules Reason = "rules.passed" // nothing spoke against it

	IncomeTooLow  Reason = "income.too_low"     // below the product's minimum
	IncomeSpent   Reason = "income.spent"       // nothing is left of it each month
	WorkTooShort  Reason = "work.too_short"     // in the present work
	BurdenTooHigh Reason = "burden.too_high"    // for every grade
	BurdenHigh    Reason = "burden.high"        // a person decides
	LargeAmount   Reason = "principal.large"    // a person decides
	OnceDefaulted Reason = "history.default"    // on a loan here
	OnceVeryLate  Reason = "history.very_late"  // on a loan here
	OnceLate      Reason = "history.late"       // on a loan here; a person decides
	TooManyLoans  Reason = "cap.open_loans"     // the borrower's
	TooMuchOwed   Reason = "cap.exposure"       // by the borrower
	TooMuchLent   Reason = "cap.product_volume" // under the product
)

var sentences = map[Reason]string{
	PassedRules:   "the application meets the rules of the product",
	IncomeTooLow:  "the declared income is below the product's minimum",
	IncomeSpent:   "debts, housing and living leave nothing of the income",
	WorkTooShort:  "the present work has not lasted long enough",
	BurdenTooHigh: "the instalment takes too much of what is left of the income",
	BurdenHigh:    "the instalment takes much of what is left of the income",
	LargeAmount:   "an amount of this size is decided by a person",
	OnceDefaulted: "an earlier loan here was in default",
	OnceVeryLate:  "an earlier loan here was paid very late",
	OnceLate:      "an earlier loan here was paid late",
	TooManyLoans:  "there are as many open loans as the product allows one borrower",
	TooMuchOwed:   "with this loan more would be owed than the product allows one borrower",
	TooMuchLent:   "with this loan more would be lent than the product allows in all",
}

// Sentence says a reason of the rules in words for the borrower, "" when it is
// a person's own.
func (r Reason) Sentence() string { return sentences[r] }

var reasonForm = regexp.MustCompile(`^[a-z][a-z_]{0,30}\.[a-z][a-z_]{0,30}$`)

const mostReasons = 10

// validReasons refuses what is not a short list of codes. Refusal: ErrReasons.
func validReasons(reasons []Reason) error {
	if len(reasons) == 0 || len(reasons) > mostReasons {
		return ErrReasons.In("reasons")
	}
	for _, r := range reasons {
		if !reasonForm.MatchString(string(r)) {
			return ErrReasons.In("reasons")
		}
	}
	return nil
}
