package loan

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"openlend/calendar"
	"openlend/money"
	"openlend/refusal"
)

func TestRefusedEvents(t *testing.T) {
	s := threeYears(t)
	start := s.Terms.Start
	disbursed := disbursed(s)
	paid := Event{ID: 2, Kind: EventPaid, ValueOn: start + 5, Amount: eur(100)}
	restructured := Event{ID: 2, Kind: EventRestructured, ValueOn: start + 5, Terms: NewTerms{
		AnnualRate: money.One / 10, Method: EqualPrincipal, Instalments: 3,
		Every: calendar.Period{N: 1, Unit: calendar.Month}, Arrears: ArrearsKept}}
	huge := func(id EventID) Event {
		return Event{ID: id, Kind: EventPaid, ValueOn: start, Amount: eur(1 << 62), Rest: RestHold}
	}
	with := func(e Event, change func(*Event)) Event { change(&e); return e }
	for name, c := range map[string]struct {
		events []Event
		want   *refusal.Error
	}{
		"no events":          {nil, ErrNotDisbursed},
		"not disbursed":      {[]Event{paid}, ErrNotDisbursed},
		"disbursed late":     {[]Event{with(disbursed, func(e *Event) { e.ValueOn++ })}, ErrNotDisbursed},
		"disbursed less":     {[]Event{with(disbursed, func(e *Event) { e.Amount = eur(5) })}, ErrEventAmount},
		"disbursed twice":    {[]Event{disbursed, with(disbursed, func(e *Event) { e.ID = 9 })}, ErrEventConflict},
		"before the start":   {[]Event{disbursed, with(paid, func(e *Event) { e.ValueOn = start - 1 })}, ErrEventDate},
		"after all time":     {[]Event{disbursed, with(paid, func(e *Event) { e.ValueOn = calendar.MaxDate + 1 })}, ErrEventDate},
		"zero":               {[]Event{disbursed, with(paid, func(e *Event) { e.Amount = eur(0) })}, ErrEventAmount},
		"negative":           {[]Event{disbursed, with(paid, func(e *Event) { e.Amount = eur(-1) })}, ErrEventAmount},
		"wrong currency":     {[]Event{disbursed, with(paid, func(e *Event) { e.Amount = money.New(1, money.USD) })}, ErrEventCurrency},
		"no amount at all":   {[]Event{disbursed, with(paid, func(e *Event) { e.Amount = money.Amount{} })}, ErrEventCurrency},
		"no id":              {[]Event{disbursed, with(paid, func(e *Event) { e.ID = 0 })}, ErrEventID},
		"id of another":      {[]Event{disbursed, paid, with(paid, func(e *Event) { e.Amount = eur(7) })}, ErrEventConflict},
		"unknown kind":       {[]Event{disbursed, with(paid, func(e *Event) { e.Kind = "gift" })}, ErrEventKind},
		"unknown rest":       {[]Event{disbursed, with(paid, func(e *Event) { e.Rest = "keep" })}, ErrRest},
		"payment of payment": {[]Event{disbursed, with(paid, func(e *Event) { e.Of = 1 })}, ErrEventField},
		"return of nothing":  {[]Event{disbursed, {ID: 2, Kind: EventReturned, ValueOn: start}}, ErrEventField},
		"return of money":    {[]Event{disbursed, {ID: 2, Kind: EventReturned, ValueOn: start, Of: 1, Amount: eur(1)}}, ErrEventAmount},
		"refund too much":    {[]Event{disbursed, paid, {ID: 3, Kind: EventRefunded, ValueOn: start + 5, Of: 2, Amount: eur(101)}}, ErrRefund},
		"waive principal":    {[]Event{disbursed, {ID: 2, Kind: EventWaived, ValueOn: start, Amount: eur(1), Part: PrincipalPart}}, ErrComponent},
		"waive line -1":      {[]Event{disbursed, {ID: 2, Kind: EventWaived, ValueOn: start, Amount: eur(1), Instalment: -1}}, ErrEventField},
		"pause without end":  {[]Event{disbursed, {ID: 2, Kind: EventPaused, ValueOn: start}}, ErrEventField},
		"pause backwards":    {[]Event{disbursed, {ID: 2, Kind: EventPaused, ValueOn: start + 2, Until: start + 2}}, ErrEventDate},
		"cost of a payment":  {[]Event{disbursed, with(paid, func(e *Event) { e.Cost = eur(1) })}, ErrEventField},
		"cost above amount":  {[]Event{disbursed, {ID: 2, Kind: EventRecovered, ValueOn: start, Amount: eur(1), Cost: eur(2)}}, ErrEventAmount},
		"costs in dollars":   {[]Event{disbursed, {ID: 2, Kind: EventRecovered, ValueOn: start, Amount: eur(1), Cost: money.New(1, money.USD)}}, ErrEventCurrency},
		"terms of a payment": {[]Event{disbursed, with(paid, func(e *Event) { e.Terms.Instalments = 1 })}, ErrEventField},
		"no new terms":       {[]Event{disbursed, {ID: 2, Kind: EventRestructured, ValueOn: start}}, ErrArrears},
		"no instalments":     {[]Event{disbursed, with(restructured, func(e *Event) { e.Terms.Instalments = 0 })}, ErrInstalments},
		"no rate like it":    {[]Event{disbursed, with(restructured, func(e *Event) { e.Terms.AnnualRate = -1 })}, ErrRate},
		"due before":         {[]Event{disbursed, with(restructured, func(e *Event) { e.Terms.FirstDue = start })}, ErrFirstDue},
		"new money":          {[]Event{disbursed, with(restructured, func(e *Event) { e.Amount = eur(1) })}, ErrEventAmount},
		"too much money":     {[]Event{disbursed, huge(2), huge(3), huge(4)}, money.ErrOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			given := slices.Clone(c.events)
			a, err := Replay(testProduct, s, c.events, start+400)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if !reflect.DeepEqual(a, Account{}) || !slices.Equal(given, c.events) {
				t.Fatal("a refused replay left something behind")
			}
		})
	}
}

func TestRefusedReplays(t *testing.T) {
	s := threeYears(t)
	events := onTime(s, 0)
	start := s.Terms.Start
	changed := func(change func(rows []Instalment)) Schedule {
		rows := slices.Clone(s.Instalments)
		change(rows)
		return Schedule{s.Terms, rows}
	}
	future := append(slices.Clone(events), Event{ID: 99, Kind: "gift", ValueOn: start + 900})
	for name, c := range map[string]struct {
		schedule Schedule
		events   []Event
		asOf     calendar.Date
		want     *refusal.Error
	}{
		"the day before":    {s, events, start - 1, ErrAsOf},
		"no instalments":    {Schedule{Terms: s.Terms}, events, start, ErrSchedule},
		"a bad event later": {s, future, start, ErrEventKind},
		"it does not add up": {changed(func(rows []Instalment) { rows[3].Principal++ }),
			events, start, ErrSchedule},
		"negative interest": {changed(func(rows []Instalment) { rows[3].Interest = -1 }),
			events, start, ErrSchedule},
		"due dates fall": {changed(func(rows []Instalment) { rows[3].DueOn = rows[2].DueOn }),
			events, start, ErrSchedule},
		"too much interest": {changed(func(rows []Instalment) { rows[3].Interest = 1<<63 - 1 }),
			events, start, money.ErrOverflow},
	} {
		if a, err := Replay(testProduct, c.schedule, c.events, c.asOf); !errors.Is(err, c.want) ||
			!reflect.DeepEqual(a, Account{}) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestRefusedProducts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Product)
		want   *refusal.Error
		field  string
	}{
		"no waterfall":     {func(p *Product) { p.Waterfall = Waterfall{} }, ErrWaterfall, "waterfall.order"},
		"step twice":       {func(p *Product) { p.Waterfall.Order[0] = StepDuePrincipal }, ErrWaterfall, "waterfall.order"},
		"no direction":     {func(p *Product) { p.Waterfall.By = "" }, ErrWaterfall, "waterfall.by"},
		"rest":             {func(p *Product) { p.Rest = "keep" }, ErrRest, "rest"},
		"late fee":         {func(p *Product) { p.LateFee = -1 }, ErrProduct, "late_fee"},
		"grace days":       {func(p *Product) { p.GraceDays = -1 }, ErrProduct, "grace_days"},
		"penalty":          {func(p *Product) { p.Penalty.Rate = -1 }, ErrProduct, "penalty.rate"},
		"penalty by month": {func(p *Product) { p.Penalty.DayCount = calendar.Thirty360E }, ErrProduct, "penalty.day_count"},
		"cap":              {func(p *Product) { p.LateCap.Minor = -1 }, ErrProduct, "late_cap.minor"},
		"cap rate":         {func(p *Product) { p.LateCap.Rate = -1 }, ErrProduct, "late_cap.rate"},
		"early fee":        {func(p *Product) { p.EarlyFee.Rate = money.One + 1 }, ErrProduct, "early_fee.rate"},
		"early fee max":    {func(p *Product) { p.EarlyFee.Max = -1 }, ErrProduct, "early_fee.max"},
		"default":          {func(p *Product) { p.DefaultAfter = -1 }, ErrProduct, "default_after"},
	} {
		t.Run(name, func(t *testing.T) {
			p := testProduct
			c.change(&p)
			err := p.Validate()
			var r *refusal.Error
			if !errors.As(err, &r) || !errors.Is(err, c.want) || r.Field != c.field {
				t.Fatalf("got %v, want %v of %s", err, c.want, c.field)
			}
		})
	}
}
