package loan

import (
	"slices"

	"openlend/calendar"
	"openlend/money"

	"pgregory.net/rapid"
)

// history is a random loan and what happened to it.
type history struct {
	product  Product
	schedule Schedule
	events   []Event
	asOf     calendar.Date
}

func (h *history) replay(t fataler) Account {
	t.Helper()
	a, err := Replay(h.product, h.schedule, h.events, h.asOf)
	if err != nil {
		t.Fatalf("replay: %v", err)
	}
	return a
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func drawTerms(t *rapid.T) Terms {
	n := rapid.IntRange(1, 12).Draw(t, "instalments")
	terms := Terms{
		Principal:  eur(rapid.Int64Range(1, 2_000_000).Draw(t, "principal")),
		AnnualRate: money.Rate(rapid.Int64Range(0, 400_000).Draw(t, "rate")) * 1000,
		Method: rapid.SampledFrom([]Method{EqualInstalments, EqualPrincipal, InterestOnly,
			Bullet, Flat}).Draw(t, "method"),
		DayCount: rapid.SampledFrom([]calendar.DayCount{calendar.ActualActual, calendar.Actual365F,
			calendar.Thirty360E, calendar.ActualActualICMA}).Draw(t, "day_count"),
		Interest: rapid.SampledFrom([]InterestPer{Daily, PerPeriod}).Draw(t, "interest"),
		Start:    day("2023-12-01") + calendar.Date(rapid.IntRange(0, 100).Draw(t, "start")),
		Every: rapid.SampledFrom([]calendar.Period{{N: 1, Unit: calendar.Month},
			{N: 3, Unit: calendar.Month}, {N: 2, Unit: calendar.Week},
			{N: 10, Unit: calendar.Day}}).Draw(t, "every"),
		Instalments:         n,
		GracePrincipal:      rapid.IntRange(0, n-1).Draw(t, "grace_principal") / 2,
		GraceInterest:       rapid.IntRange(0, n-1).Draw(t, "grace_interest") / 2,
		InterestFreePeriods: rapid.IntRange(0, n).Draw(t, "interest_free") / 3,
		InstalmentMultiple:  rapid.SampledFrom([]int64{0, 1, 100}).Draw(t, "multiple"),
	}
	if terms.DayCount == calendar.ActualActualICMA && terms.Every.Unit != calendar.Month {
		terms.DayCount = calendar.Actual360
	}
	if rapid.Bool().Draw(t, "odd") {
		terms.FirstDue = terms.Start.Days(rapid.IntRange(1, 80).Draw(t, "first"))
	}
	return terms
}

func drawProduct(t *rapid.T) Product {
	order := rapid.Permutation(PenaltyFirst.Order[:]).Draw(t, "order")
	return Product{
		Waterfall: Waterfall{[6]Step(order), rapid.SampledFrom([]Direction{ByComponent,
			ByInstalment}).Draw(t, "by")},
		Rest:      drawRest(t),
		LateFee:   rapid.Int64Range(0, 2000).Draw(t, "late_fee"),
		GraceDays: rapid.IntRange(0, 15).Draw(t, "grace_days"),
		Penalty: Penalty{
			Rate:       money.Rate(rapid.Int64Range(0, 900).Draw(t, "penalty")) * 1_000_000,
			DayCount:   rapid.SampledFrom([]calendar.DayCount{"", calendar.Actual360}).Draw(t, "pdc"),
			OnInterest: rapid.Bool().Draw(t, "on_interest"),
		},
		LateCap: Cap{money.Rate(rapid.Int64Range(0, 3).Draw(t, "cap") * 20_000_000),
			rapid.Int64Range(0, 3).Draw(t, "cap_minor") * 700},
		EarlyFee: EarlyFee{money.Rate(rapid.Int64Range(0, 20).Draw(t, "early") * 1_000_000),
			rapid.Int64Range(0, 5).Draw(t, "early_max") * 500},
		DefaultAfter: rapid.IntRange(0, 120).Draw(t, "default_after"),
	}
}

func drawRest(t *rapid.T) Rest {
	uses := []Rest{"", RestRefund, RestHold, RestShorter, RestSmaller}
	return rapid.SampledFrom(uses).Draw(t, "rest")
}

func drawHistory(t *rapid.T) history {
	var s Schedule
	for {
		var err error
		if s, err = NewSchedule(drawTerms(t)); err == nil {
			break
		}
	}
	h := history{product: drawProduct(t), schedule: s}
	last := s.Instalments[len(s.Instalments)-1].DueOn
	h.asOf = last.Days(rapid.IntRange(-60, 150).Draw(t, "as_of"))
	h.asOf = max(h.asOf, s.Terms.Start)
	h.events = []Event{disbursed(s)}
	span := last.Sub(s.Terms.Start) + 90
	for id := range rapid.IntRange(0, 25).Draw(t, "events") {
		h.events = append(h.events, h.drawEvent(t, EventID(id+2), span))
	}
	return h
}

// drawEvent adds an event near a due date more often than not, of an amount
// near an instalment more often than not.
func (h *history) drawEvent(t *rapid.T, id EventID, span int) Event {
	s := &h.schedule
	e := Event{ID: id, Kind: EventPaid}
	in := rapid.SampledFrom(s.Instalments).Draw(t, "instalment")
	e.ValueOn = max(s.Terms.Start, in.DueOn.Days(rapid.IntRange(-10, 30).Draw(t, "days")))
	if rapid.IntRange(0, 3).Draw(t, "anywhere") == 0 {
		e.ValueOn = s.Terms.Start.Days(rapid.IntRange(0, span).Draw(t, "day"))
	}
	minor := max(1, in.Total()+rapid.Int64Range(-2, 2).Draw(t, "cents"))
	if rapid.Bool().Draw(t, "other") {
		minor = rapid.Int64Range(1, s.Terms.Principal.Minor()*5/4+1).Draw(t, "amount")
	}
	e.Amount = eur(minor)
	before := h.events[rapid.IntRange(0, len(h.events)-1).Draw(t, "of")]
	switch rapid.IntRange(0, 19).Draw(t, "kind") {
	case 0, 1:
		e.Kind, e.Of, e.Amount = EventReturned, before.ID, money.Amount{}
	case 2:
		if before.Kind == EventPaid {
			part := before.Amount.Minor() / 4
			e.Kind, e.Of, e.Amount = EventRefunded, before.ID, eur(max(1, part))
			if part == 0 || h.refundedAlready(before.ID) {
				e.Kind, e.Of = EventPaid, 0
			}
		}
	case 3:
		e.Kind, e.Amount = EventFeeCharged, eur(1+minor%900)
	case 4:
		e.Kind, e.Amount = EventWaived, eur(1+minor%900)
		e.Part = Component(rapid.IntRange(0, int(InterestPart)).Draw(t, "part"))
		e.Instalment = rapid.IntRange(0, len(s.Instalments)).Draw(t, "nr")
	case 5:
		e.Kind, e.Amount = EventPaused, money.Amount{}
		e.Until = e.ValueOn.Days(rapid.IntRange(1, 60).Draw(t, "pause"))
	case 6:
		if rapid.Bool().Draw(t, "give_up") {
			e.Kind, e.Amount = EventChargedOff, money.Amount{}
		}
	case 7:
		if rapid.Bool().Draw(t, "declare") {
			e.Kind, e.Amount = EventDefaulted, money.Amount{}
		}
	case 8:
		e.Kind, e.Cost = EventRecovered, eur(minor/5)
	case 9:
		e.Kind, e.Amount, e.Terms = EventRestructured, money.Amount{}, drawNewTerms(t)
		if rapid.Bool().Draw(t, "new_odd") {
			e.Terms.FirstDue = e.ValueOn.Days(rapid.IntRange(1, 80).Draw(t, "new_first"))
		}
	default:
		e.Rest = drawRest(t)
	}
	return e
}

func drawNewTerms(t *rapid.T) NewTerms {
	n := rapid.IntRange(1, 12).Draw(t, "new_instalments")
	return NewTerms{
		AnnualRate: money.Rate(rapid.Int64Range(0, 300_000).Draw(t, "new_rate")) * 1000,
		Method: rapid.SampledFrom([]Method{EqualInstalments, EqualPrincipal, InterestOnly,
			Bullet, Flat}).Draw(t, "new_method"),
		Every: rapid.SampledFrom([]calendar.Period{{N: 1, Unit: calendar.Month},
			{N: 2, Unit: calendar.Month}}).Draw(t, "new_every"),
		Instalments:    n,
		GracePrincipal: rapid.IntRange(0, n-1).Draw(t, "new_grace") / 2,
		Arrears:        rapid.SampledFrom([]Arrears{ArrearsKept, ArrearsSpread}).Draw(t, "arrears"),
	}
}

// cutOn says whether a restructuring ended a plan on a day, or for 0 on any.
func (h *history) cutOn(day calendar.Date) bool {
	return slices.ContainsFunc(h.events, func(e Event) bool {
		return e.Kind == EventRestructured && (day == 0 || day == e.ValueOn)
	})
}

func (h *history) refundedAlready(id EventID) bool {
	return slices.ContainsFunc(h.events, func(e Event) bool {
		return e.Kind == EventRefunded && e.Of == id
	})
}
