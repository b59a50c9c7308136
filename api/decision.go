package api

import "openlend/origination"

// Decision is one decision on an application.
type Decision struct {
	Nr             int64    `json:"nr"`
	By             string   `json:"by" doc:"rules or person"`
	Decider        string   `json:"decider"`
	Result         string   `json:"result"`
	Grade          string   `json:"grade,omitempty"`
	Reasons        []Reason `json:"reasons" nullable:"false"`
	Product        string   `json:"product"`
	ProductVersion int64    `json:"product_version"`
	RuleSet        int64    `json:"rule_set" doc:"Of the program's rules."`
	DecidedAt      Instant  `json:"decided_at"`
}

func decisionOf(d origination.Decision) Decision {
	return Decision{
		Nr: d.Nr, By: string(d.By), Decider: d.Decider, Result: string(d.Result), Grade: d.Grade,
		Reasons: reasonsOf(d.Reasons), Product: d.Product, ProductVersion: d.ProductVersion,
		RuleSet: d.RuleSet, DecidedAt: Instant(d.DecidedAt),
	}
}
