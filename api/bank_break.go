package api

import "openlend/custody"

// Break is one disagreement with the bank. It moves no money by itself.
type Break struct {
	ID       ID[custody.BreakID] `json:"id"`
	Kind     string              `json:"kind"`
	Currency string              `json:"currency"`
	Subject  string              `json:"subject"`
	What     string              `json:"what"`
	Owner    string              `json:"owner" doc:"Whose work it is."`
	State    string              `json:"state" doc:"open or closed"`
	OpenedAt Instant             `json:"opened_at"`
	ClosedAt Instant             `json:"closed_at,omitzero"`
	ClosedBy string              `json:"closed_by,omitempty"`
	Note     string              `json:"note,omitempty"`
}

func (b Break) resource() int64 { return int64(b.ID.Value) }

func breakOf(b custody.Break) Break {
	return Break{
		ID: idOf(b.ID), Kind: string(b.Kind), Currency: string(b.Currency), Subject: b.Subject,
		What: b.What, Owner: b.Owner, State: string(b.State), OpenedAt: Instant(b.OpenedAt),
		ClosedAt: Instant(b.ClosedAt), ClosedBy: b.ClosedBy, Note: b.Note,
	}
}

func breakID(b custody.Break) custody.BreakID { return b.ID }
