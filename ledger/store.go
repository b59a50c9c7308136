package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"openlend/internal/db"
	"openlend/money"
)

// Mutable rows that are locked; ranks follow the lock order in ARCHITECTURE.md.
var (
	lockClock   = db.LockClass{Rank: 1, Table: "ledger_clock", Key: "id"}
	lockAccount = db.LockClass{Rank: 30, Table: "ledger_balance", Key: "account_id"}
)

const (
	selectClock = `SELECT business_on, sealed_through FROM ledger_clock WHERE id = 1`

	insertClock = `INSERT INTO ledger_clock (id, business_on, sealed_through)
	VALUES (1, $1, $2) ON CONFLICT DO NOTHING`

	selectAccounts = `SELECT a.id, a.kind, a.currency, a.owner_id, a.state,
		COALESCE(b.posted, 0), COALESCE(b.held, 0), COALESCE(b.version, 0),
		COALESCE(b.last_transfer_id, 0)
		FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id
		WHERE a.id IN (:ids)`

	selectAccountsOfOwner = `SELECT a.id, a.kind, a.currency, a.owner_id, a.state,
		COALESCE(b.posted, 0), COALESCE(b.held, 0), COALESCE(b.version, 0),
		COALESCE(b.last_transfer_id, 0)
		FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id
		WHERE a.owner_id = $1 ORDER BY a.id`

	selectTransferColumns = `SELECT id, cause_id, cause_type, leg, entry_type, debit_id,
		credit_id, amount, currency, booked_at, business_on, debit_after, debit_previous_id,
		credit_after, credit_previous_id FROM ledger_transfer `

	selectTransfersByCause = selectTransferColumns + `WHERE cause_id IN (:ids)
		ORDER BY cause_id, cause_type, leg`

	// Only the legs that are asked for: a cause may have ten thousand.
	selectTransfersByLegs = selectTransferColumns + `WHERE cause_id IN (:ids)
		AND leg >= $2 AND leg <= $3 ORDER BY cause_id, cause_type, leg`

	selectHolds = `SELECT cause_id, cause_type, account_id, amount, remaining, currency, state,
		opened_at, expires_at FROM ledger_hold WHERE cause_id IN (:ids)`
)

var (
	insertAccount = &db.Insert{Table: "ledger_account", Columns: []string{
		"id", "kind", "currency", "owner_id", "state", "opened_at"}}

	insertBalance = &db.Insert{Table: "ledger_balance", Columns: []string{
		"account_id", "posted", "held", "version", "last_transfer_id"}}

	insertTransfer = &db.Insert{Table: "ledger_transfer", Columns: []string{
		"id", "cause_id", "cause_type", "leg", "entry_type", "debit_id", "credit_id", "amount",
		"currency", "booked_at", "business_on", "debit_after", "debit_previous_id",
		"credit_after", "credit_previous_id"}}

	insertHold = &db.Insert{Table: "ledger_hold", Columns: []string{
		"cause_id", "cause_type", "account_id", "amount", "remaining", "currency", "state",
		"opened_at", "expires_at"}}

	insertBatch = &db.Insert{Table: "ledger_batch", Columns: []string{
		"first_id", "count", "business_on", "booked_at", "root"}}

	updateBalance = &db.Update{Table: "ledger_balance", Keys: []string{"account_id"},
		Set: []string{"posted", "held", "last_transfer_id"}, Version: "version", Whole: true}

	updateHold = &db.Update{Table: "ledger_hold",
		Keys: []string{"cause_id", "cause_type", "remaining"},
		Set:  []string{"remaining", "state"}}
)

// dates are the business date that transfers carry and the last sealed one.
type dates struct{ businessOn, sealedThrough string }

func scanDates(s db.Scanner) (dates, error) {
	var d dates
	err := s.Scan(&d.businessOn, &d.sealedThrough)
	return d, err
}

func loadDates(ctx context.Context, tx *db.Tx) (dates, error) {
	d, err := db.One(ctx, tx, scanDates, selectClock)
	if errors.Is(err, db.ErrNotFound) {
		return dates{}, ErrNotReady
	}
	return d, err
}

// openDate reads the business date and keeps it open until the transaction
// ends.
func openDate(ctx context.Context, tx *db.Tx) (dates, error) {
	d, err := db.OneShared(ctx, tx, scanDates, selectClock)
	if errors.Is(err, db.ErrNotFound) {
		return dates{}, ErrNotReady
	}
	return d, err
}

func scanAccount(s db.Scanner) (*Account, error) {
	var a Account
	var kind, currency, state string
	err := s.Scan((*int64)(&a.ID), &kind, &currency, &a.OwnerID, &state,
		&a.Posted, &a.Held, &a.version, (*int64)(&a.last))
	a.Kind, a.Currency, a.State = internKind(kind), internCurrency(currency), State(state)
	return &a, err
}

// internKind and internCurrency give the constant for a string from the
// database, so that a cached account does not keep a string of its own.
func internKind(s string) Kind {
	for k := range chart {
		if string(k) == s {
			return k
		}
	}
	return Kind(s)
}

func internCurrency(s string) money.Currency {
	if c, err := money.ParseCurrency(s); err == nil {
		return c
	}
	return money.Currency(s)
}

func scanTransfer(s db.Scanner) (Transfer, error) {
	var t Transfer
	var debitAfter, debitPrevious, creditAfter, creditPrevious *int64
	err := s.Scan((*int64)(&t.ID), &t.Cause.ID, &t.Cause.Type, &t.Leg, (*string)(&t.Entry),
		(*int64)(&t.Debit), (*int64)(&t.Credit), &t.Amount, (*string)(&t.Currency),
		&t.BookedAt, &t.BusinessOn, &debitAfter, &debitPrevious, &creditAfter, &creditPrevious)
	t.DebitRunning, t.CreditRunning = debitAfter != nil, creditAfter != nil
	t.DebitAfter, t.CreditAfter = orZero(debitAfter), orZero(creditAfter)
	t.DebitPrevious = TransferID(orZero(debitPrevious))
	t.CreditPrevious = TransferID(orZero(creditPrevious))
	return t, err
}

func orZero(p *int64) int64 {
	if p == nil {
		return 0
	}
	return *p
}

func scanHold(s db.Scanner) (*Hold, error) {
	var h Hold
	var expires *int64
	err := s.Scan(&h.Cause.ID, &h.Cause.Type, (*int64)(&h.Account), &h.Amount, &h.Remaining,
		(*string)(&h.Currency), (*string)(&h.State), &h.OpenedAt, &expires)
	h.ExpiresAt, h.stored = orZero(expires), h.Remaining
	return &h, err
}

func storeTransfers(ctx context.Context, tx *db.Tx, transfers []Transfer) error {
	return tx.InsertMany(ctx, insertTransfer, len(transfers), func(i int, r *db.Row) {
		t := &transfers[i]
		r.Int(int64(t.ID))
		r.Int(t.Cause.ID)
		r.Text(t.Cause.Type)
		r.Int(t.Leg)
		r.Text(string(t.Entry))
		r.Int(int64(t.Debit))
		r.Int(int64(t.Credit))
		r.Int(t.Amount)
		r.Text(string(t.Currency))
		r.Int(t.BookedAt)
		r.Text(t.BusinessOn)
		runningOrNull(r, t.DebitRunning, t.DebitAfter, t.DebitPrevious)
		runningOrNull(r, t.CreditRunning, t.CreditAfter, t.CreditPrevious)
	})
}

func runningOrNull(r *db.Row, running bool, after int64, previous TransferID) {
	if !running {
		r.NullInt()
		r.NullInt()
		return
	}
	r.Int(after)
	r.IntOrNull(int64(previous))
}

func storeNewHolds(ctx context.Context, tx *db.Tx, holds []*Hold) error {
	return tx.InsertMany(ctx, insertHold, len(holds), func(i int, r *db.Row) {
		h := holds[i]
		r.Int(h.Cause.ID)
		r.Text(h.Cause.Type)
		r.Int(int64(h.Account))
		r.Int(h.Amount)
		r.Int(h.Remaining)
		r.Text(string(h.Currency))
		r.Text(string(h.State))
		r.Int(h.OpenedAt)
		r.IntOrNull(h.ExpiresAt)
	})
}

// errMoved says that a row is no longer what the decision was made on.
func errMoved(what string) error { return db.Again(what + " moved under a decision") }

func storeHolds(ctx context.Context, tx *db.Tx, holds []*Hold) error {
	changed := slices.DeleteFunc(slices.Clone(holds),
		func(h *Hold) bool { return h.Remaining == h.stored })
	slices.SortFunc(changed, func(a, b *Hold) int {
		return cmp.Or(cmp.Compare(a.Cause.ID, b.Cause.ID),
			cmp.Compare(a.Cause.Type, b.Cause.Type))
	})
	n, err := tx.UpdateMany(ctx, updateHold, len(changed), func(i int, r *db.Row) {
		h := changed[i]
		r.Int(h.Cause.ID)
		r.Text(h.Cause.Type)
		r.Int(h.stored)
		r.Int(h.Remaining)
		r.Text(string(h.State))
	})
	if err == nil && n != int64(len(changed)) {
		return errMoved("a hold")
	}
	return err
}

// balanceRow is what a group writes to one balance.
type balanceRow struct {
	account      AccountID
	version      int64 // that it was decided on
	posted, held int64
	last         TransferID
}

func storeBalances(ctx context.Context, tx *db.Tx, version int64, rows []balanceRow) error {
	// A hold that is read may be newer than a cached balance. Its version would
	// tell, but on SQLite the CHECK sees the row before.
	impossible := func(b balanceRow) bool { return b.held < 0 || b.posted < b.held }
	if slices.ContainsFunc(rows, impossible) {
		return errMoved("a balance")
	}
	n, err := tx.UpdateVersions(ctx, updateBalance, version, len(rows), func(i int, r *db.Row) {
		b := &rows[i]
		r.Int(int64(b.account))
		r.Int(b.posted)
		r.Int(b.held)
		r.Int(int64(b.last))
		r.Int(b.version)
	})
	if err == nil && n != int64(len(rows)) {
		return errMoved("a balance")
	}
	return err
}
