package custody

import (
	"context"
	"errors"
	"time"

	"openlend/internal/db"
	"openlend/money"
)

// The lock order of this room: an account's statement, deposits, payouts, breaks.
var (
	accountLock = db.LockClass{Rank: 76, Table: "custody_account", Key: "id"}
	depositLock = db.LockClass{Rank: 78, Table: "custody_deposit", Key: "id"}
	payoutLock  = db.LockClass{Rank: 80, Table: "custody_payout", Key: "id"}
	breakLock   = db.LockClass{Rank: 82, Table: "custody_break", Key: "id"}
)

const payoutColumns = `id, purpose, subject, COALESCE(customer_id, 0),
	COALESCE(bank_account_id, 0), amount, currency, request_no, state, reason, home_id,
	transit_id, COALESCE(line_no, 0), COALESCE(return_line_no, 0), tries,
	COALESCE(missing_at, 0), created_at, COALESCE(sent_at, 0), COALESCE(ended_at, 0)`

const (
	selectPayout = `SELECT ` + payoutColumns + ` FROM custody_payout WHERE id = $1`

	selectPayoutByRequest = `SELECT ` + payoutColumns + ` FROM custody_payout
		WHERE request_no = $1`

	selectPayoutFor = `SELECT ` + payoutColumns + ` FROM custody_payout
		WHERE purpose = $1 AND subject = $2 ORDER BY id DESC LIMIT 1`

	selectPayouts = `SELECT ` + payoutColumns + ` FROM custody_payout
		WHERE id < $1 AND ($2 = '' OR state = $2) ORDER BY id DESC LIMIT $3`

	selectPayoutsOf = `SELECT ` + payoutColumns + ` FROM custody_payout
		WHERE customer_id = $4 AND id < $1 AND ($2 = '' OR state = $2)
		ORDER BY id DESC LIMIT $3`

	updatePayout = `UPDATE custody_payout SET state = $2, reason = $3, line_no = $4,
		return_line_no = $5, tries = $6, missing_at = $7, sent_at = $8, ended_at = $9
		WHERE id = $1`

	selectTaker = `SELECT request_no FROM custody_payout
		WHERE currency = $1 AND id <> $2 AND (line_no IN ($3, $4) OR return_line_no IN ($3, $4))
		ORDER BY id LIMIT 1`

	selectInTransit = `SELECT ` + payoutColumns + ` FROM custody_payout
		WHERE currency = $1 AND (line_no > $2 OR return_line_no > $2) ORDER BY id`
)

var insertPayout = &db.Insert{Table: "custody_payout", Columns: []string{
	"id", "purpose", "subject", "customer_id", "bank_account_id", "amount", "currency",
	"request_no", "state", "reason", "home_id", "transit_id", "tries", "created_at",
}}

func scanPayout(s db.Scanner) (Payout, error) {
	var p Payout
	var minor, missing, created, sent, ended int64
	var currency string
	err := s.Scan(&p.ID, &p.Purpose, &p.Subject, &p.Customer, &p.BankAccount, &minor, &currency,
		&p.RequestNo, &p.State, &p.Reason, &p.Home, &p.Transit, &p.Line, &p.ReturnLine, &p.Tries,
		&missing, &created, &sent, &ended)
	p.Amount = money.New(minor, money.Currency(currency))
	p.MissingAt, p.CreatedAt = instant(missing), instant(created)
	p.SentAt, p.EndedAt = instant(sent), instant(ended)
	return p, err
}

func storeNewPayout(ctx context.Context, tx *db.Tx, p *Payout) error {
	return tx.InsertMany(ctx, insertPayout, 1, func(_ int, r *db.Row) {
		r.Int(int64(p.ID))
		r.Text(string(p.Purpose))
		r.Int(p.Subject)
		r.IntOrNull(int64(p.Customer))
		r.IntOrNull(int64(p.BankAccount))
		r.Int(p.Amount.Minor())
		r.Text(string(p.Amount.Currency()))
		r.Text(p.RequestNo)
		r.Text(string(p.State))
		r.Text(p.Reason)
		r.Int(int64(p.Home))
		r.Int(int64(p.Transit))
		r.Int(p.Tries)
		r.Int(p.CreatedAt.UnixMicro())
	})
}

// storePayout stores what may change of a payout.
func storePayout(ctx context.Context, tx *db.Tx, p *Payout) error {
	_, err := tx.Exec(ctx, updatePayout, int64(p.ID), string(p.State), p.Reason,
		orNull(p.Line), orNull(p.ReturnLine), p.Tries, momentOrNull(p.MissingAt),
		momentOrNull(p.SentAt), momentOrNull(p.EndedAt))
	return err
}

func loadPayout(ctx context.Context, tx *db.Tx, n PayoutID) (Payout, error) {
	p, err := db.One(ctx, tx, scanPayout, selectPayout, int64(n))
	return p, notFound(err)
}

func loadPayoutByRequest(ctx context.Context, tx *db.Tx, requestNo string) (Payout, error) {
	p, err := db.One(ctx, tx, scanPayout, selectPayoutByRequest, requestNo)
	return p, notFound(err)
}

func loadPayoutFor(
	ctx context.Context, tx *db.Tx, purpose Purpose, subject int64,
) (Payout, error) {
	p, err := db.One(ctx, tx, scanPayout, selectPayoutFor, string(purpose), subject)
	return p, notFound(err)
}

// loadTaker names another payout that is shown on one of a result's lines, "" when
// there is none.
func loadTaker(ctx context.Context, tx *db.Tx, p *Payout, r Result) (string, error) {
	other, err := db.Value[string](ctx, tx, selectTaker, string(p.Amount.Currency()),
		int64(p.ID), r.Line, r.ReturnLine)
	if errors.Is(err, db.ErrNotFound) {
		return "", nil
	}
	return other, err
}

// notFound turns the absence of a row into its refusal.
func notFound(err error) error {
	if errors.Is(err, db.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

// instant reads what is stored of an instant; 0 is none.
func instant(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

func orNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func momentOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// page is how many rows a list shows, and after which id (0: from the newest).
func page(after int64, limit int) (int64, int) {
	if limit < 1 || limit > 200 {
		limit = 50
	}
	if after == 0 {
		after = 1<<63 - 1
	}
	return after, limit
}
