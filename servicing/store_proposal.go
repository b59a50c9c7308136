package servicing

import (
	"context"
	"encoding/json"

	"openlend/internal/db"
)

const (
	selectProposalColumns = `SELECT id, loan_id, kind, state, detail, why, maker, checker,
		proposed_at, decided_at FROM servicing_proposal `

	selectProposal = selectProposalColumns + `WHERE id = $1`

	selectProposalsOf = selectProposalColumns + `WHERE loan_id = $1 AND id < $2
		ORDER BY id DESC LIMIT $3`

	selectOpenProposals = selectProposalColumns + `WHERE state = 'proposed' AND id < $1
		ORDER BY id DESC LIMIT $2`

	countOpenProposals = `SELECT COUNT(*) FROM servicing_proposal
		WHERE loan_id = $1 AND kind = $2 AND state = 'proposed'`

	updateProposal = `UPDATE servicing_proposal SET state = $1, checker = $2, decided_at = $3
		WHERE id = $4`
)

var insertProposal = &db.Insert{Table: "servicing_proposal", Columns: []string{
	"id", "loan_id", "kind", "state", "detail", "why", "maker", "checker", "proposed_at",
	"decided_at"}}

// proposalDetail is the JSON of servicing_proposal.detail.
type proposalDetail struct {
	Terms   json.RawMessage `json:"terms,omitempty"` // see writeNewTerms
	Consent string          `json:"consent,omitempty"`
}

func scanProposal(s db.Scanner) (p Proposal, err error) {
	var kind, state, text string
	var proposed, decided int64
	err = s.Scan((*int64)(&p.ID), (*int64)(&p.Loan), &kind, &state, &text, &p.Why, &p.Maker,
		&p.Checker, &proposed, &decided)
	if err != nil {
		return p, err
	}
	p.Kind, p.State, p.ProposedAt = ProposalKind(kind), ProposalState(state), instant(proposed)
	if decided != 0 {
		p.DecidedAt = instant(decided)
	}
	var detail proposalDetail
	if err := json.Unmarshal([]byte(text), &detail); err != nil {
		return p, err
	}
	if p.Consent = detail.Consent; detail.Terms != nil {
		p.Terms, err = readNewTerms(string(detail.Terms))
	}
	return p, err
}

// loadProposal loads a proposal. Refusal: ErrProposalNotFound.
func loadProposal(ctx context.Context, tx *db.Tx, proposal ProposalID) (Proposal, error) {
	p, err := db.One(ctx, tx, scanProposal, selectProposal, int64(proposal))
	return p, notFound(err, ErrProposalNotFound)
}

// storeNewProposal writes a proposal on a loan that is locked. Refusal: ErrProposed
// when it has an open one of its kind.
func storeNewProposal(ctx context.Context, tx *db.Tx, p *Proposal) error {
	open, err := db.Value[int64](ctx, tx, countOpenProposals, int64(p.Loan), string(p.Kind))
	if err == nil && open > 0 {
		err = ErrProposed
	}
	if err != nil {
		return err
	}
	detail := proposalDetail{Consent: p.Consent}
	if p.Kind == ProposeToRestructure {
		detail.Terms = json.RawMessage(writeNewTerms(&p.Terms))
	}
	return tx.InsertMany(ctx, insertProposal, 1, func(_ int, r *db.Row) {
		r.Int(int64(p.ID))
		r.Int(int64(p.Loan))
		r.Text(string(p.Kind))
		r.Text(string(p.State))
		r.Text(encoded(detail))
		r.Text(p.Why)
		r.Text(p.Maker)
		r.Text(p.Checker)
		r.Int(p.ProposedAt.UnixMicro())
		r.Int(0)
	})
}

// storeDecision writes what a second person decided, under the loan's lock.
func storeDecision(ctx context.Context, tx *db.Tx, p *Proposal) error {
	_, err := tx.Exec(ctx, updateProposal, string(p.State), p.Checker,
		p.DecidedAt.UnixMicro(), int64(p.ID))
	return err
}
