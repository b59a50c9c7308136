package custody

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// DepositID names a deposit.
type DepositID int64

const depositPrefix = "dep"

// String shows the id as it is shown outside: dep_….
func (d DepositID) String() string { return id.Format(depositPrefix, int64(d)) }

// ParseDepositID reads what String wrote. Refusal: id.ErrMalformed.
func ParseDepositID(s string) (DepositID, error) {
	n, err := id.Parse(depositPrefix, s)
	return DepositID(n), err
}

// DepositState says where money that came in stands.
//
//	            ┌─► credited               in its owner's wallet
//	suspense ───┤
//	   ▲        └─► returning ─► returned  back to who paid it
//	   │                │            │
//	   └────────────────┴────────────┘     the bank could not, or it came back
//
// A line whose owner is certain begins as credited.
type DepositState string

// The states.
const (
	DepositSuspense  DepositState = "suspense"
	DepositCredited  DepositState = "credited"
	DepositReturning DepositState = "returning"
	DepositReturned  DepositState = "returned"
)

var depositSteps = map[DepositState][]DepositState{
	DepositSuspense:  {DepositCredited, DepositReturning},
	DepositReturning: {DepositReturned, DepositSuspense},
	DepositReturned:  {DepositSuspense},
}

// Steps are the states that may follow.
func (s DepositState) Steps() []DepositState { return depositSteps[s] }

func (s DepositState) may(to DepositState) bool { return slices.Contains(depositSteps[s], to) }

// Doubt is why a deposit lies in suspense.
type Doubt string

// The doubts.
const (
	DoubtReference Doubt = "reference"     // it names no customer
	DoubtPayer     Doubt = "payer"         // somebody else than the named customer paid
	DoubtWallet    Doubt = "wallet_frozen" // the owner's wallet takes nothing at present
)

// Deposit is money that came in: one line of the bank's statement, or a payout
// that came back and could not go home.
type Deposit struct {
	ID       DepositID
	Line     int64    // of the statement; 0: it was a payout
	Payout   PayoutID // that came back; 0: it was a line
	Amount   money.Amount
	State    DepositState
	Customer customer.ID // its owner, 0 while nobody knows
	Doubt    Doubt       // why it went into suspense, "" when it never did
	Account  ledger.AccountID
	BookedAt time.Time // by the bank's clock
	SeenAt   time.Time // by ours
	DoneBy   string    // who identified or returned it; "" for the machine
}

// follow takes a deposit that is being returned along with its payout.
func (d *Deposit) follow(ctx context.Context, tx *db.Tx, payout PayoutState) error {
	to := d.State
	switch payout {
	case PayoutSettled:
		to = DepositReturned
	case PayoutRejected, PayoutReturned:
		to = DepositSuspense
	}
	if to == d.State {
		return nil
	}
	if d.State == DepositReturning && payout == PayoutReturned {
		d.State = DepositReturned // it was paid and came back in one word of the bank
	}
	if !d.State.may(to) {
		return ErrInvalidState.With("a deposit that is %s cannot be %s", d.State, to)
	}
	d.State = to
	return storeDeposit(ctx, tx, d)
}

// lockDeposit locks a deposit and reads it as it is then.
func lockDeposit(ctx context.Context, tx *db.Tx, n DepositID) (Deposit, error) {
	if err := tx.Lock(ctx, depositLock, int64(n)); err != nil {
		return Deposit{}, err
	}
	return loadDeposit(ctx, tx, n)
}

// Party is the other side of a line, as the bank tells it. It is personal data.
type Party struct {
	Name    string `json:"name"`
	Account string `json:"account"`
	Country string `json:"country"`
}

// Format implements fmt.Formatter for every verb: it shows nothing.
func (Party) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[hidden]")) }

// LogValue implements slog.LogValuer.
func (Party) LogValue() slog.Value { return slog.StringValue("[hidden]") }

// LineKind is what a line of the bank's statement shows.
type LineKind string

// The kinds.
const (
	LineCredit LineKind = "credit" // somebody paid in
	LineDebit  LineKind = "debit"  // an order was paid
	LineReturn LineKind = "return" // a paid order came back
)

// Line is one line of the bank's statement of one account (one currency).
// Numbers begin at 1 and have no gap.
type Line struct {
	No        int64
	Kind      LineKind
	Amount    money.Amount // above zero for each kind
	BookedAt  time.Time
	RequestNo string // of a debit or a return
	Of        int64  // of a return: the line that shows it paid
	Reference string // the text that the payer gave
	Payer     Party
}

// CreditLine is a line by which somebody paid in.
type CreditLine struct {
	No        int64
	Amount    money.Amount
	BookedAt  time.Time
	Reference string
	Payer     Party
}
