package schema_test

import (
	"context"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"openlend/internal/db"
	"openlend/internal/testdb"
	"openlend/schema"
)

// Every migration can be undone, leaves nothing behind, and can be done again.
func TestUpDownUp(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		r := openRaw(t, db.SQLite, testdb.SQLite(t))
		upDownUp(t, r, goose.DialectSQLite3, r.ddlSQLite)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		r := openRaw(t, db.Postgres, testdb.Postgres(t).Owner)
		upDownUp(t, r, goose.DialectPostgres, func() string { return r.ddlPostgres("nobody") })
	})
}

func upDownUp(t *testing.T, r raw, dialect goose.Dialect, ddl func() string) {
	t.Helper()
	migrations, err := schema.Files(r.engine)
	r.must(err)
	p, err := goose.NewProvider(dialect, r.DB, migrations)
	r.must(err)
	states := []string{ddl()} // after the last migration, the one before it, …
	for range p.ListSources() {
		if _, err := p.Down(t.Context()); err != nil {
			t.Fatal(err)
		}
		states = append(states, ddl())
	}
	if left := r.tables(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if left := states[len(states)-1]; strings.Contains(left, "CREATE") {
		t.Errorf("left behind: %s", left)
	}
	for i := len(states) - 2; i >= 0; i-- {
		if _, err := p.UpByOne(t.Context()); err != nil {
			t.Fatal(err)
		}
		if line := firstDifference(states[i], ddl()); line != "" {
			t.Errorf("migration %d down and up again: %s", len(states)-1-i, line)
		}
	}
}

// examples are a row for each append-only table, so that there is one to spare.
var examples = map[string]string{
	"ledger_transfer": `INSERT INTO ledger_transfer (id, cause_id, cause_type, leg, entry_type,
			debit_id, credit_id, amount, currency, booked_at, business_on)
		VALUES (1, 1, 'deposit', 0, 'transfer', 1, 2, 100, 'EUR', 0, '2026-03-01')`,
	"ledger_batch": `INSERT INTO ledger_batch (first_id, count, business_on, booked_at, root)
		VALUES (1, 1, '2026-03-01', 0, 'root')`,
	"ledger_leaf":     `INSERT INTO ledger_leaf (leaf_no, batch_id) VALUES (0, 1)`,
	"ledger_log_hash": `INSERT INTO ledger_log_hash (position, hash) VALUES (0, 'hash')`,
	"ledger_head":     `INSERT INTO ledger_head (tree_size, signed_at, note) VALUES (1, 0, 'note')`,
	"ledger_rollup": `INSERT INTO ledger_rollup (account_id, business_on, debits, credits, balance,
			last_transfer_id)
		VALUES (1, '2026-03-01', 0, 100, 100, 1)`,
	"custody_line": `INSERT INTO custody_line (currency, line_no, kind, amount, request_no,
			booked_at, read_at, digest)
		VALUES ('EUR', 1, 'credit', 100, '', 0, 0, 'digest')`,
	"custody_position": `INSERT INTO custody_position (id, currency, business_on, books, in_transit,
			bank, bank_line, difference, asked_at, recorded_at)
		VALUES (1, 'EUR', '2026-03-01', 100, 0, 100, 1, 0, 0, 0)`,
	"customer_status_change": `INSERT INTO customer_status_change (id, customer_id, from_status,
			to_status, reason, maker, changed_at)
		VALUES (1, 1, 'new', 'frozen', 'fraud', 'staff:anna', 0)`,
	"customer_terms": `INSERT INTO customer_terms (id, kind, version, language, body, sha256,
			published_on, maker, created_at)
		VALUES (1, 'lend', 1, 'en', 'text', 'SHA-256 of the text, in 32 bytes', '2026-03-01',
			'staff:anna', 0)`,
	"customer_acceptance": `INSERT INTO customer_acceptance (customer_id, terms_id, sha256, channel,
			actor, accepted_at)
		VALUES (1, 1, 'SHA-256 of the text, in 32 bytes', 'web', 'customer:1', 0)`,
	"customer_access": `INSERT INTO customer_access (id, customer_id, actor, purpose, shown_at)
		VALUES (1, 1, 'staff:anna', 'check', 0)`,
	"origination_product": `INSERT INTO origination_product (code, version, effective_on, currency,
			body, hash, maker, proposed_at)
		VALUES ('standard', 1, '2026-03-01', 'EUR', '{}',
			'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', 'staff:anna', 0)`,
	"origination_product_verdict": `INSERT INTO origination_product_verdict (code, version, verdict,
			maker, checker, decided_at)
		VALUES ('standard', 1, 'approved', 'staff:anna', 'staff:bert', 0)`,
	"origination_decision": `INSERT INTO origination_decision (id, application_id, nr, decided_by,
			decider, result, grade, reasons, note, inputs, product, product_version, rule_set,
			decided_at)
		VALUES (1, 1, 1, 'rules', 'system:rules', 'decline', '', '["income.spent"]', '', '{}',
			'standard', 1, 1, 0)`,
	"market_review": `INSERT INTO market_review (id, listing_id, subject, decision, maker, checker,
			why, reviewed_at)
		VALUES (1, 1, 'publication', 'publish', 'staff:ann', 'staff:bob', '', 0)`,
	"note_holding": `INSERT INTO note_holding (loan_id, note_id, from_on, holder_id, wallet_id)
		VALUES (1, 1, '2026-03-01', 1, 1)`,
	"servicing_schedule": `INSERT INTO servicing_schedule (loan_id, version, from_on, cause_id, terms,
			instalments, booked_at)
		VALUES (1, 1, '2026-03-01', 0, '{}', '[]', 0)`,
	"servicing_event": `INSERT INTO servicing_event (loan_id, id, kind, value_on, amount, of_id, rest,
			part, instalment, cost, until_on, terms, business_on, maker, why, recorded_at)
		VALUES (1, 1, 'paid', '2026-03-01', 100, 0, '', 0, 0, 0, '', '', '2026-03-01', 'a', '', 0)`,
	"servicing_allocation": `INSERT INTO servicing_allocation (loan_id, booking_id, seq, payment_id,
			counts_on, instalment, component, minor, recovery)
		VALUES (1, 1, 0, 1, '2026-03-01', 1, 'interest', 100, FALSE)`,
	"servicing_share": `INSERT INTO servicing_share (distribution_id, leg, note_id, holder_id,
			wallet_id, principal, interest, penalty, late_fee, fee, amount)
		VALUES (1, 0, 1, 1, 1, 100, 10, 0, 0, 1, 109)`,
	"servicing_settlement": `INSERT INTO servicing_settlement (id, claim_id, amount, settled_at)
		VALUES (1, 1, 100, 0)`,
	"closing_failure": `INSERT INTO closing_failure (business_on, step, item_id, why, failed_at)
		VALUES ('2026-03-01', 'age-loans', 1, 'broken', 0)`,
}

// The triggers are the second belt: they hold against the owner too.
func TestAppendOnlyTables(t *testing.T) {
	t.Parallel()
	if len(schema.AppendOnly) == 0 {
		t.Fatal("no table is append-only")
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		r := openRaw(t, db.SQLite, testdb.SQLite(t))
		for _, name := range schema.AppendOnly {
			r.insertExample(name)
			r.mustKeepRow(name, r.anUpdate(name), "DELETE FROM "+name)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		u := testdb.Postgres(t)
		owner, super := openRaw(t, db.Postgres, u.Owner), openRaw(t, db.Postgres, u.Super)
		for _, name := range schema.AppendOnly {
			owner.insertExample(name)
			for _, r := range []raw{owner, super} {
				r.mustKeepRow(name, r.anUpdate(name), "DELETE FROM "+name,
					"TRUNCATE "+name, "TRUNCATE "+name+" CASCADE")
			}
		}
	})
}

func (r raw) insertExample(name string) {
	r.Helper()
	text, ok := examples[name]
	if !ok {
		r.Fatalf("%s is append-only: write an example row for it", name)
	}
	if _, err := r.Exec(text); err != nil {
		r.Fatalf("%s: %v", text, err)
	}
}

// anUpdate changes nothing, and is an update all the same.
func (r raw) anUpdate(name string) string {
	r.Helper()
	first := r.structure(name).columns[0].name
	return "UPDATE " + name + " SET " + first + " = " + first
}

func (r raw) mustKeepRow(name string, statements ...string) {
	r.Helper()
	for _, text := range statements {
		if _, err := r.Exec(text); err == nil || !strings.Contains(err.Error(), "append-only") {
			r.Errorf("%s: %v", text, err)
		}
	}
	if n := len(r.rows("SELECT 1 FROM " + name)); n != 1 {
		r.Errorf("%s has %d rows left", name, n)
	}
}

// The first belt: the role that serves has no right to change such rows.
func TestApplicationRoleCannotRewriteHistory(t *testing.T) {
	t.Parallel()
	u := testdb.Postgres(t)
	d := testdb.Open(t, db.Options{URL: u.App})
	owner := openRaw(t, db.Postgres, u.Owner)
	run := func(text string) error {
		_, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return tx.Exec(ctx, text)
		})
		return err
	}
	for _, name := range schema.AppendOnly {
		if err := run(examples[name]); err != nil {
			t.Errorf("%s: it cannot insert: %v", name, err)
		}
		for _, text := range []string{
			owner.anUpdate(name), "DELETE FROM " + name, "TRUNCATE " + name,
			"DROP TABLE " + name, "ALTER TABLE " + name + " DISABLE TRIGGER ALL",
		} {
			if err := run(text); !db.IsDenied(err) {
				t.Errorf("%s: got %v, want permission denied", text, err)
			}
		}
	}
	if err := run("CREATE TABLE mine (id BIGINT)"); !db.IsDenied(err) {
		t.Errorf("CREATE TABLE: got %v, want permission denied", err)
	}
}
