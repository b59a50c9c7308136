package loan

import (
	"openlend/calendar"
	"openlend/money"
)

// Product is how loans of one kind are serviced: what a payment pays first,
// what lateness costs and what early repayment costs. It belongs to the
// contract and never changes during the life of a loan.
type Product struct {
	Waterfall    Waterfall `json:"waterfall"`
	Rest         Rest      `json:"rest"`       // of a payment that does not choose; "" is RestRefund
	LateFee      int64     `json:"late_fee"`   // minor units, flat, once per instalment; 0: none
	GraceDays    int       `json:"grace_days"` // days past due without a late fee
	Penalty      Penalty   `json:"penalty"`    // interest on what is overdue
	LateCap      Cap       `json:"late_cap"`   // on late fees and penalty together, over the loan's life
	EarlyFee     EarlyFee  `json:"early_fee"`
	DefaultAfter int       `json:"default_after"` // days past due that are a default; 0: 90
}

// Penalty is simple interest on overdue principal from the day after the due
// date. It never bears interest itself.
type Penalty struct {
	Rate       money.Rate        `json:"rate"`        // per year; 0: none
	DayCount   calendar.DayCount `json:"day_count"`   // Actual365F ("" too) or Actual360
	OnInterest bool              `json:"on_interest"` // overdue contract interest bears it too
}

// Cap is a limit: a rate of the principal lent, minor units, or the lower of
// both. A part that is zero sets no limit.
type Cap struct {
	Rate  money.Rate `json:"rate"`
	Minor int64      `json:"minor"`
}

// EarlyFee is charged on principal repaid before it is due: a rate of it,
// rounded down, and never more than Max minor units (0: no limit) a payment.
type EarlyFee struct {
	Rate money.Rate `json:"rate"`
	Max  int64      `json:"max"`
}

// Rest is what becomes of the money of a payment that nothing is due for.
type Rest string

// The uses of a rest. Until it is used or refunded it is the borrower's money.
const (
	RestRefund  Rest = "refund"             // never touched again, waits to be refunded
	RestHold    Rest = "hold"               // pays what falls due next
	RestShorter Rest = "shorter_term"       // prepays: same instalment, fewer of them
	RestSmaller Rest = "smaller_instalment" // prepays: same term, smaller instalments
)

func (r Rest) known() bool {
	switch r {
	case "", RestRefund, RestHold, RestShorter, RestSmaller:
		return true
	}
	return false
}

// maxRate bounds the rates of a product: a thousandfold.
const maxRate = 1000 * money.One

// defaultAfterDays is the usual definition of default (Basel, EBA): 90 days.
const defaultAfterDays = 90

// Validate refuses a product that could not be applied to every history.
// Refusals: ErrProduct, ErrWaterfall, ErrRest, each with its field.
func (p Product) Validate() error {
	if err := p.Waterfall.validate(); err != nil {
		return err
	}
	if !p.Rest.known() {
		return ErrRest.In("rest")
	}
	for _, c := range []struct {
		field string
		bad   bool
	}{
		{"late_fee", p.LateFee < 0},
		{"grace_days", p.GraceDays < 0 || p.GraceDays > 366},
		{"penalty.rate", p.Penalty.Rate < 0 || p.Penalty.Rate > maxRate},
		{"penalty.day_count", p.Penalty.daysInYear() == 0},
		{"late_cap.rate", p.LateCap.Rate < 0 || p.LateCap.Rate > maxRate},
		{"late_cap.minor", p.LateCap.Minor < 0},
		{"early_fee.rate", p.EarlyFee.Rate < 0 || p.EarlyFee.Rate > money.One},
		{"early_fee.max", p.EarlyFee.Max < 0},
		{"default_after", p.DefaultAfter < 0},
	} {
		if c.bad {
			return ErrProduct.In(c.field)
		}
	}
	return nil
}

// daysInYear returns the divisor of penalty by the day, 0 for a day count that
// cannot be counted by the day.
func (p Penalty) daysInYear() int64 {
	switch p.DayCount {
	case "", calendar.Actual365F:
		return 365
	case calendar.Actual360:
		return 360
	}
	return 0
}

// of returns the limit for a principal in minor units, and whether there is
// one. The rate is rounded down: a cap favours the borrower.
func (c Cap) of(principal int64) (limit int64, capped bool, err error) {
	if c.Rate == 0 && c.Minor == 0 {
		return 0, false, nil
	}
	limit, err = money.MulDiv(principal, int64(c.Rate), int64(money.One), money.Down)
	if err != nil {
		return 0, false, err
	}
	if c.Rate == 0 || c.Minor > 0 && c.Minor < limit {
		limit = c.Minor
	}
	return limit, true, nil
}

// on returns the fee for prepaying principal, both in minor units.
func (e EarlyFee) on(principal int64) (int64, error) {
	fee, err := money.MulDiv(principal, int64(e.Rate), int64(money.One), money.Down)
	return e.limited(fee), err
}

// within divides the money of a partial prepayment into fee and principal so
// that nothing is left over: fee = money * rate / (1 + rate), rounded down.
func (e EarlyFee) within(cash int64) (fee int64, err error) {
	fee, err = money.MulDiv(cash, int64(e.Rate), int64(money.One+e.Rate), money.Down)
	return e.limited(fee), err
}

func (e EarlyFee) limited(fee int64) int64 {
	if e.Max > 0 {
		return min(fee, e.Max)
	}
	return fee
}

func (p Product) defaultAfter() int {
	if p.DefaultAfter == 0 {
		return defaultAfterDays
	}
	return p.DefaultAfter
}
