package loan

import (
	"fmt"
	"strings"
	"testing"

	"openlend/calendar"
	"openlend/money"

	"pgregory.net/rapid"
)

// sixMonths is a loan of 1,000.00 at 12 % in six months of 1 % each.
func sixMonths(t fataler, m Method) Schedule {
	t.Helper()
	s, err := NewSchedule(Terms{Principal: eur(100_000), AnnualRate: money.One * 12 / 100,
		Method: m, DayCount: calendar.Thirty360E, Interest: PerPeriod, Start: day("2025-01-10"),
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Instalments: 6})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

// prepaid pays all instalments on time up to a day and, on that day, prepays.
func prepaid(s Schedule, p Product, on string, minor int64, use Rest) history {
	events := []Event{disbursed(s)}
	for _, in := range s.Instalments {
		if in.DueOn <= day(on) && in.Total() > 0 {
			events = append(events, Event{ID: EventID(10 + in.Nr), Kind: EventPaid,
				ValueOn: in.DueOn, Amount: eur(in.Total())})
		}
	}
	events = append(events, Event{ID: 50, Kind: EventPaid, ValueOn: day(on),
		Amount: eur(minor), Rest: use})
	return history{p, s, events, day(on)}
}

func plan(a *Account) string {
	var rows []string
	for i := range a.Lines {
		l := &a.Lines[i]
		rows = append(rows, fmt.Sprintf("%d+%d", l.Due[PrincipalPart], l.Due[InterestPart]))
	}
	return strings.Join(rows, " ")
}

// TestPrepay spells the new plans out: principal+interest of each instalment,
// what was prepaid being part of the instalment that was running.
func TestPrepay(t *testing.T) {
	p := Product{Waterfall: PenaltyFirst}
	withFee := p
	withFee.EarlyFee = EarlyFee{Rate: money.One / 100, Max: 300}
	for _, c := range []struct {
		name    string
		method  Method
		product Product
		on      string
		minor   int64
		use     Rest
		want    string
	}{
		{"equal instalments, as planned", EqualInstalments, p, "2025-02-10", 0, "",
			"16255+1000 16418+837 16582+673 16748+507 16915+340 17082+171"},
		// 17,255 a month stay: 837.45 - 335.00 of interest a month later, and so on.
		{"shorter term, on a due date", EqualInstalments, p, "2025-02-10", 33_500, RestShorter,
			"49755+1000 16753+502 16920+335 16572+166"},
		{"smaller instalment, on a due date", EqualInstalments, p, "2025-02-10", 33_500, RestSmaller,
			"49755+1000 9850+502 9948+404 10048+304 10148+204 10251+103"},
		// 14 of 28 days of 837.45 are 419; of the 49,828 left the other half are 249.
		{"shorter term, between two", EqualInstalments, p, "2025-02-24", 33_917 + 419, RestShorter,
			"16255+1000 50923+668 16927+328 15895+159"},
		{"equal principal, shorter", EqualPrincipal, p, "2025-02-10", 33_333, RestShorter,
			"50000+1000 16667+500 16667+333 16666+167"},
		{"equal principal, smaller", EqualPrincipal, p, "2025-02-10", 33_333, RestSmaller,
			"50000+1000 10000+500 10000+400 10000+300 10000+200 10000+100"},
		{"interest-only knows one way", InterestOnly, p, "2025-02-10", 40_000, RestShorter,
			"40000+1000 0+600 0+600 0+600 0+600 60000+600"},
		{"and the other is the same", InterestOnly, p, "2025-02-10", 40_000, RestSmaller,
			"40000+1000 0+600 0+600 0+600 0+600 60000+600"},
		// 91 of 181 days of 6,000 are 3,017; 90 of 181 days of 3,000 are 1,492.
		{"bullet: interest to the day, then the rest", Bullet, p, "2025-04-11", 53_017, RestSmaller,
			"100000+4509"},
		{"flat, shorter", Flat, p, "2025-02-10", 33_333, RestShorter,
			"50000+1000 16667+1000 16667+1000 16666+1000"},
		{"flat, smaller", Flat, p, "2025-02-10", 33_333, RestSmaller,
			"50000+1000 10001+600 10000+600 10000+600 10000+600 9999+600"},
		{"all of it", EqualInstalments, p, "2025-02-10", 83_745, RestShorter, "100000+1000"},
		{"all but a cent", InterestOnly, p, "2025-02-10", 99_999, RestSmaller,
			"99999+1000 0+0 0+0 0+0 0+0 1+0"},
		{"with a fee of 1 %", InterestOnly, withFee, "2025-02-10", 20_200, RestSmaller,
			"20000+1000 0+800 0+800 0+800 0+800 80000+800"},
		{"of 3.00 at most", InterestOnly, withFee, "2025-02-10", 40_300, RestSmaller,
			"40000+1000 0+600 0+600 0+600 0+600 60000+600"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sixMonths(t, c.method)
			h := prepaid(s, c.product, c.on, c.minor, c.use)
			if c.minor == 0 {
				h.events = h.events[:len(h.events)-1]
			}
			a := h.replay(t)
			checkMoney(t, &a)
			checkPlan(t, &h, &a)
			if got := plan(&a); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			for _, pay := range a.Payments {
				if pay.Rest != 0 {
					t.Errorf("%d was left over", pay.Rest)
				}
			}
		})
	}
}

// TestSmallerInstalmentIsANewLoan: prepaying on a due date for a smaller
// instalment leaves the plan that a new loan of the balance would have, with
// what is left of the times of grace.
func TestSmallerInstalmentIsANewLoan(t *testing.T) {
	thorough(t, func(t *rapid.T) {
		terms := drawTerms(t)
		terms.Start, terms.FirstDue = day("2024-01-15"), 0
		if terms.Method == Flat || terms.Method == Bullet {
			terms.Method = EqualInstalments // those do not start anew: see layFlatAnew
		}
		s, err := NewSchedule(terms)
		if err != nil || len(s.Instalments) < 2 {
			t.Skip("too short")
		}
		at := rapid.IntRange(0, len(s.Instalments)-2).Draw(t, "at")
		left := s.Instalments[at].Balance
		if left < 2 {
			t.Skip("nothing to prepay")
		}
		minor := rapid.Int64Range(1, left-1).Draw(t, "prepaid")
		on := s.Instalments[at].DueOn
		deferred, err := s.AccruedInterest(on)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range s.Instalments[:at+1] {
			deferred -= in.Interest
		}
		h := prepaid(s, Product{Waterfall: PenaltyFirst}, on.String(), deferred+minor, RestSmaller)
		a := h.replay(t)

		terms.Start = on
		terms.Instalments -= at + 1
		terms.GracePrincipal = max(0, terms.GracePrincipal-at-1)
		terms.GraceInterest = max(0, terms.GraceInterest-at-1)
		terms.InterestFreePeriods = max(0, terms.InterestFreePeriods-at-1)
		terms.Principal = eur(left - minor)
		anew, err := NewSchedule(terms)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, in := range anew.Instalments {
			want = append(want, fmt.Sprintf("%d+%d", in.Principal, in.Interest))
		}
		for len(want) > 1 && want[len(want)-1] == "0+0" {
			want = want[:len(want)-1]
		}
		got := strings.Join(strings.Split(plan(&a), " ")[at+1:], " ")
		if got != strings.Join(want, " ") {
			t.Fatalf("\n got %s\nwant %v", got, want)
		}
	})
}

// TestShorterTermKeepsTheInstalment: what is paid on each due date that is left
// stays the same, but for the last, which is smaller.
func TestShorterTermKeepsTheInstalment(t *testing.T) {
	s := threeYears(t)
	instalment := s.Instalments[0].Total()
	for _, on := range []string{"2024-01-12", "2024-01-13", "2024-08-30", "2025-12-12", "2026-11-11"} {
		for _, minor := range []int64{instalment, 100_000, 12_345} {
			h := prepaid(s, Product{Waterfall: PenaltyFirst}, on, minor, RestShorter)
			a := h.replay(t)
			last := len(a.Lines) - 1
			for i := range a.Lines {
				l := &a.Lines[i]
				left := l.Open().Sum()
				if l.DueOn > day(on) && (i < last && left != instalment || left > instalment+36) {
					t.Errorf("%d prepaid on %s: instalment %d of %d is %d, not %d", minor, on, l.Nr,
						last+1, left, instalment)
				}
			}
			if minor > 2*instalment && on < "2026" && last+1 >= len(s.Instalments)-1 {
				t.Errorf("%d prepaid on %s: still %d instalments", minor, on, last+1)
			}
		}
	}
}

// TestEarlyFee: fee and principal are all of the money, and the fee is what the
// rate makes of the principal, within a cent.
func TestEarlyFee(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := fold{product: &Product{EarlyFee: EarlyFee{
			Rate: money.Rate(rapid.Int64Range(0, 1_000_000_000).Draw(t, "rate")),
			Max:  rapid.Int64Range(0, 1000).Draw(t, "max"),
		}}}
		f.account.Outstanding = rapid.Int64Range(1, 1<<40).Draw(t, "outstanding")
		cash := rapid.Int64Range(1, 1<<41).Draw(t, "cash")
		whole, err := f.product.EarlyFee.on(f.account.Outstanding)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "nearly all") {
			cash = max(1, f.account.Outstanding+whole-rapid.Int64Range(0, 2).Draw(t, "short"))
		}
		principal, fee, err := f.divide(cash)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := f.product.EarlyFee.on(principal)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case (principal == f.account.Outstanding) != (cash >= f.account.Outstanding+whole):
			t.Fatalf("%d of %d repaid with %d", principal, f.account.Outstanding, cash)
		case principal > f.account.Outstanding || principal < 0 || fee < 0:
			t.Fatalf("principal %d, fee %d of %d", principal, fee, cash)
		case principal < f.account.Outstanding && principal+fee != cash:
			t.Fatalf("principal %d, fee %d of %d: something is left", principal, fee, cash)
		case abs(fee-exact) > 1:
			t.Fatalf("fee %d on %d, the rate says %d", fee, principal, exact)
		}
	})
}

// TestPrepayTwice: after an agreed smaller instalment, a shorter term keeps that.
func TestPrepayTwice(t *testing.T) {
	s := sixMonths(t, EqualInstalments)
	h := prepaid(s, Product{Waterfall: PenaltyFirst}, "2025-02-10", 33_500, RestSmaller)
	h.asOf = day("2025-03-10")
	h.events = append(h.events,
		Event{ID: 60, Kind: EventPaid, ValueOn: h.asOf, Amount: eur(9_850 + 502)},
		Event{ID: 61, Kind: EventPaid, ValueOn: h.asOf, Amount: eur(20_000), Rest: RestShorter})
	a := h.replay(t)
	// 10,352 a month, of which 204 and 102 are interest, and what is left.
	if got, want := plan(&a), "49755+1000 29850+502 10148+204 10247+102"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	checkPlan(t, &h, &a)
	if len(a.Versions) != 3 || a.Versions[1].Cause != 50 || a.Versions[2].Cause != 61 {
		t.Errorf("%+v", a.Versions)
	}
}

// TestAccrualAfterPrepayment: from the day of a prepayment on, the running
// period bears interest on the balance that is left, by the day.
func TestAccrualAfterPrepayment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := sixMonths(t, EqualInstalments).Terms
		terms.Principal = eur(rapid.Int64Range(100_000, 50_000_000).Draw(t, "principal"))
		terms.DayCount, terms.Interest = calendar.Actual365F, Daily
		s, err := NewSchedule(terms)
		if err != nil {
			t.Fatal(err)
		}
		in := s.Instalments[rapid.IntRange(0, 5).Draw(t, "instalment")]
		before := in.DueOn - 28 + calendar.Date(rapid.IntRange(0, 20).Draw(t, "before"))
		tenth := terms.Principal.Minor() / 10
		minor := rapid.Int64Range(tenth/2, tenth).Draw(t, "minor")
		h := prepaid(s, Product{Waterfall: PenaltyFirst}, before.String(), minor, RestShorter)
		h.asOf = before + calendar.Date(rapid.IntRange(0, 7).Draw(t, "days"))
		a := h.replay(t)
		q, err := a.Payoff(h.product)
		if err != nil {
			t.Fatal(err)
		}
		want, err := money.MulDiv(a.Outstanding, int64(h.asOf-before)*12, 36_500, money.HalfEven)
		if err != nil || a.Outstanding > 0 && q.Interest != want {
			t.Fatalf("%d accrued on %d from %v to %v, want %d", q.Interest, a.Outstanding,
				before, h.asOf, want)
		}
	})
}
