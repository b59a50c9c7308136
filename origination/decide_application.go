package origination

import (
	"context"
	"unicode/utf8"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
)

// NewDecision is what a person decides on an application that the rules have
// referred.
type NewDecision struct {
	Application ApplicationID
	Result      Result   // Approve or Decline
	Grade       string   // to approve: "" takes the one that the rules have found
	Reasons     []Reason // 1 to 10
	Note        string   // up to 1000 characters
}

const longestNote = 1000

func (n *NewDecision) validate() error {
	if n.Result != Approve && n.Result != Decline {
		return ErrDecision.In("result")
	}
	if utf8.RuneCountInString(n.Note) > longestNote {
		return ErrNote.In("note")
	}
	return validReasons(n.Reasons)
}

// DecideApplication lets a person decide on a referred application. The limits
// of the product on what one borrower and all together may owe hold for him
// too. Refusals: access.ErrForbidden, ErrDecision, ErrReasons, ErrNote,
// ErrApplicationNotFound, ErrInvalidState, ErrGrade, ErrCap.
func DecideApplication(
	ctx context.Context, tx *db.Tx, ids *id.Source, actor access.Actor, in NewDecision,
) (Application, error) {
	if err := actor.Require(access.ApplicationDecide); err != nil {
		return Application{}, err
	}
	if err := in.validate(); err != nil {
		return Application{}, err
	}
	a, err := lockedApplication(ctx, tx, in.Application)
	if err != nil {
		return Application{}, err
	}
	if a.State != Referred {
		return Application{}, ErrInvalidState.With("%s is not for a person to decide", a.State)
	}
	p, err := GetProduct(ctx, tx, a.Product, a.ProductVersion)
	if err != nil {
		return Application{}, err
	}
	inputs, err := gather(ctx, tx, &a, p)
	if err != nil {
		return Application{}, err
	}
	d := Decision{
		By: ByPerson, Decider: actor.Principal(), Result: in.Result, Grade: a.Grade,
		Reasons: in.Reasons, Note: in.Note,
	}
	if in.Result == Approve {
		if d.Grade, err = p.grantable(in.Grade, a.Grade, inputs); err != nil {
			return Application{}, err
		}
	}
	if d.Inputs, err = writeJSON(inputs); err != nil {
		return Application{}, err
	}
	before, err := loadDecisions(ctx, tx, a.ID)
	if err != nil {
		return Application{}, err
	}
	d.Nr = int64(len(before)) + 1
	if err := decide(ctx, tx, ids, &a, d); err != nil {
		return Application{}, err
	}
	return a, offerOnApproval(ctx, tx, ids, &a, p)
}

// grantable returns the grade that a person grants: his own, or that of the
// rules. Refusals: ErrGrade, ErrCap.
func (p *Product) grantable(stated, found string, in Inputs) (string, error) {
	if stated == "" {
		stated = found
	}
	if _, known := p.Grade(stated); !known {
		return "", ErrGrade.In("grade")
	}
	caps, err := p.caps(in.History, in.Principal)
	if err != nil {
		return "", err
	}
	if len(caps) > 0 {
		return "", ErrCap.With("%s", caps[0])
	}
	return stated, nil
}
