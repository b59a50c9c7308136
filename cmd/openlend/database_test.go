package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"openlend/app"
	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/money"
)

// place is a database with a data directory, and how commands are told of it.
type place struct {
	data  string
	url   string
	super string // may do anything
	flags []string
}

// eachPlace runs a test on a migrated database of each engine.
func eachPlace(t *testing.T, test func(t *testing.T, p place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		url := "sqlite:" + filepath.Join(dir, "openlend.db")
		if code, out, errs := execute(t, "", "migrate", "--data", dir); code != exitOK ||
			!strings.HasPrefix(out, "applied 0001_ledger\n") {
			t.Fatalf("migrate: exit %d, %q, %q", code, out, errs)
		}
		test(t, place{dir, url, url, []string{"--data", dir}})
	})
	t.Run("postgres", func(t *testing.T) {
		u := testdb.EmptyPostgres(t)
		if code, out, errs := execute(t, "", "migrate", "--owner-database", u.Owner,
			"--app-role", testdb.Role(u.App)); code != exitOK ||
			!strings.HasPrefix(out, "applied 0001_ledger\n") {
			t.Fatalf("migrate: exit %d, %q, %q", code, out, errs)
		}
		dir := t.TempDir()
		test(t, place{dir, u.App, u.Super, []string{"--data", dir, "--database", u.App}})
	})
}

// run executes a command on the place's database.
func (p place) run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	return execute(t, "", append(args, p.flags...)...)
}

// must executes a command that has to succeed and returns what it printed.
func (p place) must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := p.run(t, args...)
	if code != exitOK || errs != "" {
		t.Fatalf("%v: exit %d, %q, %q", args, code, out, errs)
	}
	return out
}

// fails executes a command that must fail with one line on standard error.
func (p place) fails(t *testing.T, want string, args ...string) (out string) {
	t.Helper()
	code, out, errs := p.run(t, args...)
	if code != exitFailure || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
		t.Errorf("%v: exit %d, %q, want %q", args, code, errs, want)
	}
	return out
}

// book opens the ledger and posts three transfers in two batches.
func (p place) book(t *testing.T) (transfers []ledger.TransferID) {
	t.Helper()
	d := testdb.Open(t, db.Options{URL: p.url})
	ids, err := id.Open(t.Context(), d, clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	write := func(fn func(context.Context, *db.Tx) error) {
		t.Helper()
		_, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
			return struct{}{}, fn(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var accounts []ledger.Account
	write(func(ctx context.Context, tx *db.Tx) (err error) {
		if err = ledger.Start(ctx, tx, calendar.MustParseDate("2026-11-22")); err != nil {
			return err
		}
		accounts, err = ledger.OpenAccounts(ctx, tx, ids, []ledger.NewAccount{
			{Kind: ledger.BankClients, Currency: "EUR"},
			{Kind: ledger.Wallet, Currency: "EUR", OwnerID: 7},
			{Kind: ledger.Wallet, Currency: "EUR", OwnerID: 8},
		})
		return err
	})
	move := func(cause int64, debit, credit int, minor int64) ledger.Command {
		return ledger.Command{Cause: ledger.Cause{Type: "payment", ID: cause},
			Debit: accounts[debit].ID, Credit: accounts[credit].ID, Amount: money.New(minor, "EUR")}
	}
	for _, batch := range [][]ledger.Command{
		{move(1, 0, 1, 500), move(2, 0, 2, 300)}, {move(3, 1, 2, 125)},
	} {
		write(func(ctx context.Context, tx *db.Tx) error {
			results, err := ledger.Post(ctx, tx, ids, batch)
			for _, r := range results {
				transfers = append(transfers, r.Transfer)
			}
			return err
		})
	}
	if err := ids.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return transfers
}

func TestMigrate(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		again := []string{"migrate", "--data", p.data}
		if p.super != p.url {
			again = []string{"migrate", "--owner-database", p.super}
		}
		code, out, errs := execute(t, "", again...)
		if code != exitOK || out != "the schema is up to date\n" || errs != "" {
			t.Errorf("again: exit %d, %q, %q", code, out, errs)
		}
		p.exec(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, $1)`, true)
		if code, _, errs := execute(t, "", again...); code != exitFailure ||
			!strings.Contains(errs, "newer openlend") {
			t.Errorf("migrate of a newer schema: exit %d, %q", code, errs)
		}
		p.fails(t, "newer openlend", "verify")
		p.fails(t, "newer openlend", "journal", "seal")
	})
	code, _, errs := execute(t, "", "migrate", "--data", t.TempDir(), "--app-role", "x")
	if code != exitFailure || !strings.Contains(errs, "--owner-database") {
		t.Errorf("a role of SQLite: exit %d, %q", code, errs)
	}
}

// exec runs statements as whoever may do anything, with guards off.
func (p place) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	d := testdb.Open(t, db.Options{URL: p.super})
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, err := db.Write(t.Context(), d, func(ctx context.Context, tx *db.Tx) (int64, error) {
		guard := `DROP TRIGGER IF EXISTS ledger_transfer_no_update`
		if tx.Engine() == db.Postgres {
			guard = `SET LOCAL session_replication_role = replica`
		}
		if _, err := tx.Exec(ctx, guard); err != nil {
			return 0, err
		}
		return tx.Exec(ctx, text, args...)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoDatabase: every command says what to do when there is none.
func TestNoDatabase(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	for _, args := range [][]string{
		{"verify"}, {"journal", "seal"}, {"journal", "export", "--format", "csv"},
		{"journal", "prove", "1"}, {"journal", "prove-growth", "1"}, {"journal", "head"},
	} {
		code, out, errs := execute(t, "", append(args, "--data", dir)...)
		if code != exitFailure || out != "" || !strings.Contains(errs, "openlend migrate --data "+dir) {
			t.Errorf("%v: exit %d, %q, %q", args, code, out, errs)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a command that failed made the directory")
	}
}

func TestVerify(t *testing.T) {
	invariants := 10 + len(app.Checks()) // the ledger's own, and those of the rooms
	eachPlace(t, func(t *testing.T, p place) {
		transfers := p.book(t)
		p.must(t, "journal", "seal")
		lines := strings.Split(strings.TrimSuffix(p.must(t, "verify"), "\n"), "\n")
		seen := 0
		for _, line := range lines {
			if !strings.HasPrefix(line, " ") {
				seen++
				if !strings.Contains(line, " ok ") || !strings.Contains(line, " 0 bad ") {
					t.Errorf("%q", line)
				}
			} else if !strings.HasPrefix(line, "        note: 3 transfers of type \"payment\"") {
				t.Errorf("%q", line)
			}
		}
		if seen != invariants {
			t.Errorf("%d invariants, not %d", seen, invariants)
		}

		p.exec(t, `UPDATE ledger_transfer SET amount = 126 WHERE id = $1`, int64(transfers[2]))
		row := "transfer " + transfers[2].String()
		out := p.fails(t, "the books are not sound: I03, "+row+": after it acc_", "verify")
		if !strings.Contains(out, "I03 BAD every balance") || !strings.Contains(out, "\n        "+row+": ") {
			t.Errorf("%s", out)
		}
		out = p.fails(t, "I03", "verify", "--json")
		bad, seen := map[string]verdict{}, 0
		for line := range strings.Lines(out) {
			seen++
			var v verdict
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatal(err)
			}
			bad[v.Invariant] = v
		}
		if seen != invariants || bad["I01"].Bad != 0 || bad["I03"].Bad == 0 || bad["I29"].Bad != 1 ||
			bad["I03"].First[0].Row != row || bad["I03"].Rows != 6 {
			t.Errorf("%+v", bad)
		}
	})
}

// TestBesideAWriter: reading commands work while another process writes; a
// second writer is refused on SQLite.
func TestBesideAWriter(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		p.book(t)
		p.must(t, "journal", "seal")
		testdb.Open(t, db.Options{URL: p.url}) // until the test ends
		p.must(t, "verify")
		if out := p.must(t, "journal", "export", "--format", "csv"); strings.Count(out, "\n") != 4 {
			t.Errorf("%s", out)
		}
		if strings.HasPrefix(p.url, "sqlite:") {
			p.fails(t, "another process already writes", "journal", "seal")
		}
	})
}

//nolint:gocognit // one story, told step by step
func TestJournal(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		if out := p.must(t, "journal", "seal"); out != "nothing is booked yet\n" {
			t.Errorf("%q", out)
		}
		transfers := p.book(t)
		one := transfers[1].String()
		p.fails(t, "openlend journal seal", "journal", "prove", one)
		out := p.must(t, "journal", "seal")
		if !strings.HasPrefix(out, "2 new leaves; the head of 2 leaves was signed at 20") {
			t.Errorf("%q", out)
		}
		if out := p.must(t, "journal", "seal"); !strings.HasPrefix(out, "0 new leaves; the head of 2") {
			t.Errorf("%q", out)
		}
		key := filepath.Join(p.data, "keys", "ledger-log.pub")
		proof := p.must(t, "journal", "prove", one)
		if again := p.must(t, "journal", "prove", num(transfers[1])); again != proof {
			t.Errorf("by number: %s", again)
		}
		code, out, errs := execute(t, proof, "journal", "check-proof", "-", "--key", key)
		if code != exitOK || !strings.Contains(out, "proven: transfer "+one+", payment 2 leg 0") ||
			!strings.Contains(out, "3.00 EUR") || !strings.Contains(out, "leaf 0") {
			t.Errorf("exit %d, %q, %q", code, out, errs)
		}
		code, out, _ = execute(t, proof, "journal", "check-proof", "-", "--key", key, "--json")
		if code != exitOK || !strings.Contains(out, `"transfer":"`+one+`"`) {
			t.Errorf("exit %d, %q", code, out)
		}
		forged := strings.Replace(proof, `\t300\t`, `\t301\t`, 1)
		code, _, errs = execute(t, forged, "journal", "check-proof", "-", "--key", key)
		if code != exitFailure || !strings.Contains(errs, "the proof does not hold") {
			t.Errorf("forged: exit %d, %q", code, errs)
		}
		growth := p.must(t, "journal", "prove-growth", "2")
		file := filepath.Join(t.TempDir(), "growth.json")
		if err := os.WriteFile(file, []byte(growth), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs = execute(t, "", "journal", "check-proof", file, "--key", key)
		if code != exitOK || out != "proven: the log of 2 leaves begins with all of the log of 2 leaves\n" {
			t.Errorf("exit %d, %q, %q", code, out, errs)
		}
		kept := filepath.Join(t.TempDir(), "kept")
		head := p.must(t, "journal", "head", "--size", "2")
		if head != p.must(t, "journal", "head") {
			t.Errorf("%q", head)
		}
		for text, want := range map[string]int{head: exitOK, head + "\n": exitFailure} {
			if err := os.WriteFile(kept, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, proof := range []string{growth, proof} {
				code, _, errs := execute(t, proof, "journal", "check-proof", "-", "--key", key, "--kept", kept)
				if code != want || (code == exitOK) != (errs == "") {
					t.Errorf("kept: exit %d, %q", code, errs)
				}
			}
		}
		p.fails(t, "no signed head of that size", "journal", "head", "--size", "1")
		p.fails(t, "no signed head of that size", "journal", "prove-growth", "1")
		p.fails(t, "identifier", "journal", "prove", "loan_0000000000001")
		p.fails(t, "no such transfer", "journal", "prove", "1")
	})
}

func num(t ledger.TransferID) string {
	b, _ := json.Marshal(int64(t)) //nolint:errchkjson // a number can always be written
	return string(b)
}

func TestJournalExport(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		p.book(t)
		dir := t.TempDir()
		file := filepath.Join(dir, "books")
		for format, part := range map[string]string{
			"hledger": "\ndecimal-mark .\n", "beancount": " open Assets:Bank-clients:EUR EUR\n",
			"csv": "transfer,business_on,",
		} {
			out := p.must(t, "journal", "export", "--format", format)
			if !strings.Contains(out, part) || !strings.Contains(out, "3.00") {
				t.Errorf("%s: %s", format, out)
			}
			if none := p.must(t, "journal", "export", "--format", format, "--out", file); none != "" {
				t.Errorf("%s: printed %q beside the file", format, none)
			}
			written, err := os.ReadFile(file)
			if err != nil || string(written) != out {
				t.Errorf("%s: %v, %s", format, err, written)
			}
			none := p.must(t, "journal", "export", "--format", format, "--to", "2026-11-21")
			if strings.Contains(none, "3.00") {
				t.Errorf("%s: what comes later is in it: %s", format, none)
			}
		}
		p.exec(t, `UPDATE ledger_transfer SET currency = 'XXZ' WHERE cause_id = 2`)
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p.fails(t, "does not match its log", "journal", "export", "--format", "csv", "--out", file)
		after, err := os.ReadFile(file)
		if err != nil || string(after) != string(before) {
			t.Errorf("a failed export changed the file: %v", err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("a failed export left %v", left)
		}
	})
	for _, args := range [][]string{
		{"journal", "export"}, {"journal", "export", "--format", "xml"},
		{"journal", "export", "--format", "csv", "--from", "2026-02-30"},
	} {
		if code, _, errs := execute(t, "", args...); code != exitUsage || strings.Count(errs, "\n") != 1 {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
}

// TestDatabaseHelp: every command on a database explains itself by an example.
func TestDatabaseHelp(t *testing.T) {
	for _, command := range []string{
		"migrate", "verify", "journal export", "journal seal", "journal prove",
		"journal prove-growth", "journal check-proof", "journal head",
	} {
		code, out, errs := execute(t, "", append(strings.Fields(command), "--help")...)
		if code != exitOK || errs != "" || strings.Count(out, "openlend "+command) < 2 {
			t.Errorf("%s: exit %d, %q, %s", command, code, errs, out)
		}
	}
}
