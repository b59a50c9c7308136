package api

import (
	"openlend/loan"
	"openlend/servicing"
)

// Proposal is what one person wants to do to a loan and a second one decides on.
type Proposal struct {
	ID         ID[servicing.ProposalID] `json:"id"`
	Loan       ID[servicing.LoanID]     `json:"loan"`
	Kind       string                   `json:"kind" doc:"charge_off or restructuring"`
	State      string                   `json:"state" doc:"proposed, approved or rejected"`
	Why        string                   `json:"why"`
	Consent    string                   `json:"consent,omitempty"`
	Terms      *NewTerms                `json:"terms,omitempty" doc:"Of a restructuring."`
	ProposedBy string                   `json:"proposed_by"`
	DecidedBy  string                   `json:"decided_by,omitempty"`
	ProposedAt Instant                  `json:"proposed_at"`
	DecidedAt  Instant                  `json:"decided_at,omitzero"`
}

func (p Proposal) resource() int64 { return int64(p.ID.Value) }

func proposalOf(p servicing.Proposal) Proposal {
	shown := Proposal{
		ID: idOf(p.ID), Loan: idOf(p.Loan), Kind: string(p.Kind), State: string(p.State),
		Why: p.Why, Consent: p.Consent, ProposedBy: p.Maker, DecidedBy: p.Checker,
		ProposedAt: Instant(p.ProposedAt), DecidedAt: Instant(p.DecidedAt),
	}
	if p.Kind == servicing.ProposeToRestructure {
		terms := newTermsOf(p.Terms)
		shown.Terms = &terms
	}
	return shown
}

func proposalID(p servicing.Proposal) servicing.ProposalID { return p.ID }

// NewTerms are terms that a loan is to have from the day they are approved.
type NewTerms struct {
	Rate           Rate   `json:"rate" doc:"Nominal, a year."`
	Method         string `json:"method" enum:"equal_instalments,equal_principal,interest_only,bullet"`
	Every          Period `json:"every"`
	Instalments    int    `json:"instalments" minimum:"1" maximum:"1200"`
	FirstDue       Date   `json:"first_due,omitzero" doc:"One period after the day when it is left out."`
	GracePrincipal int    `json:"grace_principal,omitempty" minimum:"0" doc:"Instalments without principal at first."`
	Arrears        string `json:"arrears" enum:"kept,spread" doc:"What becomes of interest that was earned and not paid."`
}

func (t *NewTerms) terms() loan.NewTerms {
	return loan.NewTerms{
		AnnualRate: t.Rate.Value, Method: loan.Method(t.Method), Every: t.Every.Value,
		Instalments: t.Instalments, FirstDue: t.FirstDue.Value, GracePrincipal: t.GracePrincipal,
		Arrears: loan.Arrears(t.Arrears),
	}
}

func newTermsOf(t loan.NewTerms) NewTerms {
	return NewTerms{
		Rate: rateOf(t.AnnualRate), Method: string(t.Method), Every: Period{Value: t.Every},
		Instalments: t.Instalments, FirstDue: dateOf(t.FirstDue), GracePrincipal: t.GracePrincipal,
		Arrears: string(t.Arrears),
	}
}
