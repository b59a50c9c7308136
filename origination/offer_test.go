package origination_test

import (
	"context"
	"errors"
	"slices"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/money"
	"openlend/origination"
)

func (o *office) makeOffer(actor access.Actor, in origination.NewOffer) error {
	return o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.MakeOffer(ctx, tx, o.ids, actor, in)
		return err
	})
}

// The underwriter may state the rate within the grade; his offer takes the place
// of the one that is open.
func testMakeOffer(o *office) {
	a := o.apply(o.borrower(), request())
	first := o.offer(a)
	for _, bad := range []struct {
		actor access.Actor
		in    origination.NewOffer
		want  error
	}{
		{reviewer, origination.NewOffer{Application: a.ID}, access.ErrForbidden},
		{access.Customer(int64(a.Borrower)), origination.NewOffer{Application: a.ID}, access.ErrForbidden},
		{underwriter, origination.NewOffer{Application: 1}, origination.ErrApplicationNotFound},
		{underwriter, origination.NewOffer{Application: a.ID, Rate: new(money.Rate(49_999_999))}, origination.ErrRate},
		{underwriter, origination.NewOffer{Application: a.ID, Rate: new(money.Rate(90_000_001))}, origination.ErrRate},
		{underwriter, origination.NewOffer{Application: a.ID, Rate: new(money.Rate(0))}, origination.ErrRate},
	} {
		if err := o.makeOffer(bad.actor, bad.in); !errors.Is(err, bad.want) {
			o.Errorf("%+v: %v, want %v", bad.in, err, bad.want)
		}
	}
	if got := o.offer(a); got.ID != first.ID || got.State != origination.OfferOpen {
		o.Errorf("a refused offer has changed %+v", got)
	}
	err := o.makeOffer(underwriter, origination.NewOffer{
		Application: a.ID, Rate: new(money.Rate(90_000_000))})
	if err != nil {
		o.Fatal(err)
	}
	second := o.offer(a)
	if second.ID == first.ID || second.Rate != 90_000_000 || second.Maker != "staff:ursula" {
		o.Errorf("%+v", second)
	}
	if _, err := o.accept(first); !errors.Is(err, origination.ErrInvalidState) {
		o.Errorf("the first one is still good: %v", err)
	}
	if _, err := o.accept(second); err != nil {
		o.Error(err)
	}
	listed := get(o, func(ctx context.Context, tx *db.Tx) ([]origination.Offer, error) {
		return origination.ListOffers(ctx, tx, origination.OfferQuery{Borrower: a.Borrower})
	})
	if len(listed) != 2 || listed[0].ID != second.ID ||
		listed[1].State != origination.OfferWithdrawn {
		o.Errorf("%+v", listed)
	}
}

// An offer is accepted once, by its borrower, however often he asks.
func testAcceptOfferOnce(o *office) {
	offer := o.offer(o.apply(o.borrower(), request()))
	for actor, want := range map[access.Actor]error{
		underwriter:                          access.ErrForbidden,
		compliance:                           access.ErrForbidden,
		access.System("closing"):             access.ErrForbidden,
		access.Customer(int64(o.borrower())): origination.ErrOfferNotFound,
	} {
		err := o.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.AcceptOffer(ctx, tx, o.ids, actor, offer.ID)
			return err
		})
		if !errors.Is(err, want) {
			o.Errorf("%s: %v", actor.Principal(), err)
		}
	}
	answers := make(chan error, 8)
	for range cap(answers) {
		go func() {
			_, err := o.accept(offer)
			answers <- err
		}()
	}
	accepted := 0
	for range cap(answers) {
		switch err := <-answers; {
		case err == nil:
			accepted++
		case !errors.Is(err, origination.ErrInvalidState):
			o.Error(err)
		}
	}
	if accepted != 1 {
		o.Errorf("accepted %d times", accepted)
	}
	if n := len(slices.DeleteFunc(o.topics(offer.Application), func(s string) bool {
		return s != origination.TopicOfferAccepted
	})); n != 1 {
		o.Errorf("announced %d times", n)
	}
}

// A declined offer ends its application; the borrower can apply again.
func testDeclineOffer(o *office) {
	c := o.borrower()
	offer := o.offer(o.apply(c, request()))
	decline := func(actor access.Actor) error {
		return o.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := origination.DeclineOffer(ctx, tx, o.ids, actor, offer.ID)
			return err
		})
	}
	if err := decline(underwriter); !errors.Is(err, access.ErrForbidden) {
		o.Error(err)
	}
	if err := decline(access.Customer(int64(c))); err != nil {
		o.Fatal(err)
	}
	if err := decline(access.Customer(int64(c))); !errors.Is(err, origination.ErrInvalidState) {
		o.Error(err)
	}
	o.wantState(offer.Application, origination.Lapsed)
	o.apply(c, request())
}

// An offer is good through its last date and not a day longer, whoever is
// faster, closing or the borrower.
func testExpireOffers(o *office) {
	o.expireAll()
	c := o.borrower()
	a := o.apply(c, request())
	offer := o.offer(a)
	if n := o.expire(offer.ExpiresOn); n != 0 {
		o.Errorf("%d expired on the last good date", n)
	}
	o.openDate(offer.ExpiresOn)
	kept := o.offer(o.apply(o.borrower(), request()))
	o.openDate(offer.ExpiresOn.Days(1))
	if _, err := o.accept(offer); !errors.Is(err, origination.ErrOfferExpired) {
		o.Errorf("a day late: %v", err)
	}
	if n := o.expire(offer.ExpiresOn.Days(1)); n != 1 {
		o.Errorf("%d expired", n)
	}
	if n := o.expire(offer.ExpiresOn.Days(1)); n != 0 {
		o.Errorf("%d expired again", n)
	}
	if got := o.getOffer(offer.ID); got.State != origination.OfferExpired {
		o.Errorf("%s", got.State)
	}
	o.wantState(a.ID, origination.Lapsed)
	if _, err := o.accept(kept); err != nil {
		o.Errorf("the other one: %v", err)
	}
	topics := o.topics(a.ID)
	if !slices.Contains(topics, origination.TopicOfferExpired) {
		o.Errorf("%v", topics)
	}
}

// Many offers expire in pieces of 200, each announced once.
func testExpireOffersInPieces(o *office) {
	on := firstDay.Days(15)
	o.expireAll()
	before := o.expiries()
	o.revise(func(p *origination.Product) {
		p.Rules.MaxOpenApplications, p.Rules.MaxExposure = 1000, 0
	})
	c := o.borrower()
	o.do(func(ctx context.Context, tx *db.Tx) error {
		for range 230 {
			actor := access.Customer(int64(c))
			a, err := origination.CreateApplication(ctx, tx, o.ids, actor,
				origination.NewApplication{Borrower: c, Product: product, Request: request()})
			if err != nil {
				return err
			}
			if a, err = origination.SubmitApplication(ctx, tx, o.ids, actor, a.ID); err != nil {
				return err
			}
			if a.State != origination.Approved {
				o.Fatalf("%+v", a)
			}
		}
		return nil
	})
	if a, b, c := o.expire(on), o.expire(on), o.expire(on); a != 200 || b != 30 || c != 0 {
		o.Errorf("pieces of %d, %d and %d", a, b, c)
	}
	if n := o.expiries() - before; n != 230 {
		o.Errorf("%d announced", n)
	}
}

// expiries is how many expired offers were announced so far.
func (o *office) expiries() int64 {
	o.Helper()
	return get(o, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx, `SELECT COUNT(*) FROM outbox WHERE topic = $1`,
			origination.TopicOfferExpired)
	})
}

// expireAll ends what other tests have left open.
func (o *office) expireAll() {
	o.Helper()
	for o.expire(firstDay.Days(1000)) > 0 {
	}
}

func (o *office) expire(on calendar.Date) int {
	o.Helper()
	return get(o, func(ctx context.Context, tx *db.Tx) (int, error) {
		return origination.ExpireOffers(ctx, tx, o.ids, on)
	})
}

// openDate lets the business date come.
func (o *office) openDate(on calendar.Date) {
	o.Helper()
	open := get(o, ledger.ReadDates).BusinessOn
	for open < on {
		open = get(o, func(ctx context.Context, tx *db.Tx) (calendar.Date, error) {
			return ledger.OpenNextDate(ctx, tx, open)
		})
	}
}
