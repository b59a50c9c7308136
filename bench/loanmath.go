package bench

import (
	"context"
	"errors"
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/govalues/decimal"

	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/loan"
	"openlend/money"
)

const (
	schedulesPerStep   = 1000
	instalmentsPerLoan = 36
)

// Loan measures schedules against bare 128-bit divisions, one multiplication
// and one division for every instalment, and XIRR.
func Loan(ctx context.Context, r Rounds, progress func(done, of int)) ([]Figure, error) {
	var schedules, divisions series
	var xirr []time.Duration
	flows, err := thousandFlows()
	if err != nil {
		return nil, err
	}
	for i := range r.Count {
		if err := divisions.run(r.Slice, divide); err != nil {
			return nil, err
		}
		if err := schedules.run(r.Slice, schedule); err != nil {
			return nil, err
		}
		for watch := clock.Start(); watch.Elapsed() < r.Slice/4; {
			one := clock.Start()
			if _, err := loan.XIRR(flows, calendar.Actual365F); err != nil {
				return nil, err
			}
			xirr = append(xirr, one.Elapsed())
		}
		progress(i+1, r.Count)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return []Figure{
		{
			Name: "loan.schedules", Value: schedules.median(), Unit: "instalments/s",
			Limit: divisions.median(), Of: "bits.Mul64 + bits.Div64",
			Ratio: schedules.ratio(&divisions), Floor: 0.05, RSS: residentMB(),
		},
		{
			Name: "loan.xirr_1000_flows", Value: percentile(xirr, 0.5), Unit: "ms",
			P50: percentile(xirr, 0.5), P99: percentile(xirr, 0.99),
		},
	}, nil
}

// divide is the limit: as many 128-bit products and quotients as a step of
// schedule has instalments. They do not wait for each other's results.
func divide() (int, error) {
	const n = schedulesPerStep * instalmentsPerLoan
	x, sum := uint64(987_654_321), uint64(0)
	for i := range uint64(n) {
		hi, lo := bits.Mul64(x+i, 120_000_000)
		q, rem := bits.Div64(hi, lo, 365_000_000_000)
		sum += q + rem
	}
	if sum == 0 { // the sum is used, so that the work is done
		return 0, errors.New("bench: divisions that sum to nothing")
	}
	return n, nil
}

func schedule() (int, error) {
	start := calendar.NewDate(2024, 1, 31)
	for i := range schedulesPerStep {
		s, err := loan.NewSchedule(loan.Terms{
			Principal:  money.New(1_000_000+int64(i), money.EUR),
			AnnualRate: 120_000_000 + money.Rate(i),
			Method:     loan.EqualInstalments, DayCount: calendar.ActualActual,
			Interest: loan.Daily, Start: start.Days(i % 365),
			Every:       calendar.Period{N: 1, Unit: calendar.Month},
			Instalments: instalmentsPerLoan,
		})
		if err != nil {
			return 0, err
		}
		if s.Instalments[instalmentsPerLoan-1].Balance != 0 {
			return 0, errors.New("bench: a schedule that leaves a balance")
		}
	}
	return schedulesPerStep * instalmentsPerLoan, nil
}

// thousandFlows is one loan out and a thousand small payments back.
func thousandFlows() ([]loan.DatedFlow, error) {
	day := calendar.NewDate(2020, 1, 1)
	out, err := decimal.New(-900_000, 2)
	flows := make([]loan.DatedFlow, 0, 1000)
	flows = append(flows, loan.DatedFlow{On: day, Amount: out})
	for i := range 999 {
		back, e := decimal.New(900+rand.Int64N(200), 2)
		flows = append(flows, loan.DatedFlow{On: day.Days(1 + i), Amount: back})
		err = errors.Join(err, e)
	}
	return flows, err
}
