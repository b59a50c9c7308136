package loan

import (
	"slices"
	"testing"

	"openlend/calendar"
	"openlend/money"

	"pgregory.net/rapid"
)

// TestLatenessDayByDay holds late fees and penalty against a plain model that
// walks through every day with every instalment, from the allocations alone.
func TestLatenessDayByDay(t *testing.T) {
	thorough(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.events = slices.DeleteFunc(h.events, func(e Event) bool {
			return e.Kind == EventWaived || e.Kind == EventRestructured
		}) // both change what was due without an allocation
		a := h.replay(t)
		fees, penalties := latenessByDay(&h, &a)
		for i := range a.Lines {
			l := &a.Lines[i]
			if l.Due[LateFeePart] != fees[i] || l.Due[PenaltyPart] != penalties[i] {
				t.Fatalf("instalment %d: fee %d, penalty %d; by day %d and %d", l.Nr,
					l.Due[LateFeePart], l.Due[PenaltyPart], fees[i], penalties[i])
			}
		}
	})
}

func latenessByDay(h *history, a *Account) (fees, penalties []int64) {
	p := h.product
	room, limited, _ := p.LateCap.of(a.Principal)
	charge := func(to *int64, minor int64) {
		if limited {
			minor = min(minor, room)
			room -= minor
		}
		*to += minor
	}
	fees, penalties = make([]int64, len(a.Lines)), make([]int64, len(a.Lines))
	sums, days := make([]int64, len(a.Lines)), make([]int, len(a.Lines))
	end := a.AsOf
	if !a.ChargedOffOn.IsZero() {
		end = a.ChargedOffOn
	}
	for on := h.schedule.Terms.Start + 1; on <= end; on++ {
		if paused(h, on) {
			continue
		}
		for i := range a.Lines {
			if a.Lines[i].DueOn >= on {
				break
			}
			principal, interest := openBefore(a, i, on)
			days[i]++
			sums[i] += principal
			if p.Penalty.OnInterest {
				sums[i] += interest
			}
			whole, _ := money.MulDiv(sums[i], int64(p.Penalty.Rate),
				1_000_000_000*p.Penalty.daysInYear(), money.HalfEven)
			charge(&penalties[i], whole-penalties[i])
		}
		for i := range a.Lines {
			principal, interest := openBefore(a, i, on)
			if a.Lines[i].DueOn < on && days[i] == p.GraceDays+1 && principal+interest > 0 {
				charge(&fees[i], p.LateFee)
			}
		}
	}
	return fees, penalties
}

func paused(h *history, on calendar.Date) bool {
	return slices.ContainsFunc(h.events, func(e Event) bool {
		return e.Kind == EventPaused && e.ValueOn <= h.asOf && e.ValueOn <= on && on < e.Until
	})
}

// openBefore returns what of a line was open when a day began.
func openBefore(a *Account, i int, on calendar.Date) (principal, interest int64) {
	l := &a.Lines[i]
	principal, interest = l.Due[PrincipalPart], l.Due[InterestPart]
	for _, al := range a.Allocations {
		if al.Instalment == l.Nr && al.On < on {
			switch al.Part {
			case PrincipalPart:
				principal -= al.Minor
			case InterestPart:
				interest -= al.Minor
			}
		}
	}
	return principal, interest
}

// TestPausedDays: the n-th unpaused day is one, and has n unpaused days behind it.
func TestPausedDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f fold
		from := calendar.Date(1000)
		for range rapid.IntRange(0, 4).Draw(t, "pauses") {
			from += calendar.Date(rapid.IntRange(0, 9).Draw(t, "gap"))
			f.addPause(pause{from, from + calendar.Date(rapid.IntRange(1, 9).Draw(t, "days"))})
		}
		after := calendar.Date(rapid.IntRange(990, 1040).Draw(t, "after"))
		n := rapid.IntRange(1, 40).Draw(t, "n")
		on := f.unpausedDay(after, n)
		if got := f.unpausedDays(after, on); got != n {
			t.Fatalf("%d unpaused days up to day %d, not %d; pauses %v", got, on, n, f.pauses)
		}
		if before := f.unpausedDays(after, on-1); before != n-1 {
			t.Fatalf("day %d is paused; pauses %v", on, f.pauses)
		}
	})
}

// lateLoan is a loan of 1,200.00 without interest in 12 instalments of 100.00
// on the first of each month of 2025, of which nothing is ever paid.
func lateLoan(t *testing.T, p Product, asOf string, more ...Event) Account {
	t.Helper()
	s, err := NewSchedule(Terms{Principal: eur(120_000), Method: EqualPrincipal,
		DayCount: calendar.Actual365F, Interest: Daily, Start: day("2024-12-01"),
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Instalments: 12})
	if err != nil {
		t.Fatal(err)
	}
	events := append([]Event{disbursed(s)}, more...)
	h := history{p, s, events, day(asOf)}
	return h.replay(t)
}

func TestLateFeeOnce(t *testing.T) {
	p := Product{Waterfall: PenaltyFirst, LateFee: 500, GraceDays: 3}
	for asOf, want := range map[string][2]int64{
		"2025-01-01": {0, 0},     // due today
		"2025-01-04": {0, 0},     // the third day of grace
		"2025-01-05": {500, 0},   //
		"2025-02-04": {500, 0},   // once per instalment, however long it lasts
		"2025-02-05": {500, 500}, //
		"2025-12-31": {500, 500}, //
	} {
		a := lateLoan(t, p, asOf)
		if got := [2]int64{a.Lines[0].Due[LateFeePart], a.Lines[1].Due[LateFeePart]}; got != want {
			t.Errorf("%s: late fees %v, want %v", asOf, got, want)
		}
	}
	for minor, want := range map[int64]int64{10_000: 0, 9_999: 500} { // within grace
		a := lateLoan(t, p, "2025-01-31", Event{ID: 2, Kind: EventPaid,
			ValueOn: day("2025-01-04"), Amount: eur(minor)})
		if got := a.Lines[0].Due[LateFeePart]; got != want {
			t.Errorf("%d paid: late fee %d, want %d", minor, got, want)
		}
	}
}

func TestPenaltyIsSimpleAndCapped(t *testing.T) {
	// 0.1 % a day
	p := Product{Waterfall: PenaltyFirst, Penalty: Penalty{Rate: money.One * 365 / 1000}}
	for _, c := range []struct {
		name  string
		asOf  string
		limit Cap
		more  []Event
		want  [3]int64
	}{
		{"due date", "2025-01-01", Cap{}, nil, [3]int64{}},
		{"first day", "2025-01-02", Cap{}, nil, [3]int64{10}},
		{"a month", "2025-02-01", Cap{}, nil, [3]int64{310}},
		{"never on itself", "2025-03-01", Cap{}, nil, [3]int64{590, 280}},
		{"in part", "2025-03-02", Cap{}, []Event{{ID: 2, Kind: EventPaid,
			ValueOn: day("2025-01-11"), Amount: eur(5_100)}}, [3]int64{100 + 250, 290, 10}},
		{"cap in minor units", "2025-03-02", Cap{Minor: 500}, nil, [3]int64{410, 90}},
		{"cap as a rate", "2025-03-02", Cap{Rate: money.One / 1000}, nil, [3]int64{120}},
		{"the lower cap", "2025-03-02", Cap{money.One / 1000, 50}, nil, [3]int64{50}},
		{"paused for ten days", "2025-02-01", Cap{}, []Event{{ID: 2, Kind: EventPaused,
			ValueOn: day("2025-01-05"), Until: day("2025-01-15")}}, [3]int64{210}},
		{"paused twice, overlapping", "2025-02-01", Cap{}, []Event{
			{ID: 2, Kind: EventPaused, ValueOn: day("2025-01-05"), Until: day("2025-01-15")},
			{ID: 3, Kind: EventPaused, ValueOn: day("2025-01-10"), Until: day("2025-01-16")}}, [3]int64{200}},
		{"charged off", "2025-03-02", Cap{}, []Event{{ID: 2, Kind: EventChargedOff,
			ValueOn: day("2025-01-11")}}, [3]int64{100}},
	} {
		p.LateCap = c.limit
		a := lateLoan(t, p, c.asOf, c.more...)
		got := [3]int64{}
		for i := range min(3, len(a.Lines)) {
			got[i] = a.Lines[i].Due[PenaltyPart]
		}
		if got != c.want {
			t.Errorf("%s: penalty %v, want %v", c.name, got, c.want)
		}
	}
}

func TestPenaltyOnInterestOnlyWhenAgreed(t *testing.T) {
	s := threeYears(t)
	first := s.Instalments[0]
	events := []Event{disbursed(s)}
	for _, on := range []bool{false, true} {
		p := testProduct
		p.Penalty.OnInterest = on
		h := history{p, s, events, first.DueOn.Days(10)}
		a := h.replay(t)
		base := first.Principal
		if on {
			base += first.Interest
		}
		want, err := money.MulDiv(base*10, 18, 36500, money.HalfEven)
		if err != nil || a.Lines[0].Due[PenaltyPart] != want {
			t.Errorf("on interest %v: penalty %d, want %d", on, a.Lines[0].Due[PenaltyPart], want)
		}
	}
}

func TestDaysPastDueAndStates(t *testing.T) {
	p := Product{Waterfall: PenaltyFirst}
	paid := func(id EventID, on string, minor int64) Event {
		return Event{ID: id, Kind: EventPaid, ValueOn: day(on), Amount: eur(minor)}
	}
	for _, c := range []struct {
		name string
		asOf string
		more []Event
		days int
		want State
	}{
		{"before anything is due", "2024-12-31", nil, 0, StateActive},
		{"due today", "2025-01-01", nil, 0, StateActive},
		{"a day late", "2025-01-02", nil, 1, StateLate},
		{"89 days", "2025-03-31", nil, 89, StateLate},
		{"90 days", "2025-04-01", nil, 90, StateDefault},
		{"the oldest was paid", "2025-04-01", []Event{paid(2, "2025-03-01", 10_000)}, 59, StateLate},
		{"but for a cent", "2025-04-01", []Event{paid(2, "2025-03-01", 9_999)}, 90, StateDefault},
		{"all due was paid", "2025-04-01", []Event{paid(2, "2025-04-01", 40_000)}, 0, StateActive},
		{"declared", "2025-01-01", []Event{{ID: 2, Kind: EventDefaulted, ValueOn: day("2024-12-05")}}, 0, StateDefault},
		{"declared and repaid", "2025-12-01", []Event{
			{ID: 2, Kind: EventDefaulted, ValueOn: day("2024-12-05")}, paid(3, "2025-12-01", 120_000)}, 0, StateRepaid},
		{"paused", "2025-04-01", []Event{{ID: 2, Kind: EventPaused, ValueOn: day("2025-01-01"),
			Until: day("2025-04-01")}}, 1, StateLate},
		{"charged off", "2025-06-01", []Event{{ID: 2, Kind: EventChargedOff, ValueOn: day("2025-05-01")}},
			151, StateChargedOff},
		{"nothing to charge off", "2025-12-31", []Event{paid(2, "2025-12-01", 120_000),
			{ID: 3, Kind: EventChargedOff, ValueOn: day("2025-12-15")}}, 0, StateRepaid},
	} {
		a := lateLoan(t, p, c.asOf, c.more...)
		if a.DaysPastDue != c.days || a.State != c.want {
			t.Errorf("%s: %d days, %s; want %d, %s", c.name, a.DaysPastDue, a.State, c.days, c.want)
		}
	}
	p.DefaultAfter = 30
	if a := lateLoan(t, p, "2025-01-31"); a.State != StateDefault {
		t.Errorf("a product that defaults after 30 days: %s", a.State)
	}
}

func TestBuckets(t *testing.T) {
	for days, want := range map[int]Bucket{-1: BucketCurrent, 0: BucketCurrent, 1: Bucket1to30,
		30: Bucket1to30, 31: Bucket31to60, 60: Bucket31to60, 61: Bucket61to90, 90: Bucket61to90,
		91: BucketOver90, 4000: BucketOver90} {
		if got := BucketOf(days); got != want {
			t.Errorf("%d days past due: %s, want %s", days, got, want)
		}
	}
}
