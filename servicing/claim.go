package servicing

import (
	"context"
	"time"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/money"
)

// ClaimID names a claim.
type ClaimID int64

// String shows the id as it is shown outside: claim_….
func (c ClaimID) String() string { return id.Format("claim", int64(c)) }

// ParseClaimID reads what String wrote. Refusal: id.ErrMalformed.
func ParseClaimID(s string) (ClaimID, error) {
	n, err := id.Parse("claim", s)
	return ClaimID(n), err
}

// ClaimState is where a claim stands.
//
//	open ──► settled        from money that came into the wallet later
//	  └────► written_off    given up: the platform bears it
type ClaimState string

// The states of a claim.
const (
	ClaimOpen       ClaimState = "open"
	ClaimSettled    ClaimState = "settled"
	ClaimWrittenOff ClaimState = "written_off"
)

var claimSteps = map[ClaimState][]ClaimState{
	ClaimOpen:       {ClaimSettled, ClaimWrittenOff},
	ClaimSettled:    {},
	ClaimWrittenOff: {},
}

// ClaimStates lists all states.
func ClaimStates() []ClaimState { return []ClaimState{ClaimOpen, ClaimSettled, ClaimWrittenOff} }

// Steps lists the legal next states.
func (s ClaimState) Steps() []ClaimState { return claimSteps[s] }

// Claim is what a customer was paid, had spent when it was to be given back, and
// owes since. Amounts are minor units of Currency.
type Claim struct {
	ID           ClaimID
	Distribution DistributionID
	Leg          int64
	Loan         LoanID
	Customer     int64 // customer.ID
	Wallet       ledger.AccountID
	Receivable   ledger.AccountID
	Currency     money.Currency
	Amount       int64
	Settled      int64
	State        ClaimState
	OpenedAt     time.Time
	ChangedAt    time.Time
}

// ListClaims lists the open claims on a customer, or for 0 on everybody, the
// oldest first. after is the last one of the page before. Refusals:
// access.ErrForbidden, ErrNotFound for another customer, ErrLimit.
func ListClaims(
	ctx context.Context, tx *db.Tx, actor access.Actor, of customer.ID, after ClaimID, limit int,
) ([]Claim, error) {
	if err := own(actor, of, access.ReadAll); err != nil {
		return nil, err
	}
	_, limit, err := page(1, limit)
	if err != nil {
		return nil, err
	}
	return db.Many(ctx, tx, scanClaim, selectClaimPage, int64(after), int64(of), limit)
}

// SettleClaims takes what is owed from wallets that have money again, for a page
// of open claims after one, and returns the last claim of the page: 0 when there
// are no more. A service goes round with it.
func SettleClaims(
	ctx context.Context, tx *db.Tx, ids *id.Source, after ClaimID, limit int,
) (last ClaimID, settled int, err error) {
	claims, err := db.Many(ctx, tx, scanClaim, selectClaimPage, int64(after), int64(0), limit)
	if err != nil || len(claims) == 0 {
		return 0, 0, err
	}
	last = claims[len(claims)-1].ID
	accounts, numbers := claimAccounts(claims)
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return 0, 0, err
	}
	if err := tx.Lock(ctx, lockClaim, numbers...); err != nil {
		return 0, 0, err
	}
	if claims, err = db.ManyByID(ctx, tx, scanClaim, selectClaims, numbers); err != nil {
		return 0, 0, err
	}
	settled, err = settle(ctx, tx, ids, claims)
	return last, settled, err
}

// claimAccounts lists what settling claims posts to, and the claims' numbers.
func claimAccounts(claims []Claim) (accounts []ledger.AccountID, numbers []int64) {
	for i := range claims {
		accounts = append(accounts, claims[i].Wallet, claims[i].Receivable)
		numbers = append(numbers, int64(claims[i].ID))
	}
	return accounts, numbers
}

// settle settles locked claims as far as their wallets go.
func settle(
	ctx context.Context, tx *db.Tx, ids *id.Source, claims []Claim,
) (int, error) {
	wallets := make([]ledger.AccountID, len(claims))
	for i := range claims {
		wallets[i] = claims[i].Wallet
	}
	found, err := ledger.GetAccounts(ctx, tx, wallets...)
	if err != nil {
		return 0, err
	}
	purses := map[ledger.AccountID]int64{}
	for i := range found {
		if found[i].State == ledger.Open {
			purses[found[i].ID] = found[i].Available()
		}
	}
	var commands []ledger.Command
	var changed []*Claim
	var facts []settlement
	for i := range claims {
		c := &claims[i]
		paid := min(c.Amount-c.Settled, purses[c.Wallet])
		if c.State != ClaimOpen || paid <= 0 {
			continue
		}
		purses[c.Wallet] -= paid
		next, err := ids.Next()
		if err != nil {
			return 0, err
		}
		commands = append(commands, ledger.PostReceivableSettled(next, c.Wallet, c.Receivable,
			money.New(paid, c.Currency))...)
		if c.Settled += paid; c.Settled == c.Amount {
			c.State = ClaimSettled
		}
		changed, facts = append(changed, c), append(facts, settlement{next, c.ID, paid})
	}
	if len(commands) == 0 {
		return 0, nil
	}
	results, err := ledger.Post(ctx, tx, ids, commands)
	if err == nil {
		err = refusedOf(results)
	}
	if err != nil {
		return 0, err
	}
	if err := updateClaims(ctx, tx, changed); err != nil {
		return 0, err
	}
	return len(changed), storeSettlements(ctx, tx, facts)
}
