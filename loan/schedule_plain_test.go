package loan

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"openlend/calendar"
	"openlend/money"
)

// plain makes a schedule the obvious way, on rationals without a limit: every due
// date counted from the origin, every period measured by itself, the annuity
// exact, every trial of an instalment laid out whole. It is what the code for
// speed is compared with.
type plain struct {
	Terms
	dueOn   []calendar.Date
	factors []*big.Rat // rate x time of each period
}

func newPlain(t Terms) plain {
	p := plain{Terms: t}
	origin, odd := t.Start, 0
	if !t.FirstDue.IsZero() && t.FirstDue != t.Start.Add(t.Every) {
		origin, odd = t.FirstDue, 1
	}
	from := t.Start
	for nr := 1; nr <= t.Instalments; nr++ {
		to := origin.Add(t.Every.Times(nr - odd))
		factor := new(big.Rat)
		if nr > t.InterestFreePeriods {
			factor.Mul(big.NewRat(int64(t.AnnualRate), int64(money.One)),
				p.years(from, to, min(nr-odd, 1)))
		}
		p.dueOn, p.factors = append(p.dueOn, to), append(p.factors, factor)
		from = to
	}
	return p
}

// years counts the days of actual/actual one by one; the other day counts are
// proved elsewhere.
func (p plain) years(from, to calendar.Date, regular int) *big.Rat {
	if p.DayCount != calendar.ActualActual || p.Interest == PerPeriod {
		time := p.Terms.years(from, to, regular)
		return big.NewRat(time.Num, time.Den)
	}
	days := map[int64]int64{} // by the length of their year
	for day := from + 1; day <= to; day++ {
		year := calendar.NewDate(day.Year()+1, 1, 1).Sub(calendar.NewDate(day.Year(), 1, 1))
		days[int64(year)]++
	}
	return new(big.Rat).Add(big.NewRat(days[365], 365), big.NewRat(days[366], 366))
}

// rows lays out instalments that repay amount, interest included or not.
func (p plain) rows(amount int64, withInterest bool) []Instalment {
	balance, deferred := p.Principal.Minor(), int64(0)
	var rows []Instalment
	for i, factor := range p.factors {
		interest := roundHalfEven(new(big.Rat).Mul(factor, big.NewRat(balance, 1))) + deferred
		deferred = 0
		if i < p.GraceInterest {
			interest, deferred = 0, interest
		}
		principal := amount
		if withInterest {
			principal -= interest
		}
		switch {
		case i == p.Instalments-1:
			principal = balance
		case i < p.GracePrincipal || principal < 0:
			principal = 0
		case principal > balance:
			principal = balance
		}
		balance -= principal
		rows = append(rows, Instalment{int32(i + 1), p.dueOn[i], principal, interest, balance})
	}
	return rows
}

// levelRat is the principal over the sum of the discount factors.
func levelRat(principal int64, factors []*big.Rat) *big.Rat {
	v, sum := big.NewRat(1, 1), new(big.Rat)
	for _, f := range factors {
		v = new(big.Rat).Quo(v, new(big.Rat).Add(big.NewRat(1, 1), f))
		sum.Add(sum, v)
	}
	return sum.Quo(big.NewRat(principal, 1), sum)
}

// equalInstalments returns false when the annuity lies so near to the middle
// between two minor units that fifteen digits do not say which is nearer.
func (p plain) equalInstalments() ([]Instalment, bool) {
	principal, repaying := p.Principal.Minor(), p.factors[p.GracePrincipal:]
	exact := levelRat(principal, repaying)
	for len(repaying) > 1 && roundHalfEven(
		new(big.Rat).Mul(repaying[0], big.NewRat(principal, 1))) > roundHalfEven(exact) {
		repaying = repaying[1:]
		exact = levelRat(principal, repaying)
	}
	doubt := new(big.Rat).Mul(exact, big.NewRat(1, 1e15))
	if !slices.ContainsFunc(repaying, func(f *big.Rat) bool { return f.Sign() > 0 }) {
		doubt.SetInt64(0) // without interest there is none
	}
	if roundHalfEven(new(big.Rat).Sub(exact, doubt)) !=
		roundHalfEven(new(big.Rat).Add(exact, doubt)) {
		return nil, false
	}
	instalment, n := p.multiple(roundHalfEven(exact)), int64(len(repaying))
	best := p.rows(instalment, true)
	for range adjustments {
		residue := best[len(best)-1].Total() - instalment
		next := p.multiple(instalment + roundHalfEven(big.NewRat(residue, n)))
		rows := p.rows(next, true)
		left := rows[len(rows)-1].Total() - next
		if abs(residue) <= n/2 || abs(left) >= abs(residue) {
			break
		}
		instalment, best = next, rows
	}
	return best, true
}

func (p plain) multiple(instalment int64) int64 {
	step := max(p.InstalmentMultiple, 1)
	if rounded := step * roundHalfEven(big.NewRat(instalment, step)); rounded != 0 {
		return rounded
	}
	return instalment
}

func (p plain) schedule() ([]Instalment, bool) {
	switch p.Method {
	case EqualInstalments:
		return p.equalInstalments()
	case EqualPrincipal:
		share := big.NewRat(p.Principal.Minor(), int64(p.Instalments-p.GracePrincipal))
		return p.rows(roundHalfEven(share), false), true
	}
	return p.rows(0, false), true // InterestOnly
}

func TestScheduleIsThePlainOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms().Draw(t, "terms")
		terms.Method = rapid.SampledFrom([]Method{EqualInstalments, EqualInstalments,
			EqualPrincipal, InterestOnly}).Draw(t, "method on balance")
		if rapid.Bool().Draw(t, "default time") {
			terms.DayCount, terms.Interest = calendar.ActualActual, Daily
		}
		want, sure := newPlain(terms).schedule()
		if !sure {
			t.Skip("a tie")
		}
		got, err := NewSchedule(terms)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range got.Instalments {
			if row != want[i] {
				t.Fatalf("%+v, want %+v", row, want[i])
			}
		}
	})
}

// Monthly loans of every length over four years of starts, where month ends,
// leap years and years' ends fall on every instalment.
func TestSchedulesOfEveryStart(t *testing.T) {
	for day := range 4 * 366 {
		terms := monthly(1_000_000+int64(day)*977, 120_000_000+money.Rate(day), 1+day%37)
		terms.Start = date("1999-07-01").Days(day)
		want, sure := newPlain(terms).schedule()
		if !sure {
			t.Fatalf("a tie on %v", terms.Start)
		}
		got, err := NewSchedule(terms)
		check(t, err)
		if !slices.Equal(got.Instalments, want) {
			t.Fatalf("from %v: %v, want %v", terms.Start, got.Instalments, want)
		}
	}
}

// The interest of a factor is the exact quotient, half even, or refused when
// an int64 does not hold it.
func TestFactorIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := rapid.OneOf(
			rapid.Int64Range(1, 20), // ties are frequent
			rapid.SampledFrom([]int64{365e9, 366e9, 365 * 366e9, math.MaxInt64}),
			rapid.Int64Min(1),
		).Draw(t, "den")
		f := factor{rapid.Int64Range(0, math.MaxInt64-den).Draw(t, "num"), den}
		balance := rapid.Int64Min(0).Draw(t, "balance")
		exact := new(big.Rat).Mul(big.NewRat(balance, 1), big.NewRat(f.num, f.den))
		got, err := f.on(balance)
		limit := new(big.Rat).SetFrac64(math.MaxInt64, 1)
		switch {
		case err != nil && exact.Cmp(limit) < 0 &&
			new(big.Rat).Sub(limit, exact).Cmp(big.NewRat(1, 2)) >= 0:
			t.Fatalf("%v x %d: %v", f, balance, err)
		case err == nil && (exact.Cmp(limit) > 0 || got != roundHalfEven(exact)):
			t.Fatalf("%v x %d: %d", f, balance, got)
		}
	})
}
