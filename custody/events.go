package custody

import (
	"context"
	"encoding/json"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
)

// What custody announces. Events of a payout and of a deposit have its id as
// their key.
const (
	TopicPayoutSettled   = "custody.payout_settled"   // PayoutEvent
	TopicPayoutRejected  = "custody.payout_rejected"  // PayoutEvent
	TopicPayoutReturned  = "custody.payout_returned"  // PayoutEvent
	TopicDepositCredited = "custody.deposit_credited" // DepositEvent
	TopicBreakOpened     = "custody.break_opened"     // BreakEvent
	TopicPayoutsFrozen   = "custody.payouts_frozen"   // FreezeEvent
	TopicPayoutsReleased = "custody.payouts_released" // FreezeEvent
)

// PayoutEvent tells what became of a payout. Subject is bare: only who gave it
// knows what it names.
type PayoutEvent struct {
	Payout  PayoutID
	Purpose Purpose
	Subject int64
}

// DepositEvent tells that money is in its owner's wallet.
type DepositEvent struct {
	Deposit  DepositID
	Customer customer.ID
}

type payoutPayload struct {
	Payout  string  `json:"payout"`
	Purpose Purpose `json:"purpose"`
	Subject int64   `json:"subject,string"`
}

type depositPayload struct {
	Deposit  string `json:"deposit"`
	Customer string `json:"customer"`
}

type breakPayload struct {
	Break string    `json:"break"`
	Kind  BreakKind `json:"kind"`
}

type freezePayload struct {
	Freeze string `json:"freeze"`
}

// ParsePayoutEvent reads the payload of a payout's event.
func ParsePayoutEvent(payload string) (PayoutEvent, error) {
	var p payoutPayload
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		return PayoutEvent{}, err
	}
	n, err := ParsePayoutID(p.Payout)
	return PayoutEvent{n, p.Purpose, p.Subject}, err
}

// ParseDepositEvent reads the payload of a deposit's event.
func ParseDepositEvent(payload string) (DepositEvent, error) {
	var p depositPayload
	if err := json.Unmarshal([]byte(payload), &p); err != nil {
		return DepositEvent{}, err
	}
	n, err := ParseDepositID(p.Deposit)
	if err != nil {
		return DepositEvent{}, err
	}
	c, err := customer.ParseID(p.Customer)
	return DepositEvent{n, c}, err
}

func announce(
	ctx context.Context, tx *db.Tx, ids *id.Source, topic, key string, payload any,
) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	n, err := ids.Next()
	if err != nil {
		return err
	}
	return outbox.Write(ctx, tx,
		outbox.Event{ID: n, Topic: topic, Key: key, Payload: string(text)})
}

func announcePayout(
	ctx context.Context, tx *db.Tx, ids *id.Source, topic string, p *Payout,
) error {
	return announce(ctx, tx, ids, topic, p.ID.String(),
		payoutPayload{p.ID.String(), p.Purpose, p.Subject})
}
