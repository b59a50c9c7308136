package loan

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"openlend/calendar"
	"openlend/money"
)

// anyTerms draws terms that NewSchedule accepts, in every mixture.
func anyTerms() *rapid.Generator[Terms] {
	return rapid.Custom(func(t *rapid.T) Terms {
		n := rapid.IntRange(1, 60).Draw(t, "instalments")
		terms := Terms{
			Principal: money.New(rapid.Int64Range(1, 1e12).Draw(t, "principal"),
				rapid.SampledFrom([]money.Currency{money.EUR, money.JPY, money.KWD}).Draw(t, "currency")),
			AnnualRate: money.Rate(rapid.Int64Range(0, 3e9).Draw(t, "rate")),
			Method: rapid.SampledFrom([]Method{EqualInstalments, EqualPrincipal, InterestOnly,
				Bullet, Flat}).Draw(t, "method"),
			DayCount: rapid.SampledFrom([]calendar.DayCount{calendar.Thirty360US,
				calendar.Thirty360E, calendar.Actual360, calendar.Actual365F, calendar.ActualActual,
				calendar.ActualActualISDA, calendar.ActualActualICMA}).Draw(t, "day count"),
			Interest: rapid.SampledFrom([]InterestPer{Daily, PerPeriod}).Draw(t, "interest"),
			Start: date("1990-01-01").Days(
				rapid.IntRange(0, 40_000).Draw(t, "start")),
			Every: calendar.Period{
				N: rapid.IntRange(1, 16).Draw(t, "every"),
				Unit: rapid.SampledFrom([]calendar.Unit{calendar.Day, calendar.Week,
					calendar.Month, calendar.Year}).Draw(t, "unit"),
			},
			Instalments:         n,
			GracePrincipal:      rapid.IntRange(0, n-1).Draw(t, "grace principal"),
			GraceInterest:       rapid.IntRange(0, n-1).Draw(t, "grace interest"),
			InterestFreePeriods: rapid.IntRange(0, n).Draw(t, "interest free"),
			InstalmentMultiple: rapid.SampledFrom([]int64{0, 1, 5, 100, 10_000}).
				Draw(t, "multiple"),
		}
		if terms.Every.Unit == calendar.Year {
			terms.Every.N = 1
		}
		if rapid.Bool().Draw(t, "odd first period") {
			terms.FirstDue = terms.Start.Days(rapid.IntRange(1, 500).Draw(t, "first due"))
		}
		return terms
	})
}

func TestScheduleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms().Draw(t, "terms")
		s, err := NewSchedule(terms)
		if err != nil {
			t.Fatal(err)
		}
		again, err := NewSchedule(terms)
		if err != nil || !slices.Equal(s.Instalments, again.Instalments) {
			t.Fatal("the same terms gave another schedule")
		}
		balance, from := terms.Principal.Minor(), terms.Start
		for i, row := range s.Instalments {
			balance -= row.Principal
			nr := i + 1
			if terms.Method == Bullet {
				nr = terms.Instalments
			}
			switch {
			case row.Principal < 0 || row.Interest < 0:
				t.Fatalf("below zero: %v", row)
			case row.Balance != balance:
				t.Fatalf("balance is not what is left: %v", row)
			case row.DueOn <= from || row.DueOn != terms.dueOn(nr) || int(row.Nr) != i+1:
				t.Fatalf("due dates out of order: %v", row)
			case i < terms.GracePrincipal && nr < terms.Instalments && row.Principal != 0:
				t.Fatalf("principal in its grace time: %v", row)
			case i < terms.GraceInterest && nr < terms.Instalments && row.Interest != 0:
				t.Fatalf("interest in its grace time: %v", row)
			}
			from = row.DueOn
		}
		if balance != 0 {
			t.Fatalf("%d of the principal is not repaid", balance)
		}
		if terms.Method != Bullet && len(s.Instalments) != terms.Instalments {
			t.Fatalf("%d instalments", len(s.Instalments))
		}
	})
}

// At the ends of all ranges a schedule is refused or whole, and never wraps.
func TestScheduleAtTheEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms().Draw(t, "terms")
		terms.Principal = money.New(rapid.Int64Min(1).Draw(t, "any principal"), money.EUR)
		terms.AnnualRate = money.Rate(rapid.Int64Range(0, int64(MaxRate)).Draw(t, "any rate"))
		terms.InstalmentMultiple = rapid.Int64Min(0).Draw(t, "any multiple")
		terms.Instalments += rapid.IntRange(0, 1200).Draw(t, "more instalments")
		s, err := NewSchedule(terms)
		if errors.Is(err, money.ErrOverflow) || errors.Is(err, ErrTooLong) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		balance, sum := terms.Principal.Minor(), terms.Principal.Minor()
		for _, row := range s.Instalments {
			balance -= row.Principal
			sum += row.Interest
			if row.Principal < 0 || row.Interest < 0 || row.Balance != balance || sum < 0 {
				t.Fatalf("%v", row)
			}
		}
		if balance != 0 {
			t.Fatalf("%d of the principal is not repaid", balance)
		}
	})
}

// Interest is balance x rate x years, by arithmetic of its own: exact rationals,
// every period measured by the rule and none by the short cuts.
func TestScheduleInterestIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms().Draw(t, "terms")
		terms.GraceInterest = 0
		terms.Method = rapid.SampledFrom([]Method{EqualInstalments, EqualPrincipal,
			InterestOnly}).Draw(t, "method on balance")
		s, err := NewSchedule(terms)
		if err != nil {
			t.Fatal(err)
		}
		_, odd := terms.regularFrom()
		balance, from := terms.Principal.Minor(), terms.Start
		for i, row := range s.Instalments {
			want := int64(0)
			if i >= terms.InterestFreePeriods {
				time := terms.years(from, row.DueOn, min(i+1-odd, 1))
				exact := big.NewRat(balance, int64(money.One))
				exact.Mul(exact, big.NewRat(int64(terms.AnnualRate), 1))
				want = roundHalfEven(exact.Mul(exact, big.NewRat(time.Num, time.Den)))
			}
			if row.Interest != want {
				t.Fatalf("interest %d on %d to %v, want %d", row.Interest, balance, row.DueOn, want)
			}
			balance, from = row.Balance, row.DueOn
		}
	})
}

// An equal instalment is the exact annuity, to the rounding.
func TestLevelPaymentIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		principal := rapid.Int64Range(1, 1e12).Draw(t, "principal")
		ps := make([]period, rapid.IntRange(1, 480).Draw(t, "periods"))
		v, sum := big.NewFloat(1).SetPrec(300), new(big.Float).SetPrec(300)
		for i := range ps {
			ps[i].factor = factor{rapid.Int64Range(0, 1e8).Draw(t, "factor"), 1e9}
			v.Quo(v, big.NewFloat(1+float64(ps[i].factor.num)/1e9))
			sum.Add(sum, v)
		}
		got, err := levelPayment(principal, ps)
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Float).Quo(new(big.Float).SetInt64(principal), sum)
		off, _ := exact.Sub(exact, new(big.Float).SetInt64(got)).Float64()
		if off < -0.51 || off > 0.51 {
			t.Fatalf("%d is off by %v", got, off)
		}
	})
}

// All instalments of an equal-instalment loan are the same but the last. That one
// takes what the roundings leave over: half a minor unit of every instalment and
// of every interest, with interest on it.
func TestEqualInstalmentsAreEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Int64Range(0, 300_000_000).Draw(t, "rate")
		n := rapid.IntRange(1, 120).Draw(t, "instalments")
		principal := rapid.Int64Range(1_000*int64(n), 1e12).Draw(t, "principal")
		terms := monthly(principal, money.Rate(rate), n)
		terms.Start = terms.Start.Days(rapid.IntRange(0, 3000).Draw(t, "start"))
		terms.Interest = rapid.SampledFrom([]InterestPer{Daily, PerPeriod}).Draw(t, "interest")
		s, err := NewSchedule(terms)
		if err != nil {
			t.Fatal(err)
		}
		rows := s.Instalments
		first, last := rows[0].Total(), rows[len(rows)-1].Total()
		for _, row := range rows[:len(rows)-1] {
			if row.Total() != first {
				t.Fatalf("%v is not %d", row, first)
			}
		}
		accumulated, growth := 0.0, 1+float64(rate)/1e9*31/360
		for range n {
			accumulated = accumulated*growth + 1
		}
		if float64(abs(last-first)) > accumulated {
			t.Fatalf("the last is %d, the others %d", last, first)
		}
	})
}

func TestLongestAndShortest(t *testing.T) {
	for _, n := range []int{1, 480, 1220} {
		s, err := NewSchedule(monthly(100_000_00, 60_000_000, n))
		check(t, err)
		if got := len(s.Instalments); got != n || s.Instalments[n-1].Balance != 0 {
			t.Errorf("%d instalments, want %d", got, n)
		}
	}
	daily := monthly(math.MaxInt64, 0, maxDays)
	daily.Every.Unit = calendar.Day
	s, err := NewSchedule(daily)
	check(t, err)
	if got := s.Instalments[maxDays-1].DueOn; got != daily.Start+maxDays {
		t.Errorf("the last day is %v", got)
	}
}
