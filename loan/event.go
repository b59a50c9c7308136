package loan

import (
	"cmp"
	"slices"

	"openlend/calendar"
	"openlend/money"
)

// EventID names an event of one loan for ever. Ids are given by whoever records
// the event and grow with time; they break ties between events of one value
// date, so that the order of arrival never matters.
type EventID int64

// EventKind is what happened.
type EventKind string

// The kinds of event, in the order in which those of one value date count.
const (
	EventDisbursed  EventKind = "disbursed"   // Amount: the principal, on the start date
	EventPaused     EventKind = "paused"      // hardship pause from ValueOn to before Until
	EventFeeCharged EventKind = "fee_charged" // Amount: a cost, due at once
	EventWaived     EventKind = "waived"      // Amount of Part, at most what is open
	EventPaid       EventKind = "paid"        // Amount; Rest says what is left for
	EventReturned   EventKind = "returned"    // Of: a payment that bounced, as if never made
	EventRefunded   EventKind = "refunded"    // Amount of payment Of went back to the borrower
	// EventRestructured: from the end of the day Terms hold for what is outstanding.
	EventRestructured EventKind = "restructured"
	EventDefaulted    EventKind = "defaulted"   // default by event (insolvency, fraud)
	EventChargedOff   EventKind = "charged_off" // accrual stops, what is open is written off
	EventRecovered    EventKind = "recovered"   // Amount from a collector who kept Cost of it
)

// rank is the fixed order of kinds within one value date: what a borrower is
// granted counts before he pays, what he pays counts before he is given up.
func (k EventKind) rank() int {
	switch k {
	case EventDisbursed:
		return 1
	case EventPaused:
		return 2
	case EventFeeCharged:
		return 3
	case EventWaived:
		return 4
	case EventPaid:
		return 5
	case EventReturned:
		return 6
	case EventRefunded:
		return 7
	case EventRestructured:
		return 8
	case EventDefaulted:
		return 9
	case EventChargedOff:
		return 10
	case EventRecovered:
		return 11
	}
	return 0
}

// money says whether the kind brings money in that the waterfall allocates.
func (k EventKind) money() bool { return k == EventPaid || k == EventRecovered }

// Event is one fact in the life of a loan. ValueOn is the day it counts from,
// which may lie before days that were already closed. Fields that a kind does
// not use stay zero.
type Event struct {
	ID         EventID
	Kind       EventKind
	ValueOn    calendar.Date
	Amount     money.Amount
	Of         EventID       // returned, refunded: the payment or recovery
	Rest       Rest          // paid: "" leaves it to the product
	Part       Component     // waived: anything but principal
	Instalment int           // waived: its number, 0 for the oldest first
	Cost       money.Amount  // recovered: what the collector kept of Amount
	Until      calendar.Date // paused: the first day that counts again
	Terms      NewTerms      // restructured
}

// inOrder returns the events as they count: by value date, then the fixed order
// of kinds, then id; an event that is there twice counts once. It is the same
// list for every order of arrival. Refusal: ErrEventConflict when one id
// stands for two different events.
func inOrder(events []Event) ([]*Event, error) {
	sorted := make([]*Event, len(events))
	for i := range events {
		sorted[i] = &events[i]
	}
	slices.SortFunc(sorted, func(a, b *Event) int {
		switch {
		case a.ValueOn != b.ValueOn:
			return cmp.Compare(a.ValueOn, b.ValueOn)
		case a.Kind != b.Kind:
			return cmp.Compare(a.Kind.rank(), b.Kind.rank())
		}
		return cmp.Compare(a.ID, b.ID)
	})
	sorted = slices.CompactFunc(sorted, func(a, b *Event) bool { return *a == *b })
	ids := make([]EventID, len(sorted))
	for i, e := range sorted {
		ids[i] = e.ID
	}
	slices.Sort(ids)
	for i := 1; i < len(ids); i++ {
		if ids[i] == ids[i-1] {
			return nil, ErrEventConflict.With("%d", ids[i])
		}
	}
	return sorted, nil
}

// validate refuses an event that cannot belong to a loan of these terms,
// whatever else happened to the loan.
// Refusals: ErrEventKind, ErrEventID, ErrEventDate, ErrEventAmount,
// ErrEventCurrency, ErrEventField, ErrRest, ErrComponent, those of NewTerms.
func (e *Event) validate(t *Terms) error {
	switch {
	case e.Kind.rank() == 0:
		return ErrEventKind.In("kind").With("%q", e.Kind)
	case e.ID <= 0:
		return ErrEventID.In("id")
	case e.ValueOn < t.Start || e.ValueOn > calendar.MaxDate:
		return ErrEventDate.In("value_on").With("%v", e.ValueOn)
	}
	if err := e.validateAmounts(t.Principal.Currency()); err != nil {
		return err
	}
	if err := e.validateFields(); err != nil {
		return err
	}
	if e.Kind != EventRestructured {
		if e.Terms != (NewTerms{}) {
			return ErrEventField.In("terms")
		}
		return nil
	}
	return e.Terms.validate(t, e.ValueOn)
}

func (e *Event) validateAmounts(currency money.Currency) error {
	switch e.Kind {
	case EventDisbursed, EventFeeCharged, EventWaived, EventPaid, EventRefunded, EventRecovered:
		if e.Amount.Currency() != currency {
			return ErrEventCurrency.In("amount").With("%s", e.Amount.Currency())
		}
		if e.Amount.Sign() <= 0 {
			return ErrEventAmount.In("amount").With("%v", e.Amount)
		}
	default:
		if !e.Amount.IsZero() {
			return ErrEventAmount.In("amount").With("%v", e.Amount)
		}
	}
	if e.Cost == (money.Amount{}) {
		return nil
	}
	switch {
	case e.Kind != EventRecovered:
		return ErrEventField.In("cost")
	case e.Cost.Currency() != currency:
		return ErrEventCurrency.In("cost").With("%s", e.Cost.Currency())
	case e.Cost.Sign() < 0 || e.Cost.Minor() > e.Amount.Minor():
		return ErrEventAmount.In("cost").With("%v", e.Cost)
	}
	return nil
}

func (e *Event) validateFields() error {
	refers := e.Kind == EventReturned || e.Kind == EventRefunded
	waives := e.Kind == EventWaived
	switch {
	case refers != (e.Of != 0):
		return ErrEventField.In("of")
	case !e.Rest.known():
		return ErrRest.In("rest")
	case e.Rest != "" && e.Kind != EventPaid:
		return ErrEventField.In("rest")
	case waives && e.Part >= PrincipalPart:
		return ErrComponent.In("part")
	case !waives && (e.Part != 0 || e.Instalment != 0):
		return ErrEventField.In("part")
	case e.Instalment < 0:
		return ErrEventField.In("instalment")
	case (e.Kind == EventPaused) != (e.Until != 0):
		return ErrEventField.In("until")
	case e.Until != 0 && (e.Until <= e.ValueOn || e.Until > calendar.MaxDate):
		return ErrEventDate.In("until").With("%v", e.Until)
	}
	return nil
}
