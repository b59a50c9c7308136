// Package custody moves client money in and out through the custody bank and
// keeps the books equal to the bank's word.
//
// Invariants: a deposit is booked on a line of the bank's statement and on
// nothing else, once per line; money whose owner is not certain lies in
// suspense; a payout has one request number for ever, made from its id; what
// the bank says of a payout is applied in one place, in any order and any
// number of times, with one outcome; a contradiction opens a break and moves
// no money; while payouts are frozen no new order goes to the bank.
package custody

import (
	"slices"
	"time"

	"openlend/customer"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// PayoutID names a payout.
type PayoutID int64

const payoutPrefix = "pout"

// String shows the id as it is shown outside: pout_….
func (p PayoutID) String() string { return id.Format(payoutPrefix, int64(p)) }

// ParsePayoutID reads what String wrote. Refusal: id.ErrMalformed.
func ParsePayoutID(s string) (PayoutID, error) {
	n, err := id.Parse(payoutPrefix, s)
	return PayoutID(n), err
}

// requestNo is the number under which the bank knows a payout. It is made from
// the id alone, so that no crash and no repetition can ever make a second one.
func (p PayoutID) requestNo() string { return p.String() }

// Purpose is what a payout is for.
type Purpose string

// The purposes, and what Subject names. Withdrawals and returns of deposits hold
// the money first; the others find it in payout_transit already.
const (
	PurposeWithdrawal    Purpose = "withdrawal"     // the payout itself
	PurposeDisbursement  Purpose = "disbursement"   // the loan
	PurposeRefund        Purpose = "refund"         // what the caller refunds
	PurposeDepositReturn Purpose = "deposit_return" // the deposit, back to who paid it
)

// holds says whether the money waits in a hold until the order is sent.
func (p Purpose) holds() bool { return p == PurposeWithdrawal || p == PurposeDepositReturn }

// PayoutState says where a payout stands.
//
//	intent ─► sent ◄──► unknown
//	   │       │ │         │ │
//	   │       │ └────┐    │ │      unknown is left by asking the bank under the
//	   │       │  ┌───┼────┘ │      same number, or by its statement
//	   │       ▼  ▼   ▼      ▼
//	   ├──► rejected  settled ─► returned
//	   │
//	   └──► cancelled               by the customer, before the bank was told
//
// An intent is rejected by ourselves when the account cannot be paid any more.
// What the bank says of an intent (a restored database may have forgotten that
// it was sent) is a step to sent and on from there.
type PayoutState string

// The states.
const (
	PayoutIntent    PayoutState = "intent"    // stored, the bank was not told
	PayoutSent      PayoutState = "sent"      // to be sent or sent, no end yet
	PayoutUnknown   PayoutState = "unknown"   // sent, and the answer was lost
	PayoutSettled   PayoutState = "settled"   // the money has left the bank
	PayoutRejected  PayoutState = "rejected"  // it was never paid
	PayoutReturned  PayoutState = "returned"  // it was paid and came back
	PayoutCancelled PayoutState = "cancelled" // it was taken back before it was sent
)

var payoutSteps = map[PayoutState][]PayoutState{
	PayoutIntent:  {PayoutSent, PayoutRejected, PayoutCancelled},
	PayoutSent:    {PayoutUnknown, PayoutSettled, PayoutRejected},
	PayoutUnknown: {PayoutSent, PayoutSettled, PayoutRejected},
	PayoutSettled: {PayoutReturned},
}

// Steps are the states that may follow.
func (s PayoutState) Steps() []PayoutState { return payoutSteps[s] }

func (s PayoutState) may(to PayoutState) bool { return slices.Contains(payoutSteps[s], to) }

// open says whether the bank may still decide.
func (s PayoutState) open() bool { return s == PayoutSent || s == PayoutUnknown }

// Payout is money on its way out to somebody's bank account.
type Payout struct {
	ID          PayoutID
	Purpose     Purpose
	Subject     int64
	Customer    customer.ID            // 0: a deposit that goes back to a stranger
	BankAccount customer.BankAccountID // 0: as for Customer
	Amount      money.Amount
	RequestNo   string // under which the bank knows it
	State       PayoutState
	Reason      string // of its end, when there is something to say

	Home    ledger.AccountID // where the money comes back to
	Transit ledger.AccountID

	Line       int64 // of the bank's statement that shows it paid, 0 before
	ReturnLine int64 // that shows it returned, 0 before

	// Tries counts the orders that went out under RequestNo.
	Tries int64
	// MissingAt is when, by the bank's clock, the bank first did not know the
	// number after the last try; zero: it was not so.
	MissingAt time.Time

	CreatedAt time.Time
	SentAt    time.Time // zero before
	EndedAt   time.Time // of the last final state; zero before
}

// NewWithdrawal asks for money to the customer's own bank account.
type NewWithdrawal struct {
	Customer customer.ID
	Amount   money.Amount
}

// NewPayout asks for money that is in the customer's payout_transit account.
type NewPayout struct {
	Purpose  Purpose // disbursement or refund
	Subject  int64
	Customer customer.ID
	Amount   money.Amount
}

// stamp keeps what the bank has said beside the state that it led to.
func (p *Payout) stamp(now time.Time, r Result) {
	if len(payoutSteps[p.State]) == 0 || p.State == PayoutSettled {
		p.EndedAt = now
	}
	if p.State == PayoutSettled || p.State == PayoutReturned && p.Line == 0 {
		p.Line = r.Line
	}
	if p.State == PayoutReturned {
		p.ReturnLine = r.ReturnLine
	}
	if r.Reason != "" {
		p.Reason = r.Reason
	}
	p.MissingAt = time.Time{}
}
