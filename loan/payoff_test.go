package loan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPayingTheQuoteRepays: whatever happened before, paying what the quote
// says on its day leaves nothing owed and nothing over.
func TestPayingTheQuoteRepays(t *testing.T) {
	thorough(t, func(t *rapid.T) {
		h := drawHistory(t)
		h.events = slices.DeleteFunc(h.events, func(e Event) bool {
			return e.ValueOn == h.asOf && (e.Kind == EventChargedOff ||
				e.Kind == EventRecovered || e.Kind == EventRestructured)
		}) // they would count after the payment, though the quote knows them
		before := h.replay(t)
		q, err := before.Payoff(h.product)
		if err != nil {
			t.Fatal(err)
		}
		sum := q.Principal + q.Interest + q.OverdueInterest + q.Penalty + q.Costs + q.EarlyFee
		if q.ValidOn != h.asOf || q.Interest < 0 || q.Total != max(0, sum-q.Held) {
			t.Fatalf("%+v", q)
		}
		if before.State == StateRepaid && sum > 0 || before.Outstanding > 0 && sum == 0 {
			t.Fatalf("%s, outstanding %d, to pay %d", before.State, before.Outstanding, sum)
		}
		if q.Total == 0 {
			return
		}
		pay := Event{ID: 100, Kind: EventPaid, ValueOn: h.asOf, Amount: eur(q.Total),
			Rest: rapid.SampledFrom([]Rest{RestShorter, RestSmaller}).Draw(t, "use")}
		h.events = append(h.events, pay)
		after := h.replay(t)
		checkMoney(t, &after)
		for i := range after.Lines {
			if !after.Lines[i].Settled() {
				t.Fatalf("%+v is open after paying %+v", after.Lines[i], q)
			}
		}
		i := slices.IndexFunc(after.Payments, func(p Payment) bool { return p.ID == pay.ID })
		if after.Payments[i].Rest != 0 {
			t.Fatalf("%d over after paying %+v", after.Payments[i].Rest, q)
		}
		if before.ChargedOffOn.IsZero() && after.State != StateRepaid {
			t.Fatalf("%s after paying %+v", after.State, q)
		}
	})
}

// TestPayoffOfALateLoan spells one quote out.
func TestPayoffOfALateLoan(t *testing.T) {
	s := threeYears(t) // 36 instalments of 332.14, the first on 2024-01-12
	events := []Event{
		disbursed(s),
		{ID: 2, Kind: EventFeeCharged, ValueOn: day("2024-01-20"), Amount: eur(700)},
	}
	h := history{testProduct, s, events, day("2024-02-01")}
	a := h.replay(t)
	got, err := a.Payoff(h.product)
	if err != nil {
		t.Fatal(err)
	}
	first, second := s.Instalments[0], s.Instalments[1]
	want := Quote{
		ValidOn:         h.asOf,
		Principal:       1_000_000,
		Interest:        (second.Interest*20 + 15) / 31, // 20 of 31 days, rounded
		OverdueInterest: first.Interest,
		Penalty:         1500 + (first.Principal*20*18+18250)/36500, // fee, and 20 days at 18 %
		Costs:           700,
		EarlyFee:        (1_000_000 - first.Principal) / 100,
	}
	want.Total = want.Principal + want.Interest + want.OverdueInterest + want.Penalty +
		want.Costs + want.EarlyFee
	if got != want {
		t.Fatalf("\n got %+v\nwant %+v", got, want)
	}
}
