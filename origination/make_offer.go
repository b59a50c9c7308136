package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
)

// NewOffer says at which rate an approved application is offered a loan.
type NewOffer struct {
	Application ApplicationID
	Rate        *money.Rate // nominal, a year; nil: the grade's default
}

// MakeOffer makes an offer for an approved application, in place of the one
// that is open if there is one. Refusals: access.ErrForbidden,
// ErrApplicationNotFound, ErrInvalidState, ErrRate, those of
// Customer.MayBorrow.
func MakeOffer(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewOffer,
) (Offer, error) {
	if err := actor.Require(access.OfferMake); err != nil {
		return Offer{}, err
	}
	a, err := lockedApplication(ctx, tx, in.Application)
	if err != nil {
		return Offer{}, err
	}
	if a.State != Approved {
		return Offer{}, ErrInvalidState.With("%s is offered nothing", a.State)
	}
	if err := mayBorrow(ctx, tx, a.Borrower); err != nil {
		return Offer{}, err
	}
	p, err := GetProduct(ctx, tx, a.Product, a.ProductVersion)
	if err != nil {
		return Offer{}, err
	}
	if err := withdrawOpenOffer(ctx, tx, ids, &a); err != nil {
		return Offer{}, err
	}
	return offer(ctx, tx, ids, actor, &a, p, in.Rate)
}

// offerOnApproval makes the default offer when the product says so.
func offerOnApproval(
	ctx context.Context, tx *db.Tx, ids *id.Source, a *Application, p *Product,
) error {
	if a.State != Approved || !p.AutoOffer {
		return nil
	}
	_, err := offer(ctx, tx, ids, rulesActor, a, p, nil)
	return err
}

// offer prices, stores and announces an offer.
func offer(
	ctx context.Context, tx *db.Tx, ids *id.Source, maker access.Actor,
	a *Application, p *Product, stated *money.Rate,
) (Offer, error) {
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Offer{}, err
	}
	o := Offer{
		Application: a.ID, Borrower: a.Borrower, Product: p.Code, ProductVersion: p.Version,
		Grade: a.Grade, Purpose: a.Request.Purpose, Principal: a.Request.Principal,
		Method: a.Request.Method, Instalments: a.Request.Instalments,
		StartOn: dates.BusinessOn, ExpiresOn: dates.BusinessOn.Days(p.OfferDays),
		State: OfferOpen, Maker: maker.Principal(),
		CreatedAt: tx.Now().UTC(), ChangedAt: tx.Now().UTC(),
	}
	rate, err := p.rateOf(o.Grade, stated)
	if err != nil {
		return Offer{}, err
	}
	if err := o.price(p, rate); err != nil {
		return Offer{}, err
	}
	n, err := ids.Next()
	if err != nil {
		return Offer{}, err
	}
	o.ID = OfferID(n)
	if err := storeNewOffer(ctx, tx, &o); err != nil {
		return Offer{}, err
	}
	tx.Own(lockOffer, n)
	return o, announceOffer(ctx, tx, ids, TopicOfferMade, &o)
}

// rateOf is the rate that was stated, or the grade's default. Refusals:
// ErrGrade, ErrRate.
func (p *Product) rateOf(grade string, stated *money.Rate) (money.Rate, error) {
	g, known := p.Grade(grade)
	switch {
	case !known:
		return 0, ErrGrade.In("grade")
	case stated == nil:
		return g.DefaultRate, nil
	case *stated < g.MinRate || *stated > g.MaxRate:
		return 0, ErrRate.In("rate").With("grade %s is from %s to %s", g.Name, g.MinRate, g.MaxRate)
	}
	return *stated, nil
}

// price fills in the rate and all that follows from it. Refusals: those of
// loan.NewSchedule and loan.APR.
func (o *Offer) price(p *Product, rate money.Rate) (err error) {
	o.Rate = rate
	if o.Schedule, err = loan.NewSchedule(o.Terms(p, o.StartOn)); err != nil {
		return err
	}
	if o.Fee, err = p.fee(o.Principal); err != nil {
		return err
	}
	o.TotalPayable = o.Principal.Minor() + o.Schedule.TotalInterest() // fits: see NewSchedule
	o.APR, err = annualRate(o.Schedule, o.Fee)
	return err
}
