package loan

import (
	"reflect"
	"slices"
	"testing"

	"openlend/calendar"

	"pgregory.net/rapid"
)

// TestConservation holds random histories against the invariants of Account.
func TestConservation(t *testing.T) {
	thorough(t, func(t *rapid.T) {
		h := drawHistory(t)
		a := h.replay(t)
		checkMoney(t, &a)
		checkPlan(t, &h, &a)
		checkStanding(t, &h, &a)
	})
}

// checkMoney: every payment = its allocations + rest + refunds; every line and
// component was paid what was allocated to it and no more than was due.
func checkMoney(t fataler, a *Account) {
	t.Helper()
	allocated := map[EventID]int64{}
	paid := map[int]Parts{}
	var principal int64
	var recovered Parts
	for _, al := range a.Allocations {
		if al.Minor <= 0 {
			t.Fatalf("allocation of %d", al.Minor)
		}
		allocated[al.Payment] += al.Minor
		parts := paid[al.Instalment]
		parts[al.Part] += al.Minor
		paid[al.Instalment] = parts
		if al.Recovery {
			recovered[al.Part] += al.Minor
		} else if al.Part == PrincipalPart {
			principal += al.Minor
		}
	}
	left := a.Principal - principal - a.WrittenOff[PrincipalPart]
	if recovered != a.Recovered || a.Outstanding != left {
		t.Fatalf("recovered %v, outstanding %d; the allocations say %v, %d", a.Recovered,
			a.Outstanding, recovered, left)
	}
	checkPayments(t, a, allocated)
	checkPaid(t, a, paid)
}

func checkPayments(t fataler, a *Account, allocated map[EventID]int64) {
	t.Helper()
	var receivable int64
	for _, p := range a.Payments {
		switch {
		case p.Returned && (allocated[p.ID] != 0 || p.Rest != 0):
			t.Fatalf("returned payment %+v still pays", p)
		case p.Returned:
			receivable += p.Refunded
		case allocated[p.ID]+p.Rest+p.Refunded != p.Amount || p.Rest < 0:
			t.Fatalf("payment %+v with %d allocated", p, allocated[p.ID])
		}
		if (p.Rest > 0) != (p.Use != "") {
			t.Fatalf("payment %+v: rest and its use disagree", p)
		}
	}
	if receivable != a.Receivable {
		t.Fatalf("receivable %d, not %d", a.Receivable, receivable)
	}
}

func checkPaid(t fataler, a *Account, paid map[int]Parts) {
	t.Helper()
	for i := range a.Lines {
		l := &a.Lines[i]
		if l.Paid != paid[l.Nr] {
			t.Fatalf("line %+v was paid %v", l, paid[l.Nr])
		}
		delete(paid, l.Nr)
		for c, open := range l.Open() {
			if l.Paid[c] < 0 || l.Waived[c] < 0 || open < 0 {
				t.Fatalf("line %+v", l)
			}
		}
		if l.Settled() != (l.Due.Sum() == l.Paid.Sum()+l.Waived.Sum()) {
			t.Fatalf("line %+v: settled is %v", l, l.Settled())
		}
	}
	if len(paid) > 0 {
		t.Fatalf("allocations to lines that are not in the plan: %v", paid)
	}
}

// checkPlan: every plan repays the principal, and the lines are the last one.
func checkPlan(t fataler, h *history, a *Account) {
	t.Helper()
	if !reflect.DeepEqual(a.Versions[0].Instalments, h.schedule.Instalments) {
		t.Fatalf("the first plan was changed")
	}
	for n, v := range a.Versions {
		balance := a.Principal
		for i, in := range v.Instalments {
			balance -= in.Principal
			if int(in.Nr) != i+1 || in.Principal < 0 || in.Interest < 0 || in.Balance != balance {
				t.Fatalf("version %d: %+v, balance %d", n, in, balance)
			}
			if i > 0 && (in.DueOn < v.Instalments[i-1].DueOn ||
				in.DueOn == v.Instalments[i-1].DueOn && !h.cutOn(in.DueOn)) {
				t.Fatalf("version %d: due dates do not rise", n)
			}
			if !h.cutOn(0) && in.DueOn > h.schedule.Instalments[i].DueOn {
				t.Fatalf("version %d: a due date moved back", n)
			}
		}
		if balance != 0 {
			t.Fatalf("version %d leaves %d", n, balance)
		}
	}
	last := a.Versions[len(a.Versions)-1].Instalments
	if len(last) != len(a.Lines) {
		t.Fatalf("%d lines, %d instalments", len(a.Lines), len(last))
	}
	var interest int64
	for i, in := range last {
		l := &a.Lines[i]
		if l.Due[PrincipalPart] != in.Principal || l.Due[InterestPart] != in.Interest ||
			l.DueOn != in.DueOn || l.Balance != in.Balance {
			t.Fatalf("line %+v, instalment %+v", l, in)
		}
		interest += in.Interest
	}
	over := a.AsOf >= last[len(last)-1].DueOn
	if a.Accrued < 0 || a.Earned > interest || over && (a.Earned != interest || a.Accrued != 0) {
		t.Fatalf("earned %d, accrued %d of %d", a.Earned, a.Accrued, interest)
	}
}

// checkStanding: state, days past due and money on hold agree with what is open.
func checkStanding(t fataler, h *history, a *Account) {
	t.Helper()
	open, late := Parts{}, 0
	for i := range a.Lines {
		l := &a.Lines[i]
		for c, minor := range l.Open() {
			open[c] += minor
		}
		if l.inArrears() && l.DueOn < a.AsOf && late == 0 {
			late = a.AsOf.Sub(l.DueOn)
		}
	}
	if a.DaysPastDue > late || late > 0 && a.DaysPastDue < late && !hasPause(h.events) {
		t.Fatalf("%d days past due, the oldest instalment says %d", a.DaysPastDue, late)
	}
	chargedOff := !a.ChargedOffOn.IsZero()
	if (a.State == StateRepaid) != (open == Parts{} && !chargedOff) {
		t.Fatalf("state %s with %v open", a.State, open)
	}
	if (a.State == StateChargedOff) != chargedOff || a.WrittenOff.Sum() > 0 && !chargedOff {
		t.Fatalf("state %s, charged off on %v", a.State, a.ChargedOffOn)
	}
	if a.State == StateActive && a.DaysPastDue > 0 {
		t.Fatalf("active and %d days past due", a.DaysPastDue)
	}
	for _, p := range a.Payments {
		if p.Use == RestHold && p.Rest > 0 && a.Arrears().Sum() > 0 {
			t.Fatalf("%d on hold while %v is due", p.Rest, a.Arrears())
		}
	}
}

func hasPause(events []Event) bool {
	return slices.ContainsFunc(events, func(e Event) bool { return e.Kind == EventPaused })
}

// TestAnyArrivalOrder records the events of a history in any order, some of
// them twice, replaying after each and booking what Mirror says. Whatever the
// order, the account and the append-only books end the same, and no payment's
// suspense falls below zero on the way.
func TestAnyArrivalOrder(t *testing.T) {
	thorough(t, func(t *rapid.T) {
		h := drawHistory(t)
		want := h.replay(t)

		arrived := history{h.product, h.schedule, h.events[:1:1], h.asOf}
		rest := rapid.Permutation(h.events[1:]).Draw(t, "arrival")
		books := newBooks()
		for _, e := range rest {
			arrived.events = append(arrived.events, e)
			if rapid.IntRange(0, 4).Draw(t, "twice") == 0 {
				arrived.events = append(arrived.events, e)
			}
			books.record(t, arrived.replay(t))
		}
		got := arrived.replay(t)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("arrival changed the end:\n got %+v\nwant %+v", got, want)
		}
		books.compare(t, want.Allocations)
	})
}

// books are append-only books of allocations.
type books struct {
	account  Account
	balances map[Allocation]int64
}

func newBooks() *books { return &books{balances: map[Allocation]int64{}} }

// record books the difference to the account shown last, payment by payment.
func (b *books) record(t *rapid.T, now Account) {
	suspense := map[EventID]int64{}
	for _, p := range now.Payments {
		suspense[p.ID] = p.Amount
	}
	for _, al := range b.account.Allocations {
		suspense[al.Payment] -= al.Minor
	}
	for _, e := range Mirror(&b.account, &now) {
		key := e.Allocation
		key.Minor = 0
		sign := int64(1)
		if e.Reversal {
			sign = -1
		}
		b.balances[key] += sign * e.Minor
		suspense[e.Payment] -= sign * e.Minor
		if suspense[e.Payment] < 0 || b.balances[key] < 0 {
			t.Fatalf("entry %+v takes what is not there", e)
		}
	}
	for _, p := range now.Payments {
		want := p.Rest + p.Refunded
		if p.Returned {
			want = p.Amount
		}
		if suspense[p.ID] != want {
			t.Fatalf("suspense %d of payment %+v", suspense[p.ID], p)
		}
	}
	b.account = now
}

func (b *books) compare(t *rapid.T, want []Allocation) {
	for _, al := range want {
		key := al
		key.Minor = 0
		b.balances[key] -= al.Minor
	}
	for key, left := range b.balances {
		if left != 0 {
			t.Fatalf("the books are off by %d on %+v", left, key)
		}
	}
}

// TestEventsThatChangeNothing adds events with no effect anywhere: they split
// every stretch of days in two, and no cent may move.
func TestEventsThatChangeNothing(t *testing.T) {
	thorough(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.events = slices.DeleteFunc(h.events, func(e Event) bool {
			return e.Kind == EventFeeCharged || e.Kind == EventRecovered
		}) // without costs, waiving a cost is nothing
		want := h.replay(t)
		for i := range rapid.IntRange(1, 20).Draw(t, "nothings") {
			on := h.schedule.Terms.Start.Days(rapid.IntRange(0, h.asOf.Sub(h.schedule.Terms.Start)).
				Draw(t, "on"))
			id := EventID(1000 + 2*i)
			h.events = append(h.events,
				Event{ID: id, Kind: EventReturned, ValueOn: on, Of: 5000},
				Event{ID: id + 1, Kind: EventWaived, ValueOn: on, Amount: eur(1)})
		}
		if h.product.EarlyFee.Rate > 0 { // its cost may be waived
			return
		}
		if got := h.replay(t); !reflect.DeepEqual(got, want) {
			t.Fatalf("\n got %+v\nwant %+v", got, want)
		}
	})
}

// TestBounceTakesRepaidBack: the last payment of a repaid loan bounces.
func TestBounceTakesRepaidBack(t *testing.T) {
	s := threeYears(t)
	events := onTime(s, 0)
	last := s.Instalments[35]
	h := history{testProduct, s, events, last.DueOn}
	a := h.replay(t)
	if a.State != StateRepaid || a.Outstanding != 0 || a.Earned != s.TotalInterest() {
		t.Fatalf("%s, outstanding %d, earned %d", a.State, a.Outstanding, a.Earned)
	}
	h.events = append(h.events, Event{ID: 90, Kind: EventReturned, ValueOn: last.DueOn, Of: 46})
	b := h.replay(t)
	if b.State != StateActive || b.Outstanding != last.Principal || b.DaysPastDue != 0 {
		t.Fatalf("%s, outstanding %d, %d days", b.State, b.Outstanding, b.DaysPastDue)
	}
	mirror := Mirror(&a, &b)
	if len(mirror) != 2 || !mirror[0].Reversal || !mirror[1].Reversal ||
		mirror[0].Part != PrincipalPart || mirror[0].Minor != last.Principal {
		t.Fatalf("%+v", mirror)
	}
	if Mirror(&a, &a) != nil {
		t.Fatal("an account differs from itself")
	}
	// Years later the bounce comes out: active, late and default in one go.
	h.asOf = last.DueOn.Days(200)
	c := h.replay(t)
	path, err := a.State.StepsTo(c.State)
	if err != nil || !slices.Equal(path, []State{StateActive, StateDefault}) {
		t.Fatalf("%s -> %s by %v, %v", a.State, c.State, path, err)
	}
}

// TestBackDatedPayment: a payment that arrives late but counts early undoes the
// late fee and the penalty, and the money they took goes where it belonged.
func TestBackDatedPayment(t *testing.T) {
	s := threeYears(t)
	first, second := s.Instalments[0], s.Instalments[1]
	paid := func(id EventID, on calendar.Date, minor int64) Event {
		return Event{ID: id, Kind: EventPaid, ValueOn: on, Amount: eur(minor)}
	}
	events := []Event{
		disbursed(s),
		paid(2, second.DueOn, second.Total()),
	}
	h := history{testProduct, s, events, second.DueOn}
	before := h.replay(t)
	if before.DaysPastDue != 31 || before.Lines[0].Due[LateFeePart] != 1500 {
		t.Fatalf("%+v", before.Lines[0])
	}
	h.events = append(h.events, paid(3, first.DueOn, first.Total()))
	after := h.replay(t)
	if after.DaysPastDue != 0 || after.Lines[0].Due.Sum() != first.Total() ||
		!after.Lines[1].Settled() {
		t.Fatalf("%+v", after.Lines[:2])
	}
	var reversed, booked int64
	for _, e := range Mirror(&before, &after) {
		if e.Reversal {
			reversed += e.Minor
		} else {
			booked += e.Minor
		}
	}
	if reversed != second.Total() || booked != first.Total()+second.Total() {
		t.Fatalf("reversed %d, booked %d", reversed, booked)
	}
}

// TestOrderWithinADay: whatever the ids, what is charged and waived counts
// before what is paid, and what is paid before the loan is given up.
func TestOrderWithinADay(t *testing.T) {
	s := threeYears(t)
	first := s.Instalments[0]
	h := history{Product{Waterfall: PenaltyFirst}, s, []Event{
		{ID: 9, Kind: EventDisbursed, ValueOn: s.Terms.Start, Amount: s.Terms.Principal},
		{ID: 2, Kind: EventChargedOff, ValueOn: first.DueOn},
		{ID: 3, Kind: EventPaid, ValueOn: first.DueOn, Amount: eur(1000)},
		{ID: 4, Kind: EventWaived, ValueOn: first.DueOn, Amount: eur(300), Part: CostPart},
		{ID: 5, Kind: EventFeeCharged, ValueOn: first.DueOn, Amount: eur(900)},
		{ID: 1, Kind: EventRecovered, ValueOn: first.DueOn, Amount: eur(50)},
	}, first.DueOn}
	a := h.replay(t)
	if got := spelled(a.Allocations); got != "1 cost 600, 1 interest 400, 1 interest 50" ||
		a.Allocations[1].Recovery || !a.Allocations[2].Recovery {
		t.Errorf("%s: %+v", got, a.Allocations)
	}
}
