package servicing

import (
	"context"
	"fmt"
	"slices"

	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
	"openlend/note"
	"openlend/origination"
)

// directNotes is the most notes of a loan whose holders are paid in the
// transaction that books the payment; those of larger loans are paid in pieces
// by the saga "distribution".
const directNotes = 200

// feesOf finds the account of the platform's fees in a currency, or opens it.
func feesOf(
	ctx context.Context, tx *db.Tx, ids *id.Source, c money.Currency,
) (ledger.AccountID, error) {
	found, err := ledger.EnsureAccounts(ctx, tx, ids,
		ledger.NewAccount{Kind: ledger.FeeIncome, Currency: c})
	if err != nil {
		return 0, err
	}
	return found[0].ID, nil
}

// lockLoan locks a loan and loads what it is decided on: the first thing that an
// operation on a disbursed loan does. Its accounts and the wallets of its
// holders come first, since an operation may pay them. Refusal: ErrNotFound.
func lockLoan(ctx context.Context, tx *db.Tx, ids *id.Source, loan LoanID) (*Loan, error) {
	all, err := lockLoans(ctx, tx, ids, true, []LoanID{loan})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// lockLoans locks many loans, in the order of their ids. pays says that their
// holders may be paid in this transaction; without it only the loans are locked,
// and what there is to distribute is left to the saga. Refusal: ErrNotFound.
func lockLoans(
	ctx context.Context, tx *db.Tx, ids *id.Source, pays bool, loans []LoanID,
) ([]*Loan, error) {
	numbers := loanNumbers(loans)
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	found, err := loadLoans(ctx, tx, numbers) // only to learn which accounts to lock
	if err != nil {
		return nil, err
	}
	if len(found) != len(numbers) {
		return nil, ErrNotFound
	}
	accounts, err := accountsOf(ctx, tx, ids, found, pays)
	if err != nil {
		return nil, err
	}
	if err := ledger.LockAccounts(ctx, tx, accounts...); err != nil {
		return nil, err
	}
	if err := tx.Lock(ctx, lockLoanRow, numbers...); err != nil {
		return nil, err
	}
	if found, err = loadLoans(ctx, tx, numbers); err != nil {
		return nil, err
	}
	return found, loadHistories(ctx, tx, found, pays)
}

// accountsOf lists the accounts that operations on loans may post to.
func accountsOf(
	ctx context.Context, tx *db.Tx, ids *id.Source, loans []*Loan, pays bool,
) ([]ledger.AccountID, error) {
	var accounts []ledger.AccountID
	var small []LoanID
	known := map[money.Currency]bool{}
	for _, l := range loans {
		accounts = append(accounts, l.Wallet, l.Collection)
		if l.Notes <= directNotes {
			small = append(small, l.ID)
		}
		if known[l.Currency] {
			continue
		}
		known[l.Currency] = true
		fees, err := feesOf(ctx, tx, ids, l.Currency)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, fees)
	}
	if !pays {
		return accounts, nil
	}
	wallets, err := note.Wallets(ctx, tx, small...)
	return append(accounts, wallets...), err
}

// loadHistories loads what locked loans are decided on. A loan that is not
// disbursed has no history yet.
func loadHistories(ctx context.Context, tx *db.Tx, loans []*Loan, pays bool) error {
	var disbursed []LoanID
	for _, l := range loans {
		if l.State.Disbursed() {
			disbursed = append(disbursed, l.ID)
		}
	}
	if len(disbursed) == 0 {
		return nil
	}
	events, err := loadEvents(ctx, tx, disbursed)
	if err != nil {
		return err
	}
	schedules, err := loadContracts(ctx, tx, disbursed)
	if err != nil {
		return err
	}
	for _, l := range loans {
		if !l.State.Disbursed() {
			continue
		}
		product, err := origination.GetProduct(ctx, tx, l.Product, l.ProductVersion)
		if err != nil {
			return err
		}
		h := &history{product: product, schedule: schedules[l.ID], events: events[l.ID],
			pays: pays && l.Notes <= directNotes}
		h.account, err = loan.Replay(product.Loan, h.schedule, h.events, l.AsOf)
		if err != nil {
			return fmt.Errorf("%v: %w", l.ID, err)
		}
		l.history = h
	}
	return nil
}

func loanNumbers(loans []LoanID) []int64 {
	numbers := make([]int64, len(loans))
	for i, l := range loans {
		numbers[i] = int64(l)
	}
	return numbers
}
