package loan

import (
	"slices"
	"testing"

	"openlend/calendar"
	"openlend/money"

	"pgregory.net/rapid"
)

// inThree are new terms at 6 % in three months of equal principal.
func inThree(a Arrears) NewTerms {
	return NewTerms{AnnualRate: money.One * 6 / 100, Method: EqualPrincipal, Instalments: 3,
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Arrears: a}
}

// unpaidFor is 1,000.00 at 12 % in six months of equal principal, of which the
// first was paid; then nothing, until it is restructured on 25 April.
func unpaidFor(t fataler, p Product, a Arrears, asOf string, more ...Event) history {
	t.Helper()
	s := sixMonths(t, EqualPrincipal)
	first := s.Instalments[0]
	events := append([]Event{
		disbursed(s),
		{ID: 2, Kind: EventPaid, ValueOn: first.DueOn, Amount: eur(first.Total())},
		{ID: 8, Kind: EventRestructured, ValueOn: day("2025-04-25"), Terms: inThree(a)},
	}, more...)
	return history{p, s, events, day(asOf)}
}

// Of the old plan 16,667 of principal was paid; 83,333 are outstanding. Interest
// due on 10 March was 833, on 10 April 667, and of the running month half has
// accrued: 500 x 15/30 = 250 (the plan's 50,000 of balance bears 500).
func TestRestructure(t *testing.T) {
	p := Product{Waterfall: PenaltyFirst}
	for _, c := range []struct {
		arrears Arrears
		want    string
		state   State
		days    int
	}{
		// 83,333 in three; 0.5 % a month on 83,333, 55,555 and 27,777
		{ArrearsKept, "16667+1000 0+833 0+667 0+250 27778+417 27778+278 27777+139", StateLate, 46},
		// 833 + 667 + 250 = 1,750 = 584 + 583 + 583 more
		{ArrearsSpread, "16667+1000 0+0 0+0 0+0 27778+1001 27778+861 27777+722", StateActive, 0},
	} {
		h := unpaidFor(t, p, c.arrears, "2025-04-25")
		a := h.replay(t)
		if got := plan(&a); got != c.want || a.State != c.state || a.DaysPastDue != c.days {
			t.Errorf("%s: %s, %s, %d days", c.arrears, got, a.State, a.DaysPastDue)
		}
		if a.RestructuredOn != day("2025-04-25") {
			t.Errorf("%s: since %s", c.arrears, a.RestructuredOn)
		}
		if a.Outstanding != 83_333 || len(a.Versions) != 2 || a.Versions[1].Cause != 8 {
			t.Errorf("%s: outstanding %d, %d plans", c.arrears, a.Outstanding, len(a.Versions))
		}
		if a.Lines[4].DueOn != day("2025-05-25") || a.Lines[4].Nr != 5 {
			t.Errorf("%s: %+v", c.arrears, a.Lines[4])
		}
		// All that was earned stays earned and goes on at the new rate.
		h.asOf = day("2025-05-25")
		later := h.replay(t)
		if a.Earned != 1000+833+667+250 || later.Earned-a.Earned != 417 {
			t.Errorf("%s: earned %d, then %d", c.arrears, a.Earned, later.Earned)
		}
		quote, err := a.Payoff(p)
		if err != nil || quote.Total != 83_333+1750 {
			t.Errorf("%s: to pay %+v, %v", c.arrears, quote, err)
		}
	}
}

// Interest that is kept goes on being late and bears what the product says;
// principal does not, and a declared default is cured.
func TestRestructuredLateness(t *testing.T) {
	p := Product{Waterfall: PenaltyFirst, LateFee: 500,
		Penalty: Penalty{Rate: money.One * 365 / 1000}}
	declared := Event{ID: 7, Kind: EventDefaulted, ValueOn: day("2025-04-24")}
	h := unpaidFor(t, p, ArrearsSpread, "2025-04-24", declared)
	before := h.replay(t)
	h.asOf = day("2025-05-25")
	after := h.replay(t)
	if before.State != StateDefault || after.State != StateActive {
		t.Errorf("%s, then %s", before.State, after.State)
	}
	// 10 March: 46 days on 16,667 (0.1 % a day), 10 April: 15 days.
	if after.Lines[1].Due[PenaltyPart] != 767 || after.Lines[2].Due[PenaltyPart] != 250 ||
		after.Lines[1].Due[LateFeePart] != 500 || after.Arrears()[PenaltyPart] != 1017 {
		t.Errorf("%+v", after.Lines[:4])
	}
	h.asOf = day("2025-05-30")
	if a := h.replay(t); a.State != StateLate || a.DaysPastDue != 5 ||
		a.Lines[4].Due[LateFeePart] != 500 || a.Lines[4].Due[PenaltyPart] != 139 {
		t.Errorf("%s, %d days: %+v", a.State, a.DaysPastDue, a.Lines[4])
	}
}

// An old payment bounces after the restructuring: the same terms hold for what
// turns out to have been outstanding, and the money of later payments follows.
func TestBounceBeforeRestructuring(t *testing.T) {
	p := Product{Waterfall: PenaltyFirst}
	paid := Event{ID: 9, Kind: EventPaid, ValueOn: day("2025-05-25"), Amount: eur(27_778 + 1001)}
	h := unpaidFor(t, p, ArrearsSpread, "2025-05-25", paid)
	before := h.replay(t)
	h.events = append(h.events,
		Event{ID: 10, Kind: EventReturned, ValueOn: day("2025-05-26"), Of: 2})
	h.asOf = day("2025-05-26")
	after := h.replay(t)
	// 100,000 in three at 0.5 %, and 2,750 of arrears: 917 + 917 + 916.
	want := "0+0 0+0 0+0 0+0 33333+1417 33333+1250 33334+1083"
	if got := plan(&after); got != want || after.Outstanding != 100_000-(28_779-1417) {
		t.Errorf("%s, outstanding %d", got, after.Outstanding)
	}
	if before.State != StateActive || after.State != StateLate {
		t.Errorf("%s, then %s", before.State, after.State)
	}
	if entries := Mirror(&before, &after); len(entries) != 6 {
		t.Errorf("%+v", entries)
	}
}

// Money that prepays a restructured loan pays spread arrears first, and what it
// pays early is not asked for again.
func TestPrepayRestructured(t *testing.T) {
	p := Product{Waterfall: PenaltyFirst}
	for _, c := range []struct {
		minor int64
		want  string
	}{
		{1200, "27778+1200 27778+662 27777+722"}, // 199 of the second's 583 early
		// 417 of its own and 1,750 on the due date; then 50,000 of principal
		{27_778 + 417 + 1750 + 50_000, "77778+2167 2778+28 2777+14"},
	} {
		h := unpaidFor(t, p, ArrearsSpread, "2025-05-25", Event{ID: 9, Kind: EventPaid,
			ValueOn: day("2025-05-25"), Amount: eur(c.minor), Rest: RestSmaller})
		if c.minor == 1200 {
			h.asOf, h.events[3].ValueOn = day("2025-05-24"), day("2025-05-24")
		}
		a := h.replay(t)
		a.Lines = a.Lines[4:]
		if got := plan(&a); got != c.want {
			t.Errorf("%d: %s", c.minor, got)
		}
	}
}

// A loan without arrears that is restructured on a due date goes on as a new
// loan of what is outstanding: the same plan, the same accrual on every day.
func TestRestructuredIsANewLoan(t *testing.T) {
	thorough(t, func(t *rapid.T) {
		var s Schedule
		for {
			var err error
			if s, err = NewSchedule(drawTerms(t)); err == nil && len(s.Instalments) > 1 {
				break
			}
		}
		at := s.Instalments[rapid.IntRange(0, len(s.Instalments)-2).Draw(t, "at")]
		if at.Balance == 0 {
			return
		}
		terms := drawNewTerms(t)
		fresh, err := NewSchedule(terms.on(&s.Terms, at.DueOn, eur(at.Balance)))
		if err != nil {
			t.Skip("no such plan")
		}
		events := slices.DeleteFunc(onTime(s, 0), func(e Event) bool {
			return e.ValueOn > at.DueOn || e.Amount.IsZero()
		})
		events = append(events, Event{ID: 900, Kind: EventRestructured, ValueOn: at.DueOn,
			Terms: terms})
		h := history{Product{Waterfall: PenaltyFirst}, s, events, at.DueOn}
		start := h.replay(t)
		carried := start.Arrears()[InterestPart] + start.Accrued
		if carried > 0 { // a grace time had deferred some
			return
		}
		for i, in := range fresh.Instalments {
			l := start.Lines[int(at.Nr)+i]
			if l.DueOn != in.DueOn || l.Due[PrincipalPart] != in.Principal ||
				l.Due[InterestPart] != in.Interest || l.Balance != in.Balance {
				t.Fatalf("%+v, not %+v", l, in)
			}
		}
		last := fresh.Instalments[len(fresh.Instalments)-1].DueOn
		h.asOf = at.DueOn.Days(rapid.IntRange(0, last.Sub(at.DueOn)).Draw(t, "days"))
		want, err := fresh.AccruedInterest(h.asOf)
		if a := h.replay(t); err != nil || a.Earned-start.Earned != want {
			t.Fatalf("earned %d, not %d (%v)", a.Earned-start.Earned, want, err)
		}
	})
}
