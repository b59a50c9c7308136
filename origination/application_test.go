package origination_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/origination"
)

// From a wish to an accepted offer, with the decision and the events it leaves.
func testLifeOfAnApplication(o *office) {
	c := o.borrower()
	a := o.create(c, request())
	if a.State != origination.Draft || a.Product != product || a.ProductVersion < 1 {
		o.Errorf("draft: %+v", a)
	}
	a = o.submit(a)
	if a.State != origination.Approved || a.Grade != "A" ||
		!slices.Equal(a.Reasons, []origination.Reason{origination.PassedRules}) {
		o.Errorf("submitted: %+v", a)
	}
	if stored := o.application(a.ID); stored.State != a.State || stored.Request != a.Request ||
		stored.Grade != a.Grade || !stored.ChangedAt.Equal(morning) {
		o.Errorf("stored %+v, answered %+v", stored, a)
	}
	offer := o.offer(a)
	if offer.State != origination.OfferOpen || offer.Rate.String() != "0.07" ||
		offer.Fee != 30_000 || offer.APR <= offer.Rate ||
		offer.ExpiresOn != firstDay.Days(14) || offer.StartOn != firstDay {
		o.Errorf("offer: %+v", offer)
	}
	accepted, err := o.accept(offer)
	if err != nil || accepted.State != origination.OfferAccepted ||
		len(accepted.Schedule.Instalments) != 36 {
		o.Errorf("accepted: %+v, %v", accepted, err)
	}
	if got := o.getOffer(offer.ID); got.TotalPayable !=
		got.Principal.Minor()+got.Schedule.TotalInterest() ||
		got.NetDisbursed() != 970_000 {
		o.Errorf("stored offer: %+v", got)
	}
	if s := o.application(a.ID).State; s != origination.Accepted {
		o.Errorf("the application is %s", s)
	}
	want := []string{origination.TopicApplicationSubmitted, origination.TopicApplicationDecided,
		origination.TopicOfferMade, origination.TopicOfferAccepted}
	if got := o.topics(a.ID); !slices.Equal(got, want) {
		o.Errorf("announced %v", got)
	}
	o.wantExposure(c, origination.ExposureFunding, 1_000_000)
}

func (o *office) wantExposure(c customer.ID, s origination.ExposureState, outstanding int64) {
	o.Helper()
	all := get(o, func(ctx context.Context, tx *db.Tx) ([]origination.Exposure, error) {
		return origination.ListExposures(ctx, tx, c)
	})
	if len(all) != 1 || all[0].State != s || all[0].Outstanding != outstanding {
		o.Errorf("exposures: %+v, want one that is %s with %d", all, s, outstanding)
	}
}

// The event of an accepted offer names what the market needs.
func testOfferAcceptedEvent(o *office) {
	offer := o.offer(o.apply(o.borrower(), request()))
	if _, err := o.accept(offer); err != nil {
		o.Fatal(err)
	}
	payload := get(o, func(ctx context.Context, tx *db.Tx) (string, error) {
		return db.Value[string](ctx, tx,
			`SELECT payload FROM outbox WHERE topic = $1 AND key = $2`,
			origination.TopicOfferAccepted, offer.Application.String())
	})
	e, err := origination.ParseOfferEvent(payload)
	if err != nil || e.Offer != offer.ID || e.Application != offer.Application ||
		e.Borrower != offer.Borrower {
		o.Errorf("%s reads %+v, %v", payload, e, err)
	}
}

// What the rules refer, a person decides, with reasons; both decisions stay.
func testDecideApplication(o *office) {
	a := o.apply(o.borrower(), referred())
	if a.State != origination.Referred ||
		!slices.Equal(a.Reasons, []origination.Reason{origination.WorkTooShort}) {
		o.Fatalf("%+v", a)
	}
	in := origination.NewDecision{Application: a.ID, Result: origination.Approve,
		Grade: "C", Reasons: []origination.Reason{"income.verified"}, Note: "new job, same field"}
	for name, bad := range map[string]struct {
		actor  access.Actor
		change func(*origination.NewDecision)
		want   error
	}{
		"a reviewer":   {reviewer, nil, access.ErrForbidden},
		"the borrower": {access.Customer(int64(a.Borrower)), nil, access.ErrForbidden},
		"refer again":  {underwriter, func(n *origination.NewDecision) { n.Result = origination.Refer }, origination.ErrDecision},
		"no reasons":   {underwriter, func(n *origination.NewDecision) { n.Reasons = nil }, origination.ErrReasons},
		"a sentence":   {underwriter, func(n *origination.NewDecision) { n.Reasons = []origination.Reason{"I like him"} }, origination.ErrReasons},
		"no grade":     {underwriter, func(n *origination.NewDecision) { n.Grade = "Z" }, origination.ErrGrade},
		"a novel":      {underwriter, func(n *origination.NewDecision) { n.Note = string(make([]byte, 1001)) }, origination.ErrNote},
		"nothing":      {underwriter, func(n *origination.NewDecision) { n.Application = 1 }, origination.ErrApplicationNotFound},
	} {
		changed := in
		if bad.change != nil {
			bad.change(&changed)
		}
		if err := o.decide(bad.actor, changed); !errors.Is(err, bad.want) {
			o.Errorf("%s: %v, want %v", name, err, bad.want)
		}
	}
	if err := o.decide(underwriter, in); err != nil {
		o.Fatal(err)
	}
	if err := o.decide(underwriter, in); !errors.Is(err, origination.ErrInvalidState) {
		o.Errorf("decided twice: %v", err)
	}
	if a = o.application(a.ID); a.State != origination.Approved || a.Grade != "C" {
		o.Errorf("%+v", a)
	}
	if offer := o.offer(a); offer.Grade != "C" || offer.Rate.String() != "0.14" {
		o.Errorf("offer: %+v", offer)
	}
	all := get(o, func(ctx context.Context, tx *db.Tx) ([]origination.Decision, error) {
		return origination.ListDecisions(ctx, tx, a.ID)
	})
	if len(all) != 2 || all[0].By != origination.ByRules || all[0].Grade != "A" ||
		all[1].By != origination.ByPerson || all[1].Decider != "staff:ursula" ||
		all[1].Note != in.Note || all[1].ProductVersion != a.ProductVersion || all[1].RuleSet != 1 {
		o.Fatalf("%+v", all)
	}
	var inputs origination.Inputs
	if err := json.Unmarshal([]byte(all[0].Inputs), &inputs); err != nil ||
		inputs.Facts != referred().Facts || inputs.On != firstDay || inputs.Instalments != 36 {
		o.Errorf("inputs %s: %v", all[0].Inputs, err)
	}
}

func (o *office) decide(actor access.Actor, in origination.NewDecision) error {
	return o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.DecideApplication(ctx, tx, o.ids, actor, in)
		return err
	})
}

// A person cannot lift what the product allows one borrower to owe: two
// applications were open at once, and the first has used it up.
func testCapsHoldForPersons(o *office) {
	o.revise(func(p *origination.Product) {
		p.Rules.MaxOpenApplications, p.Rules.MaxExposure = 2, 1_500_000
	})
	c := o.borrower()
	waiting := o.apply(c, referred())
	first := o.apply(c, request())
	if first.State != origination.Approved {
		o.Fatalf("%+v", first)
	}
	approve := origination.NewDecision{Application: waiting.ID, Result: origination.Approve,
		Reasons: []origination.Reason{"income.verified"}}
	if err := o.decide(underwriter, approve); !errors.Is(err, origination.ErrCap) {
		o.Errorf("while the first is offered: %v", err)
	}
	if _, err := o.accept(o.offer(first)); err != nil {
		o.Fatal(err)
	}
	if err := o.decide(underwriter, approve); !errors.Is(err, origination.ErrCap) {
		o.Errorf("while the first is owed: %v", err)
	}
	o.wantState(waiting.ID, origination.Referred)
	approve.Result = origination.Decline
	if err := o.decide(underwriter, approve); err != nil {
		o.Error(err)
	}
	if third := o.apply(c, request()); third.State != origination.Declined ||
		!slices.Contains(third.Reasons, origination.TooMuchOwed) {
		o.Errorf("%+v", third)
	}
}

func (o *office) wantState(id origination.ApplicationID, want origination.ApplicationState) {
	o.Helper()
	if got := o.application(id).State; got != want {
		o.Errorf("%s is %s, want %s", id, got, want)
	}
}

// revise puts the built-in product into force again, with changes.
func (o *office) revise(change func(p *origination.Product)) {
	o.Helper()
	o.do(func(ctx context.Context, tx *db.Tx) error {
		dates, err := ledger.ReadDates(ctx, tx)
		if err != nil {
			return err
		}
		next, err := origination.StandardProduct("EUR", dates.BusinessOn)
		if err != nil {
			return err
		}
		change(&next)
		v, err := origination.ProposeProduct(ctx, tx, admin, next)
		if err != nil {
			return err
		}
		_, err = origination.ApproveProduct(ctx, tx, o.ids, reviewer, product, v.Product.Version)
		return err
	})
}

// Who may not borrow has no application; who loses the right gets no further.
func testOnlyWhoMayBorrow(o *office) {
	stranger := o.stranger()
	err := o.tryCreate(access.Customer(int64(stranger)), stranger, request())
	if !errors.Is(err, customer.ErrUnverified) {
		o.Errorf("a stranger: %v", err)
	}
	c, other := o.borrower(), o.borrower()
	err = o.tryCreate(access.Customer(int64(other)), c, request())
	if !errors.Is(err, customer.ErrNotFound) {
		o.Errorf("for another: %v", err)
	}
	if err := o.tryCreate(underwriter, c, request()); !errors.Is(err, access.ErrForbidden) {
		o.Errorf("an underwriter: %v", err)
	}
	if err := o.tryCreate(compliance, c, request()); err != nil {
		o.Errorf("staff who act for him: %v", err)
	}
	a := o.apply(other, request())
	o.freeze(other)
	if _, err := o.accept(o.offer(a)); !errors.Is(err, customer.ErrFrozen) {
		o.Errorf("accepting: %v", err)
	}
	err = o.makeOffer(underwriter, origination.NewOffer{Application: a.ID})
	if !errors.Is(err, customer.ErrFrozen) {
		o.Errorf("offering: %v", err)
	}
	o.wantState(a.ID, origination.Approved)
	draft := get(o, func(ctx context.Context, tx *db.Tx) ([]origination.Application, error) {
		return origination.ListApplications(ctx, tx, origination.ApplicationQuery{Borrower: c})
	})[0]
	o.freeze(c)
	err = o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.SubmitApplication(ctx, tx, o.ids, compliance, draft.ID)
		return err
	})
	if !errors.Is(err, customer.ErrFrozen) {
		o.Errorf("submitting: %v", err)
	}
	o.wantState(draft.ID, origination.Draft)
}

func (o *office) freeze(c customer.ID) {
	o.Helper()
	o.do(func(ctx context.Context, tx *db.Tx) error {
		_, err := customer.Freeze(ctx, tx, o.ids, compliance,
			customer.NewFreeze{Customer: c, Reason: "a test"})
		return err
	})
}

func (o *office) tryCreate(
	actor access.Actor, c customer.ID, r origination.Request,
) error {
	return o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.CreateApplication(ctx, tx, o.ids, actor,
			origination.NewApplication{Borrower: c, Product: product, Request: r})
		return err
	})
}

// One application is open at a time unless the product says more, however many
// are made at once.
func testOneOpenApplication(o *office) {
	c := o.borrower()
	answers := make(chan error, 8)
	for range cap(answers) {
		go func() { answers <- o.tryCreate(access.Customer(int64(c)), c, request()) }()
	}
	made := 0
	for range cap(answers) {
		switch err := <-answers; {
		case err == nil:
			made++
		case !errors.Is(err, origination.ErrOpenApplications):
			o.Error(err)
		}
	}
	if made != 1 {
		o.Errorf("%d applications are open", made)
	}
}

// A draft can be changed until it is submitted; what the product does not serve
// is refused with the field it speaks of.
func testAmendApplication(o *office) {
	a := o.create(o.borrower(), request())
	r := referred()
	r.Purpose, r.Instalments = "moving", 60
	amend := func(r origination.Request) error {
		return o.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.AmendApplication(ctx, tx,
				access.Customer(int64(a.Borrower)), a.ID, r)
			return err
		})
	}
	if err := amend(r); err != nil {
		o.Fatal(err)
	}
	if got := o.application(a.ID); got.Request != r {
		o.Errorf("%+v", got.Request)
	}
	bad := r
	bad.Purpose = "gambling"
	if err := amend(bad); !errors.Is(err, origination.ErrPurpose) {
		o.Error(err)
	}
	o.submit(a)
	if err := amend(request()); !errors.Is(err, origination.ErrInvalidState) {
		o.Error(err)
	}
	if got := o.application(a.ID); got.Request != r {
		o.Errorf("%+v", got.Request)
	}
}

// The version in force on the day of submission is the one that counts, also
// after it is replaced.
func testSubmissionFixesTheVersion(o *office) {
	draft := o.create(o.borrower(), referred())
	o.revise(func(p *origination.Product) { p.Grades[0].DefaultRate = 60_000_000 })
	a := o.submit(draft)
	if a.ProductVersion != draft.ProductVersion+1 {
		o.Errorf("submitted under version %d", a.ProductVersion)
	}
	o.revise(func(p *origination.Product) { p.Grades[0].DefaultRate = 80_000_000 })
	err := o.decide(underwriter, origination.NewDecision{Application: a.ID,
		Result: origination.Approve, Reasons: []origination.Reason{"work.verified"}})
	if err != nil {
		o.Fatal(err)
	}
	if offer := o.offer(a); offer.ProductVersion != a.ProductVersion || offer.Rate.String() != "0.06" {
		o.Errorf("offered under version %d at %s", offer.ProductVersion, offer.Rate)
	}
	narrowed := o.create(o.borrower(), request())
	o.revise(func(p *origination.Product) { p.Purposes = []string{"medical"} })
	err = o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.SubmitApplication(ctx, tx, o.ids, compliance, narrowed.ID)
		return err
	})
	if !errors.Is(err, origination.ErrPurpose) {
		o.Errorf("what is not lent for any more: %v", err)
	}
}

// A withdrawn application takes its open offer along.
func testWithdrawApplication(o *office) {
	c := o.borrower()
	a := o.apply(c, request())
	offer := o.offer(a)
	for actor, want := range map[access.Actor]error{
		underwriter:                          access.ErrForbidden,
		access.Customer(int64(o.borrower())): origination.ErrApplicationNotFound,
		access.Customer(int64(c)):            nil,
	} {
		err := o.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.WithdrawApplication(ctx, tx, o.ids, actor, a.ID)
			return err
		})
		if !errors.Is(err, want) {
			o.Errorf("%s: %v, want %v", actor.Principal(), err, want)
		}
	}
	o.wantState(a.ID, origination.Withdrawn)
	if got := o.getOffer(offer.ID); got.State != origination.OfferWithdrawn {
		o.Errorf("the offer is %s", got.State)
	}
	if _, err := o.accept(offer); !errors.Is(err, origination.ErrInvalidState) {
		o.Errorf("accepted after all: %v", err)
	}
	if again := o.apply(c, request()); again.State != origination.Approved {
		o.Errorf("a new one: %+v", again)
	}
}

// Lists go by pages without gaps, and show a queue in the order of arrival.
func testListApplications(o *office) {
	before := o.create(o.borrower(), request()).ID // what follows is newer
	var all []origination.ApplicationID
	for i := range 5 {
		r := request()
		if i%2 == 1 {
			r = referred()
		}
		all = append(all, o.apply(o.borrower(), r).ID)
	}
	list := func(q origination.ApplicationQuery) (ids []origination.ApplicationID) {
		page := get(o, func(ctx context.Context, tx *db.Tx) ([]origination.Application, error) {
			return origination.ListApplications(ctx, tx, q)
		})
		for _, a := range page {
			ids = append(ids, a.ID)
		}
		return ids
	}
	var paged []origination.ApplicationID
	q := origination.ApplicationQuery{Limit: 2}
	for {
		page := list(q)
		if len(page) == 0 {
			o.Fatalf("only %v", paged)
		}
		if i := slices.Index(page, before); i >= 0 {
			paged = append(paged, page[:i]...)
			break
		}
		paged = append(paged, page...)
		q.After = page[len(page)-1]
	}
	slices.Reverse(paged)
	if !slices.Equal(paged, all) {
		o.Errorf("paged %v, want %v", paged, all)
	}
	queue := list(origination.ApplicationQuery{State: origination.Referred, After: before})
	if !slices.Equal(queue, []origination.ApplicationID{all[1], all[3]}) {
		o.Errorf("queue %v of %v", queue, all)
	}
	after := origination.ApplicationQuery{State: origination.Referred, After: all[1]}
	if queue := list(after); !slices.Equal(queue, all[3:4]) {
		o.Errorf("rest of the queue %v", queue)
	}
	for want, q := range map[error]origination.ApplicationQuery{
		origination.ErrLimit: {Limit: 201},
		origination.ErrQueue: {State: origination.Declined},
	} {
		err := o.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.ListApplications(ctx, tx, q)
			return err
		})
		if !errors.Is(err, want) {
			o.Errorf("%+v: %v", q, err)
		}
	}
}

// Somebody else's application and offer do not exist.
func TestVisibleTo(t *testing.T) {
	a := origination.Application{Borrower: 7}
	offer := origination.Offer{Borrower: 7}
	for actor, want := range map[access.Actor]struct{ application, offer error }{
		access.Customer(7): {},
		access.Customer(8): {origination.ErrApplicationNotFound, origination.ErrOfferNotFound},
		underwriter:        {},
		{}:                 {access.ErrForbidden, access.ErrForbidden},
	} {
		if err := a.VisibleTo(actor); !errors.Is(err, want.application) {
			t.Errorf("%s: %v", actor.Principal(), err)
		}
		if err := offer.VisibleTo(actor); !errors.Is(err, want.offer) {
			t.Errorf("%s: %v", actor.Principal(), err)
		}
	}
}
