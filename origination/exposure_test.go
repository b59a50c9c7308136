package origination_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/origination"
)

func (o *office) accepted(c customer.ID) origination.Offer {
	o.Helper()
	offer := o.offer(o.apply(c, request()))
	if _, err := o.accept(offer); err != nil {
		o.Fatal(err)
	}
	return offer
}

func listed(topic string, offer origination.OfferID, listing int64) outbox.Event {
	return outbox.Event{Topic: topic, Key: id.Format("lst", listing), Payload: fmt.Sprintf(
		`{"listing":%q,"offer":%q,"funded":0}`, id.Format("lst", listing), offer)}
}

func stepped(to string, listing int64, more string) outbox.Event {
	return outbox.Event{Topic: "servicing.loan_stepped", Key: "loan", Payload: fmt.Sprintf(
		`{"loan":"loan_1","listing":%q,"to":%q%s}`, id.Format("lst", listing), to, more)}
}

// What market and servicing tell of a loan decides what the next application of
// its borrower gets.
func testHistoryDecides(o *office) {
	for i, c := range []struct {
		news    []string // states that the loan steps to
		more    string
		want    origination.ApplicationState
		reason  origination.Reason
		left    int64
		becomes origination.ExposureState
	}{
		{nil, ``, origination.Approved, origination.PassedRules, 1_000_000, origination.ExposureFunding},
		{[]string{"active"}, `,"outstanding":900000`, origination.Approved, origination.PassedRules, 900_000, origination.ExposureActive},
		{[]string{"disbursing"}, `,"outstanding":0`, origination.Approved, origination.PassedRules, 1_000_000, origination.ExposureFunding},
		{[]string{"active", "late", "active", "repaid"}, ``, origination.Referred, origination.OnceLate, 0, origination.ExposureRepaid},
		{[]string{"active", "late"}, `,"days_past_due":61`, origination.Declined, origination.OnceVeryLate, 1_000_000, origination.ExposureLate},
		{[]string{"active", "default", "repaid"}, ``, origination.Declined, origination.OnceDefaulted, 0, origination.ExposureRepaid},
		{[]string{"active", "charged_off"}, ``, origination.Declined, origination.OnceDefaulted, 1_000_000, origination.ExposureChargedOff},
		{[]string{"disbursing", "cancelled"}, ``, origination.Approved, origination.PassedRules, 0, origination.ExposureCancelled},
	} {
		borrower := o.borrower()
		offer := o.accepted(borrower)
		listing := int64(1000 + i)
		events := []outbox.Event{listed("market.listing_published", offer.ID, listing)}
		for _, to := range c.news {
			events = append(events, stepped(to, listing, c.more))
		}
		if err := o.hear(events...); err != nil {
			o.Fatal(err)
		}
		o.wantExposure(borrower, c.becomes, c.left)
		a := o.apply(borrower, request())
		if a.State != c.want || !slices.Contains(a.Reasons, c.reason) {
			o.Errorf("after %v%s: %s for %v", c.news, c.more, a.State, a.Reasons)
		}
	}
}

// A listing that comes to nothing frees its borrower.
func testFailedListingEndsExposure(o *office) {
	c := o.borrower()
	first, second := o.accepted(c), o.accepted(c)
	if a := o.apply(c, request()); a.State != origination.Declined ||
		!slices.Equal(a.Reasons, []origination.Reason{origination.TooManyLoans}) {
		o.Errorf("a third loan: %s for %v", a.State, a.Reasons)
	}
	err := o.hear(listed("market.listing_failed", first.ID, 1),
		listed("market.listing_cancelled", second.ID, 2))
	if err != nil {
		o.Fatal(err)
	}
	if a := o.apply(c, request()); a.State != origination.Approved {
		o.Errorf("afterwards: %s for %v", a.State, a.Reasons)
	}
}

// News that cannot be placed is a fault, which the consumer parks and tries
// again, and changes nothing; read twice it changes nothing more.
func testNewsThatCannotBePlaced(o *office) {
	c := o.borrower()
	offer := o.accepted(c)
	published := listed("market.listing_published", offer.ID, 5)
	for name, bad := range map[string]outbox.Event{
		"a loan before its listing": stepped("active", 5, ""),
		"another offer":             listed("market.listing_failed", 77, 6),
		"no JSON":                   {Topic: "market.listing_failed", Payload: `{`},
		"no listing":                {Topic: "market.listing_failed", Payload: `{"offer":"x"}`},
		"no state":                  stepped("lost", 5, ""),
	} {
		if err := o.hear(bad); err == nil {
			o.Errorf("%s was understood", name)
		}
		o.wantExposure(c, origination.ExposureFunding, 1_000_000)
	}
	for range 2 {
		if err := o.hear(published, stepped("active", 5, `,"outstanding":10`)); err != nil {
			o.Fatal(err)
		}
		o.wantExposure(c, origination.ExposureActive, 10)
	}
}

// The limit of a product counts what everybody owes under it.
func testProductVolume(o *office) {
	owed := get(o, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx, `SELECT CAST(COALESCE(SUM(outstanding), 0) AS BIGINT)
			FROM origination_exposure`)
	})
	o.revise(func(p *origination.Product) { p.Rules.MaxVolume = owed + 1_500_000 })
	first := o.accepted(o.borrower())
	if a := o.apply(o.borrower(), request()); a.State != origination.Declined ||
		!slices.Equal(a.Reasons, []origination.Reason{origination.TooMuchLent}) {
		o.Errorf("%s for %v", a.State, a.Reasons)
	}
	err := o.hear(listed("market.listing_published", first.ID, 9),
		stepped("active", 9, `,"outstanding":400000`))
	if err != nil {
		o.Fatal(err)
	}
	if a := o.apply(o.borrower(), request()); a.State != origination.Approved {
		o.Errorf("%s for %v", a.State, a.Reasons)
	}
}

// The room hears what it handles, under a name that stays.
func TestConsumers(t *testing.T) {
	all := origination.Consumers()
	if len(all) != 1 || all[0].Name != "origination" || len(all[0].Topics) != 5 ||
		!slices.Contains(all[0].Topics, "servicing.loan_stepped") {
		t.Errorf("%+v", all)
	}
}
