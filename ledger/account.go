// Package ledger is the double-entry journal: accounts, transfers, two-phase
// holds, sealed business dates and the tamper-evident log of it all. Other
// rooms decide what is due; the ledger decides how it is booked and refuses
// what cannot be.
//
// Invariants: one row is one movement between two accounts of one currency,
// with an amount above zero and one cause for ever; rows are never changed;
// posted - held of an account that belongs to somebody is never below zero;
// the balances of every currency sum to zero; a sealed date takes no entry.
package ledger

import (
	"openlend/internal/id"
	"openlend/money"
)

// AccountID names an account.
type AccountID int64

// String shows the id as it is shown outside: acc_….
func (a AccountID) String() string { return id.Format("acc", int64(a)) }

// Kind is the place of an account in the chart.
type Kind string

// The chart, one set per currency. Assets and expenses grow by debits,
// liabilities, income and equity by credits.
const (
	BankClients   Kind = "bank_clients"   // asset: client money at the custody bank
	BankPlatform  Kind = "bank_platform"  // asset: the platform's own money at its bank
	Advance       Kind = "advance"        // asset: paid ahead under a booked contract
	Receivable    Kind = "receivable"     // asset: owed to the platform by one customer
	Wallet        Kind = "wallet"         // client money of one customer
	Escrow        Kind = "escrow"         // allotted money of one listing before disbursement
	Collection    Kind = "collection"     // a repayment that is not yet distributed
	PayoutTransit Kind = "payout_transit" // on its way out through the bank
	Suspense      Kind = "suspense"       // received, owner or purpose not clear yet
	Provision     Kind = "provision"      // provision fund, paid out by published rules
	FeeIncome     Kind = "fee_income"     // earned by the platform
	TaxWithheld   Kind = "tax_withheld"   // to be paid to the authority
	Expense       Kind = "expense"        // borne by the platform
	Equity        Kind = "equity"         // the platform's own capital
)

// side is how a kind behaves: which way it grows, and whether every account of
// it keeps a running balance that may not fall below zero. The platform's own
// accounts keep none: as rows that every posting touches they would queue all
// writers, so they are summed when a date is sealed.
type side struct {
	credit  bool
	running bool
}

var chart = map[Kind]side{
	BankClients:   {},
	BankPlatform:  {},
	Advance:       {},
	Receivable:    {running: true},
	Wallet:        {credit: true, running: true},
	Escrow:        {credit: true, running: true},
	Collection:    {credit: true, running: true},
	PayoutTransit: {credit: true, running: true},
	Suspense:      {credit: true, running: true},
	Provision:     {credit: true, running: true},
	FeeIncome:     {credit: true},
	TaxWithheld:   {credit: true},
	Expense:       {},
	Equity:        {credit: true},
}

// Running says whether accounts of this kind keep a running balance.
func (k Kind) Running() bool { return chart[k].running }

// CreditNormal says whether the kind grows by credits.
func (k Kind) CreditNormal() bool { return chart[k].credit }

// State is the state of an account:
//
//	open <-> frozen      freeze, unfreeze
//	open  -> closed      only with nothing posted and nothing held
type State string

// The states. A frozen account takes no posting at all; a closed one never
// opens again.
const (
	Open   State = "open"
	Frozen State = "frozen"
	Closed State = "closed"
)

// steps are the legal changes of state.
var steps = map[State][]State{Open: {Frozen, Closed}, Frozen: {Open}}

// Account is one account with its running balance. Posted and Held are minor
// units by the normal side of its kind; both are 0 for kinds without one.
type Account struct {
	ID       AccountID
	Kind     Kind
	Currency money.Currency
	OwnerID  int64 // 0: the platform's own
	State    State
	Posted   int64
	Held     int64

	version   int64      // of the balance row: the group that changed it last
	last      TransferID // the account's newest transfer
	touchedBy int64      // the group that touched it last
}

// Available is what may be spent: posted less held.
func (a *Account) Available() int64 { return a.Posted - a.Held }

// apply moves the posted balance: delta is positive for a debit, negative for
// a credit of this account. It reports whether the result is allowed.
func (a *Account) apply(debit bool, amount int64) error {
	s := chart[a.Kind]
	if !s.running {
		return nil
	}
	if debit == s.credit { // it shrinks
		if a.Available() < amount {
			return ErrInsufficient
		}
		a.Posted -= amount
		return nil
	}
	sum, err := money.AddMinor(a.Posted, amount)
	if err != nil {
		return err
	}
	a.Posted = sum
	return nil
}
