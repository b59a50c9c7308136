package api

import "openlend/custody"

// PayoutFreeze is a time in which no order goes out to the bank.
type PayoutFreeze struct {
	ID         ID[custody.FreezeID] `json:"id"`
	Reason     string               `json:"reason"`
	FrozenBy   string               `json:"frozen_by"`
	FrozenAt   Instant              `json:"frozen_at"`
	ReleasedBy string               `json:"released_by,omitempty"`
	ReleasedAt Instant              `json:"released_at,omitzero"`
}

func (f PayoutFreeze) resource() int64 { return int64(f.ID.Value) }

func freezeOf(f custody.Freeze) PayoutFreeze {
	return PayoutFreeze{
		ID: idOf(f.ID), Reason: f.Reason, FrozenBy: f.Maker, FrozenAt: Instant(f.FrozenAt),
		ReleasedBy: f.Checker, ReleasedAt: Instant(f.ReleasedAt),
	}
}

// Position is client money of one currency in our books and at the bank.
type Position struct {
	Currency   string  `json:"currency"`
	BusinessOn Date    `json:"business_on"`
	Books      Amount  `json:"books"`
	InTransit  Amount  `json:"in_transit" doc:"What the bank's balance does not show yet, itemised in its statement."`
	Bank       Amount  `json:"bank" doc:"Its own balance."`
	Difference Amount  `json:"difference" doc:"What nothing explains; payouts are frozen unless it is zero."`
	AskedAt    Instant `json:"asked_at"`
}

func positionOf(p custody.Position) Position {
	return Position{
		Currency: string(p.Currency), BusinessOn: dateOf(p.BusinessOn),
		Books: minorOf(p.Books, p.Currency), InTransit: minorOf(p.InTransit, p.Currency),
		Bank: minorOf(p.Bank, p.Currency), Difference: minorOf(p.Difference, p.Currency),
		AskedAt: Instant(p.AskedAt),
	}
}
