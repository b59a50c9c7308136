package loan

import (
	"fmt"
	"strings"
	"testing"

	"openlend/calendar"
	"openlend/money"
)

// twoOverdue is a loan that owes, on 1 March: instalment 1 (1 January) and
// instalment 2 (1 February) overdue, instalment 3 due today, each of 100.00 and
// interest 12.00, 8.00 and 4.00; late fees of 5.00 on the first two, penalty
// of 5.90 on the first and 2.80 on the second, a cost of 7.00.
func twoOverdue(t *testing.T, w Waterfall, more ...Event) Account {
	t.Helper()
	s := Schedule{Terms: Terms{Principal: eur(30_000), AnnualRate: 1, Method: EqualPrincipal,
		DayCount: calendar.Actual365F, Interest: Daily, Start: day("2024-12-01"),
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Instalments: 3},
		Instalments: []Instalment{
			{1, day("2025-01-01"), 10_000, 1200, 20_000},
			{2, day("2025-02-01"), 10_000, 800, 10_000},
			{3, day("2025-03-01"), 10_000, 400, 0},
		}}
	p := Product{Waterfall: w, LateFee: 500, Penalty: Penalty{Rate: money.One * 365 / 1000}}
	events := append([]Event{
		disbursed(s),
		{ID: 2, Kind: EventFeeCharged, ValueOn: day("2025-02-10"), Amount: eur(700)},
	}, more...)
	h := history{p, s, events, day("2025-03-01")}
	return h.replay(t)
}

func spelled(allocations []Allocation) string {
	var words []string
	for _, a := range allocations {
		words = append(words, fmt.Sprintf("%d %s %d", a.Instalment, a.Part, a.Minor))
	}
	return strings.Join(words, ", ")
}

func TestWaterfall(t *testing.T) {
	const all = 2*500 + 590 + 280 + 700 + 1200 + 800 + 400 + 30_000
	byInstalment := PenaltyFirst
	byInstalment.By = ByInstalment
	principalFirst := Waterfall{[6]Step{StepOverduePrincipal, StepDuePrincipal, StepOverdueInterest,
		StepDueInterest, StepCosts, StepPenalty}, ByComponent}
	for _, c := range []struct {
		name  string
		order Waterfall
		minor int64
		want  string
	}{
		{"a cent", PenaltyFirst, 1, "3 cost 1"},
		{"penalty first", PenaltyFirst, 14_470,
			"3 cost 700, 1 late_fee 500, 1 penalty 590, 2 late_fee 500, 2 penalty 280, " +
				"1 interest 1200, 2 interest 800, 1 principal 9900"},
		{"overdue before due", PenaltyFirst, all - 10_000,
			"3 cost 700, 1 late_fee 500, 1 penalty 590, 2 late_fee 500, 2 penalty 280, " +
				"1 interest 1200, 2 interest 800, 1 principal 10000, 2 principal 10000, 3 interest 400"},
		{"penalty last", PenaltyLast, 32_500,
			"1 interest 1200, 2 interest 800, 1 principal 10000, 2 principal 10000, 3 interest 400, " +
				"3 principal 10000, 3 cost 100"},
		{"instalment by instalment", byInstalment, 13_000,
			"1 late_fee 500, 1 penalty 590, 1 interest 1200, 1 principal 10000, " +
				"2 late_fee 500, 2 penalty 210"},
		{"principal before interest", principalFirst, 30_001,
			"1 principal 10000, 2 principal 10000, 3 principal 10000, 1 interest 1"},
		{"everything", PenaltyLast, all + 5,
			"1 interest 1200, 2 interest 800, 1 principal 10000, 2 principal 10000, 3 interest 400, " +
				"3 principal 10000, 3 cost 700, 1 late_fee 500, 1 penalty 590, 2 late_fee 500, 2 penalty 280"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := twoOverdue(t, c.order, Event{ID: 3, Kind: EventPaid, ValueOn: day("2025-03-01"),
				Amount: eur(c.minor)})
			if got := spelled(a.Allocations); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if rest := max(0, c.minor-all); a.Payments[0].Rest != rest {
				t.Errorf("rest %d, want %d", a.Payments[0].Rest, rest)
			}
			if left := a.Arrears().Sum(); left != max(0, all-c.minor) {
				t.Errorf("left %d", left)
			}
		})
	}
}

// TestMissedInstalmentRefusesNothing: every payment is taken, whatever was
// missed before it, down to a cent.
func TestMissedInstalmentRefusesNothing(t *testing.T) {
	a := twoOverdue(t, PenaltyFirst,
		Event{ID: 3, Kind: EventPaid, ValueOn: day("2025-02-20"), Amount: eur(1)},
		Event{ID: 4, Kind: EventPaid, ValueOn: day("2025-02-21"), Amount: eur(699)},
		Event{ID: 5, Kind: EventPaid, ValueOn: day("2025-03-01"), Amount: eur(500)})
	if got := spelled(a.Allocations); got != "3 cost 1, 3 cost 699, 1 late_fee 500" {
		t.Error(got)
	}
}

func TestRest(t *testing.T) {
	s := threeYears(t)
	first, second := s.Instalments[0], s.Instalments[1]
	early := func(rest Rest) Account {
		h := history{Product{Waterfall: PenaltyFirst}, s, []Event{
			disbursed(s),
			{ID: 2, Kind: EventPaid, ValueOn: first.DueOn - 3, Amount: eur(first.Total() + 100), Rest: rest},
		}, second.DueOn}
		return h.replay(t)
	}
	if a := early(RestRefund); len(a.Allocations) != 0 || a.Payments[0].Rest != first.Total()+100 ||
		a.State != StateLate {
		t.Errorf("money for a refund was used: %+v", a.Allocations)
	}
	if a, b := early(""), early(RestRefund); a.Payments[0] != b.Payments[0] {
		t.Errorf("the default is not a refund: %+v", a.Payments[0])
	}
	a := early(RestHold)
	want := fmt.Sprintf("1 interest %d, 1 principal %d, 2 interest 100", first.Interest, first.Principal)
	if got := spelled(a.Allocations); got != want {
		t.Errorf("on hold: %s, want %s", got, want)
	}
	if on := a.Allocations[0].On; on != first.DueOn || a.Allocations[2].On != second.DueOn {
		t.Errorf("money on hold paid on %v", on)
	}
	h := history{Product{Waterfall: PenaltyFirst}, s, []Event{
		disbursed(s),
		{ID: 2, Kind: EventPaid, ValueOn: first.DueOn - 3, Amount: eur(1), Rest: RestShorter},
	}, first.DueOn}
	if a := h.replay(t); spelled(a.Allocations) != "1 interest 1" || len(a.Versions) != 1 {
		t.Errorf("a cent prepays no principal: %+v", a.Allocations)
	}
}

// TestRefundIsGone: what was refunded never paid anything, even if it could
// have, and is owed back when its payment bounces.
func TestRefundIsGone(t *testing.T) {
	s := threeYears(t)
	first := s.Instalments[0]
	h := history{Product{Waterfall: PenaltyFirst}, s, []Event{
		disbursed(s),
		{ID: 2, Kind: EventPaid, ValueOn: first.DueOn, Amount: eur(first.Total() + 50)},
		{ID: 3, Kind: EventRefunded, ValueOn: first.DueOn + 9, Amount: eur(60), Of: 2},
	}, first.DueOn + 9}
	a := h.replay(t)
	if p := a.Payments[0]; p.Rest != 0 || p.Refunded != 60 || a.Lines[0].Open().Sum() != 10 {
		t.Errorf("%+v, open %v", p, a.Lines[0].Open())
	}
	h.events = append(h.events, Event{ID: 4, Kind: EventReturned, ValueOn: first.DueOn + 9, Of: 2})
	if a := h.replay(t); a.Receivable != 60 || a.Lines[0].Open().Sum() != first.Total() {
		t.Errorf("receivable %d, open %v", a.Receivable, a.Lines[0].Open())
	}
}

func TestWaived(t *testing.T) {
	waived := func(part Component, nr int, minor int64) Account {
		return twoOverdue(t, PenaltyFirst, Event{ID: 3, Kind: EventWaived, ValueOn: day("2025-02-20"),
			Amount: eur(minor), Part: part, Instalment: nr})
	}
	if a := waived(LateFeePart, 0, 600); a.Lines[0].Waived[LateFeePart] != 500 ||
		a.Lines[1].Waived[LateFeePart] != 100 {
		t.Errorf("oldest first: %+v", a.Lines)
	}
	if a := waived(LateFeePart, 2, 600); a.Lines[0].Waived[LateFeePart] != 0 ||
		a.Lines[1].Waived[LateFeePart] != 500 {
		t.Errorf("one instalment, at most what is open: %+v", a.Lines)
	}
	if a := waived(InterestPart, 0, 99_999); a.Lines[1].Waived[InterestPart] != 800 ||
		a.Lines[2].Waived[InterestPart] != 0 {
		t.Errorf("interest that is not due was waived: %+v", a.Lines)
	}
	// Penalty goes on after a waiver: 20 days of it are gone, 9 more come.
	if a := waived(PenaltyPart, 1, 99_999); a.Lines[0].Open()[PenaltyPart] != 90 {
		t.Errorf("%+v", a.Lines[0])
	}
}

func TestChargeOffAndRecovery(t *testing.T) {
	off := Event{ID: 3, Kind: EventChargedOff, ValueOn: day("2025-02-15")}
	a := twoOverdue(t, PenaltyFirst, off)
	// Of the interest of instalment 3, 14 of 28 days had accrued.
	want := Parts{700, 1000, 590 - 140 + 280 - 140, 1200 + 800 + 200, 30_000}
	if a.State != StateChargedOff || a.Outstanding != 0 || a.WrittenOff != want || a.Accrued != 0 {
		t.Fatalf("written off %v, want %v; %+v", a.WrittenOff, want, a)
	}
	if len(a.Versions) != 2 || a.Versions[1].Cause != 3 || a.Earned != 2200 {
		t.Fatalf("%+v, earned %d", a.Versions, a.Earned)
	}
	// A collector brings 100.00 and keeps 20.00: 80.00 go down the waterfall.
	recovered := Event{ID: 4, Kind: EventRecovered, ValueOn: day("2025-02-20"), Amount: eur(10_000),
		Cost: eur(2_000)}
	b := twoOverdue(t, PenaltyFirst, off, recovered)
	if got := spelled(b.Allocations); got != "3 cost 2000, 3 cost 700, 1 late_fee 500, 1 penalty 450, "+
		"2 late_fee 500, 2 penalty 140, 1 interest 1200, 2 interest 800, 3 interest 200, 1 principal 3510" {
		t.Error(got)
	}
	if got := (Parts{2700, 1000, 590, 2200, 3510}); b.Recovered != got || b.WrittenOff != want {
		t.Errorf("recovered %v, written off %v", b.Recovered, b.WrittenOff)
	}
	// More than was written off is the borrower's.
	recovered.Amount = eur(50_000)
	c := twoOverdue(t, PenaltyFirst, off, recovered)
	if c.Payments[0].Rest != 50_000-2_000-want.Sum() || c.State != StateChargedOff {
		t.Errorf("%+v", c.Payments[0])
	}
}
