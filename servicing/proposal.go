package servicing

import (
	"context"
	"time"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/loan"
)

// ProposalID names a proposal: prp_….
type ProposalID int64

// String shows the id as it is shown outside.
func (p ProposalID) String() string { return id.Format("prp", int64(p)) }

// ParseProposalID reads what String wrote. Refusal: id.ErrMalformed.
func ParseProposalID(s string) (ProposalID, error) {
	n, err := id.Parse("prp", s)
	return ProposalID(n), err
}

// ProposalKind is what a proposal would do to its loan.
type ProposalKind string

// The kinds.
const (
	ProposeToChargeOff   ProposalKind = "charge_off"
	ProposeToRestructure ProposalKind = "restructuring"
)

// ProposalState is where a proposal stands.
//
//	proposed ──► approved    by a second person: it is a fact of the loan
//	         └─► rejected    by a second person too
type ProposalState string

// The states.
const (
	ProposalOpen     ProposalState = "proposed"
	ProposalApproved ProposalState = "approved"
	ProposalRejected ProposalState = "rejected"
)

var proposalSteps = map[ProposalState][]ProposalState{
	ProposalOpen:     {ProposalApproved, ProposalRejected},
	ProposalApproved: {},
	ProposalRejected: {},
}

// ProposalStates lists all states.
func ProposalStates() []ProposalState {
	return []ProposalState{ProposalOpen, ProposalApproved, ProposalRejected}
}

// Steps lists the legal next states.
func (s ProposalState) Steps() []ProposalState { return proposalSteps[s] }

// Proposal is what one person wants to do to a loan and a second one decides on.
// A loan has one open proposal of a kind.
type Proposal struct {
	ID         ProposalID
	Loan       LoanID
	Kind       ProposalKind
	State      ProposalState
	Terms      loan.NewTerms // of a restructuring
	Consent    string        // of a restructuring: by what rule or mandate the holders agreed
	Why        string
	Maker      string // principal of who proposed it
	Checker    string // principal of who decided, "" before
	ProposedAt time.Time
	DecidedAt  time.Time // zero before
}

// checkWhy refuses a text that is no reason. Refusal: ErrWhy.
func checkWhy(field, why string) error {
	if n := len([]rune(why)); n < 3 || n > 1000 {
		return ErrWhy.In(field)
	}
	return nil
}

// ListProposals lists the open proposals, or all of one loan, newest first.
// Refusals: access.ErrForbidden, ErrLimit.
func ListProposals(
	ctx context.Context, tx *db.Tx, actor access.Actor, q ProposalQuery,
) ([]Proposal, error) {
	if err := actor.Require(access.ReadAll); err != nil {
		return nil, err
	}
	after, limit, err := page(int64(q.After), q.Limit)
	if err != nil {
		return nil, err
	}
	if q.Loan != 0 {
		return db.Many(ctx, tx, scanProposal, selectProposalsOf, int64(q.Loan), after, limit)
	}
	return db.Many(ctx, tx, scanProposal, selectOpenProposals, after, limit)
}

// ProposalQuery asks for a page of proposals.
type ProposalQuery struct {
	Loan  LoanID     // 0: the open ones of all loans
	After ProposalID // the last one of the page before, 0: from the newest
	Limit int        // 1 to 200, 0: 50
}

// GetProposal reads a proposal. Refusals: access.ErrForbidden,
// ErrProposalNotFound.
func GetProposal(
	ctx context.Context, tx *db.Tx, actor access.Actor, proposal ProposalID,
) (Proposal, error) {
	if err := actor.Require(access.ReadAll); err != nil {
		return Proposal{}, err
	}
	return loadProposal(ctx, tx, proposal)
}
