package ledger

import (
	"time"

	"openlend/internal/id"
	"openlend/money"
)

// TransferID names a transfer; ids of one batch are consecutive.
type TransferID int64

// String shows the id as it is shown outside: trf_….
func (t TransferID) String() string { return id.Format("trf", int64(t)) }

// Cause is the one reason of a posting: the row of the room that caused it.
// The same cause and leg can be posted once, for ever.
type Cause struct {
	Type string // "bid", "payment", …: lower case, at most 32 characters
	ID   int64
}

// Op is what a command does.
type Op uint8

// The operations. A hold goes
//
//	open -> posted            by PostHold, in parts until nothing remains
//	open -> voided | expired  the rest is available again
const (
	OpTransfer   Op = iota // Debit -> Credit
	OpHold                 // reserve Amount of Debit under Cause
	OpPostHold             // transfer Amount of the hold Of to Credit, under Cause
	OpVoidHold             // release what remains of the hold Of
	OpExpireHold           // the same, when its time has passed
	OpReverse              // a transfer that undoes another, in its own entry type
)

// Command is one thing to book. Recipes (post_….go) make them.
type Command struct {
	Op      Op
	Cause   Cause
	Leg     int // distinguishes transfers of one cause
	Debit   AccountID
	Credit  AccountID
	Amount  money.Amount
	Of      Cause     // the hold that OpPostHold, OpVoidHold, OpExpireHold speak of
	Expires time.Time // OpHold: zero is never
	// Linked ties this command to the next one: a run of linked commands and
	// the one after them succeed together or are all refused.
	Linked bool
}

// Result is the answer to one command.
type Result struct {
	// Err is the refusal, nil when it is booked. In a linked set the guilty
	// command has its own refusal and the others ErrLinked.
	Err error
	// Transfer is the row that was written, 0 for holds and releases.
	Transfer TransferID
	// Replayed says that exactly this was booked before; nothing was done now.
	Replayed bool
}

// EntryType tells a correction from an ordinary movement.
type EntryType string

// The entry types.
const (
	EntryTransfer EntryType = "transfer"
	EntryReversal EntryType = "reversal"
)

// Transfer is one row of the journal.
type Transfer struct {
	ID         TransferID
	Cause      Cause
	Leg        int64
	Entry      EntryType
	Debit      AccountID
	Credit     AccountID
	Amount     int64 // minor units, above zero
	Currency   money.Currency
	BookedAt   int64  // microseconds UTC
	BusinessOn string // YYYY-MM-DD

	// The accounts' posted balances after it and their transfers before it;
	// meaningful for kinds with a running balance only.
	DebitAfter, CreditAfter       int64
	DebitPrevious, CreditPrevious TransferID
	DebitRunning, CreditRunning   bool
}

// HoldState is the state of a hold; see Op.
type HoldState string

// The states of a hold.
const (
	HoldOpen    HoldState = "open"
	HoldPosted  HoldState = "posted"
	HoldVoided  HoldState = "voided"
	HoldExpired HoldState = "expired"
)

// Hold is money reserved in an account.
type Hold struct {
	Cause     Cause
	Account   AccountID
	Amount    int64
	Remaining int64
	Currency  money.Currency
	State     HoldState
	OpenedAt  int64
	ExpiresAt int64 // 0: never

	stored    int64 // remaining as the database has it, 0 for a new hold
	changedBy int64 // the group that touched it last
}
