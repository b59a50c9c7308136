package origination_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
)

func schedule(
	t *testing.T, method loan.Method, every string, n int, rate money.Rate,
) loan.Schedule {
	t.Helper()
	p, err := calendar.ParsePeriod(every)
	if err != nil {
		t.Fatal(err)
	}
	s, err := loan.NewSchedule(loan.Terms{
		Principal: money.New(1_000_000_00, money.EUR), AnnualRate: rate, Method: method,
		DayCount: calendar.Thirty360E, Interest: loan.PerPeriod, Start: firstDay, Every: p,
		Instalments: n,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Without a fee the APR is the nominal rate, whatever the method and the
// distance of due dates, but for a single payment, whose unit period is its
// term. A million leaves nothing to rounding but the last digits.
func TestAPRWithoutFeeIsTheRate(t *testing.T) {
	for _, c := range []struct {
		method loan.Method
		every  string
		n      int
		want   float64
	}{
		{loan.EqualInstalments, "1 month", 36, 0.12},
		{loan.EqualPrincipal, "1 month", 36, 0.12},
		{loan.InterestOnly, "3 months", 8, 0.12},
		{loan.EqualInstalments, "2 weeks", 26, 0.12},
		{loan.EqualInstalments, "1 year", 5, 0.12},
		{loan.Bullet, "1 month", 6, 0.12},               // 6 % in half a year, twice
		{loan.Bullet, "1 month", 12, 0.12},              // 12 % in a year
		{loan.Bullet, "1 year", 2, math.Sqrt(1.24) - 1}, // 24 % in two
		{loan.InterestOnly, "1 month", 1, 0.12},         // a single payment too
		{loan.Bullet, "1 month", 18, apr18()},           // a year and a half
	} {
		s := schedule(t, c.method, c.every, c.n, 120_000_000)
		got, err := origination.AnnualRate(s, 0)
		if err != nil || math.Abs(float64(got)-c.want*1e9) > 2000 {
			t.Errorf("%s every %s, %d: %s, %v, want %.9f", c.method, c.every, c.n, got, err, c.want)
		}
	}
	free := schedule(t, loan.EqualInstalments, "1 month", 12, 0)
	if got, err := origination.AnnualRate(free, 0); err != nil || got != 0 {
		t.Errorf("for nothing: %s, %v", got, err)
	}
}

// apr18 solves 1.18 = (1+i)(1+i/2), one unit period and a half.
func apr18() float64 { return (-1.5 + math.Sqrt(1.5*1.5-4*0.5*(1-1.18))) / 2 * 2 }

// The APR is the rate at which what is paid is worth what is received, shown by
// discounting with it, and is above the nominal rate as soon as there is a fee.
func TestAPRBalances(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		rate := money.Rate(rapid.Int64Range(0, 1_000_000_000).Draw(r, "rate"))
		n := rapid.IntRange(2, 60).Draw(r, "instalments")
		method := rapid.SampledFrom([]loan.Method{loan.EqualInstalments, loan.EqualPrincipal,
			loan.InterestOnly}).Draw(r, "method")
		s := schedule(t, method, "1 month", n, rate)
		fee := rapid.Int64Range(0, s.Terms.Principal.Minor()/2).Draw(r, "fee")
		apr, err := origination.AnnualRate(s, fee)
		if err != nil {
			r.Fatal(err)
		}
		i := float64(apr) / 1e9 / 12
		worth := 0.0
		for k, line := range s.Instalments {
			worth += float64(line.Total()) / math.Pow(1+i, float64(k+1))
		}
		received := float64(s.Terms.Principal.Minor() - fee)
		if math.Abs(worth-received) > received*1e-6 {
			r.Fatalf("at %s the payments are worth %f of %f", apr, worth, received)
		}
		if fee > 1000 && apr <= rate {
			r.Fatalf("the APR %s does not show the fee of %d above %s", apr, fee, rate)
		}
	})
}

// The fee is rounded down.
func testFee(o *office) {
	o.revise(func(p *origination.Product) { p.Fees.Origination = 33_333_333 })
	r := request()
	r.Principal = money.New(1_002_500, money.EUR)
	if offer := o.offer(o.apply(o.borrower(), r)); offer.Fee != 33_416 { // 33,416.66
		o.Errorf("%d", offer.Fee)
	}
}
