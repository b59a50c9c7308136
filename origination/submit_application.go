package origination

import (
	"context"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// SubmitApplication submits a draft and lets the rules decide on it at once,
// both under the product version that is in force today: it comes back
// approved, referred to a person, or declined. Refusals: access.ErrForbidden,
// ErrApplicationNotFound, ErrInvalidState, those of Customer.MayBorrow,
// ErrProductNotFound, those of Product.Accepts.
func SubmitApplication(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, application ApplicationID,
) (Application, error) {
	a, err := lockedOwnApplication(ctx, tx, actor, application)
	if err != nil {
		return Application{}, err
	}
	if err := a.step(Submitted); err != nil {
		return Application{}, err
	}
	if err := mayBorrow(ctx, tx, a.Borrower); err != nil {
		return Application{}, err
	}
	p, err := productToday(ctx, tx, a.Product)
	if err != nil {
		return Application{}, err
	}
	if err := p.Accepts(&a.Request); err != nil {
		return Application{}, err
	}
	a.ProductVersion = p.Version
	if err := storeApplication(ctx, tx, &a); err != nil {
		return Application{}, err
	}
	err = announceApplication(ctx, tx, ids, TopicApplicationSubmitted, &a)
	if err != nil {
		return Application{}, err
	}
	return a, decideByRules(ctx, tx, ids, &a, p)
}

// rulesActor is who decides and offers when no person does.
var rulesActor = access.System("rules")

// decideByRules is the automatic decision: the first one, and only of what is
// submitted. Refusal: ErrInvalidState.
func decideByRules(
	ctx context.Context, tx *db.Tx, ids *id.Source, a *Application, p *Product,
) error {
	if a.State != Submitted {
		return ErrInvalidState.With("the rules have nothing to decide on what is %s", a.State)
	}
	in, err := gather(ctx, tx, a, p)
	if err != nil {
		return err
	}
	v, err := p.Judge(in)
	if err != nil {
		return err
	}
	inputs, err := writeJSON(in)
	if err != nil {
		return err
	}
	err = decide(ctx, tx, ids, a, Decision{
		Nr: 1, By: ByRules, Decider: rulesActor.Principal(), Result: v.Result, Grade: v.Grade,
		Reasons: v.Reasons, Inputs: inputs,
	})
	if err != nil {
		return err
	}
	return offerOnApproval(ctx, tx, ids, a, p)
}
