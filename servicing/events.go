package servicing

import (
	"context"
	"encoding/json"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
)

// What this room announces. The key of an event is its loan, so that what
// happens to one loan is heard in order.
const (
	TopicLoanOpened       = "servicing.loan_opened"       // LoanEvent
	TopicLoanStepped      = "servicing.loan_stepped"      // LoanEvent, one for each step
	TopicPaymentReceived  = "servicing.payment_received"  // PaymentEvent
	TopicPaymentReturned  = "servicing.payment_returned"  // PaymentEvent
	TopicPaymentRefunded  = "servicing.payment_refunded"  // PaymentEvent
	TopicDistributionDone = "servicing.distribution_done" // DistributionEvent
	TopicLegHeld          = "servicing.leg_held"          // LegEvent: a holder cannot be paid
	TopicClaimOpened      = "servicing.claim_opened"      // LegEvent: a customer owes it back
	TopicProposed         = "servicing.proposed"          // ProposalEvent
	TopicProposalDecided  = "servicing.proposal_decided"  // ProposalEvent
)

// LoanEvent is the payload of a loan's event. From is "" when it is opened.
// Outstanding is what the borrower owes or, before he has it, is going to owe:
// origination counts both.
type LoanEvent struct {
	Loan        string `json:"loan"`
	Listing     string `json:"listing"`
	From        State  `json:"from,omitempty"`
	To          State  `json:"to"`
	Outstanding int64  `json:"outstanding"`
	DaysPastDue int    `json:"days_past_due"`
}

// event tells that a loan has gone from one state to another.
func (l *Loan) event(from, to State) LoanEvent {
	e := LoanEvent{Loan: l.ID.String(), Listing: l.Listing.String(), From: from, To: to,
		Outstanding: l.Outstanding, DaysPastDue: l.DaysPastDue}
	if to == StateSigning || to == StateDisbursing {
		e.Outstanding = l.Principal
	}
	return e
}

// PaymentEvent is the payload of a payment's event. Minor is what came or was
// refunded, 0 when it was returned.
type PaymentEvent struct {
	Loan    string `json:"loan"`
	Payment string `json:"payment"`
	Minor   int64  `json:"minor"`
}

// DistributionEvent is the payload of a distribution's event.
type DistributionEvent struct {
	Loan         string `json:"loan"`
	Distribution string `json:"distribution"`
}

// LegEvent is the payload of the event of one leg of a distribution.
type LegEvent struct {
	Loan         string `json:"loan"`
	Distribution string `json:"distribution"`
	Customer     string `json:"customer"`
	Minor        int64  `json:"minor"`
}

// ProposalEvent is the payload of a proposal's event.
type ProposalEvent struct {
	Loan     string        `json:"loan"`
	Proposal string        `json:"proposal"`
	Kind     ProposalKind  `json:"kind"`
	State    ProposalState `json:"state"`
}

// ParseLoanEvent reads a payload. An error is a fault of the writer.
func ParseLoanEvent(payload string) (e LoanEvent, err error) {
	return e, json.Unmarshal([]byte(payload), &e)
}

// ParsePaymentEvent reads a payload. An error is a fault of the writer.
func ParsePaymentEvent(payload string) (e PaymentEvent, err error) {
	return e, json.Unmarshal([]byte(payload), &e)
}

// ParseLegEvent reads a payload. An error is a fault of the writer.
func ParseLegEvent(payload string) (e LegEvent, err error) {
	return e, json.Unmarshal([]byte(payload), &e)
}

// news are the events of one transaction in their order; they get their ids when
// they are written.
type news []outbox.Event

func (n *news) add(topic string, loan LoanID, payload any) {
	*n = append(*n, outbox.Event{Topic: topic, Key: loan.String(), Payload: encoded(payload)})
}

// distribution tells that one is done, when it is.
func (n *news) distribution(d *Distribution) {
	if d.State == DistributionDone {
		n.add(TopicDistributionDone, d.Loan, DistributionEvent{d.Loan.String(), d.ID.String()})
	}
}

func (n *news) held(h *Held) {
	n.add(TopicLegHeld, h.Loan, LegEvent{h.Loan.String(), h.Distribution.String(),
		customer.ID(h.Customer).String(), h.Amount})
}

func (n *news) claim(c *Claim) {
	n.add(TopicClaimOpened, c.Loan, LegEvent{c.Loan.String(), c.Distribution.String(),
		customer.ID(c.Customer).String(), c.Amount})
}

// announce writes the news in their order.
func (n *news) announce(ctx context.Context, tx *db.Tx, ids *id.Source) (err error) {
	for i := range *n {
		if (*n)[i].ID, err = ids.Next(); err != nil {
			return err
		}
	}
	return outbox.WriteMany(ctx, tx, *n)
}
