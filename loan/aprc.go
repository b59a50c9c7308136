package loan

import (
	"math"
	"time"

	"github.com/govalues/decimal"

	"openlend/calendar"
	"openlend/money"
)

// TimedFlow is money at a time in years, which may be a fraction and may be
// before or after zero: only the distances count.
type TimedFlow struct {
	Years  decimal.Decimal
	Amount decimal.Decimal
}

// APRC returns the annual percentage rate of charge of the European Union: the
// X at which the drawdowns (negative) and all that the consumer pays (positive)
// are worth nothing, sum amount/(1+X)^years = 0, rounded half to even to nine
// decimals. The law prints one decimal of a percent.
// Source: Directive 2008/48/EC annex I and Directive 2014/17/EU annex I, part I.
// Refusals: ErrNoRoot, money.ErrOverflow.
func APRC(flows []TimedFlow) (money.Rate, error) {
	timed := make([]flow, len(flows))
	for i, f := range flows {
		timed[i] = flow{amount: float(f.Amount), periods: float(f.Years)}
	}
	return solveCharge(timed)
}

// APRCByDate is APRC with the years taken from dates by yearsOfCredit, counted
// from the first drawdown, the earliest flow below zero. Refusals: as APRC.
func APRCByDate(flows []DatedFlow) (money.Rate, error) {
	drawdown := calendar.MaxDate
	for _, f := range flows {
		if f.Amount.IsNeg() {
			drawdown = min(drawdown, f.On)
		}
	}
	timed := make([]flow, len(flows))
	for i, f := range flows {
		timed[i] = flow{amount: float(f.Amount), periods: yearsOfCredit(drawdown, f.On)}
	}
	return solveCharge(timed)
}

func solveCharge(flows []flow) (money.Rate, error) {
	x, err := solveFlows(flows, rateGuess)
	if err != nil {
		return 0, err
	}
	parts := math.RoundToEven(x * float64(money.One))
	if math.Abs(parts) >= math.MaxInt64 {
		return 0, money.ErrOverflow
	}
	return money.Rate(parts), nil
}

// yearsOfCredit measures a flow's distance from the first drawdown: 1/12 for
// each whole month, and the days that remain over 365, or over 366 when 29
// February is among them.
//
// Whole months are counted backwards from the flow, so that the odd days lie
// next to the drawdown and leave out its day: remark (c)(ii) of annex I of
// 2014/17/EU. From 20 January to 5 March 2016 that is one month (5 February to
// 5 March) and 16 days over 365, where counting forwards would find one month
// and 14 days over 366. A due date that is a whole number of months after the
// drawdown by the month-end rule (31 January, 28 February, 31 March) has no odd
// days. (Remark (c)(iii) looks for 29 February in the year before the last odd
// day; openlend looks among the odd days themselves, which moves the result
// only in the sixth digit of the years.)
func yearsOfCredit(drawdown, on calendar.Date) float64 {
	if on < drawdown {
		return -yearsOfCredit(on, drawdown)
	}
	y1, m1, _ := drawdown.Civil()
	y2, m2, _ := on.Civil()
	months := 12*(y2-y1) + int(m2-m1)
	if drawdown.AddMonths(months) == on {
		return float64(months) / 12
	}
	oddEnd := on.AddMonths(-months)
	if oddEnd < drawdown {
		months--
		oddEnd = on.AddMonths(-months)
	}
	year := 365.0
	if holdsLeapDay(drawdown, oddEnd) {
		year = 366
	}
	return float64(months)/12 + float64(oddEnd.Sub(drawdown))/year
}

// holdsLeapDay says whether 29 February is after one day and not after the
// other, which are less than a year apart.
func holdsLeapDay(after, until calendar.Date) bool {
	for _, year := range [2]int{after.Year(), until.Year()} {
		leapDay := calendar.NewDate(year, time.February, 29)
		if calendar.IsLeap(year) && after < leapDay && leapDay <= until {
			return true
		}
	}
	return false
}
