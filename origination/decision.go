package origination

import (
	"context"
	"time"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
)

// DecisionID is the identifier of a decision.
type DecisionID int64

// String is the id as the outside sees it.
func (d DecisionID) String() string { return id.Format("dec", int64(d)) }

// DecidedBy says whether the rules or a person decided.
type DecidedBy string

// Who decides. The rules decide first and once; a person decides what they
// refer, and nothing decides after him.
const (
	ByRules  DecidedBy = "rules"
	ByPerson DecidedBy = "person"
)

// Decision is one decision on an application with all that it was made from. It
// never changes.
type Decision struct {
	ID             DecisionID
	Application    ApplicationID
	Nr             int64 // from 1: of the rules
	By             DecidedBy
	Decider        string // principal
	Result         Result
	Grade          string // that it grants or would grant, "" for none
	Reasons        []Reason
	Note           string // of a person
	Inputs         string // JSON of Inputs, as they were
	Product        string
	ProductVersion int64
	RuleSet        int64 // number of the rules of this program
	DecidedAt      time.Time
}

// ListDecisions lists the decisions on an application, the first one first.
func ListDecisions(
	ctx context.Context, tx *db.Tx, application ApplicationID,
) ([]Decision, error) {
	return loadDecisions(ctx, tx, application)
}

// decide keeps a decision and moves its application.
func decide(
	ctx context.Context, tx *db.Tx, ids *id.Source, a *Application, d Decision,
) error {
	next := map[Result]ApplicationState{Approve: Approved, Refer: Referred, Decline: Declined}
	if err := a.step(next[d.Result]); err != nil {
		return err
	}
	n, err := ids.Next()
	if err != nil {
		return err
	}
	d.ID, d.Application, d.DecidedAt = DecisionID(n), a.ID, tx.Now().UTC()
	d.Product, d.ProductVersion, d.RuleSet = a.Product, a.ProductVersion, ruleSet
	if err := storeDecision(ctx, tx, &d); err != nil {
		return err
	}
	a.Grade, a.Reasons = d.Grade, d.Reasons
	if err := storeApplication(ctx, tx, a); err != nil {
		return err
	}
	return announceApplication(ctx, tx, ids, TopicApplicationDecided, a)
}

// gather collects what a decision is made from. The borrower is counted alone.
func gather(ctx context.Context, tx *db.Tx, a *Application, p *Product) (Inputs, error) {
	dates, err := ledger.ReadDates(ctx, tx)
	if err != nil {
		return Inputs{}, err
	}
	h, err := history(ctx, tx, a, p)
	return Inputs{
		On: dates.BusinessOn, Principal: a.Request.Principal.Minor(), Purpose: a.Request.Purpose,
		Method: a.Request.Method, Instalments: a.Request.Instalments, Facts: a.Request.Facts,
		History: h,
	}, err
}
