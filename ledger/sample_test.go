package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/lease"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
	"openlend/money"
)

// sample is a small set of sound books: three currencies, three business dates of which
// two are sealed, holds in every state, a reversal, and a log with three heads.
type sample struct {
	db    *db.DB
	super *db.DB // may do anything; the same database
	clock *clock.Manual
	ids   *id.Source
	place Place

	accounts map[string]AccountID
	posted   []TransferID // in order
}

// eachSample runs a test on sound books on every engine.
func eachSample(t *testing.T, test func(t *testing.T, s *sample)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		url := testdb.SQLite(t)
		test(t, newSample(t, url, url))
	})
	t.Run("postgres", func(t *testing.T) {
		u := testdb.Postgres(t)
		test(t, newSample(t, u.App, u.Super))
	})
}

// TestBooksAtRest: what leaves the books as they are shares them.
func TestBooksAtRest(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		for name, test := range map[string]func(t *testing.T, s *sample){
			"sound": testSoundBooks, "tampering": testTampering, "cause tables": testCauseTables,
			"rewritten log": testRewrittenLog, "tampered heads": testTamperedHeads,
			"long reports": testVerifyNamesOnlyTheFirst, "prove transfers": testProveTransfer,
			"prove growth": testProveGrowth, "forged proofs": testForgedProofs,
			"hledger": testHledger, "beancount": testBeancount, "export": testExportTexts,
			"export dates": testExportDates, "room checks": testRoomChecks,
		} {
			t.Run(name, func(t *testing.T) { test(t, s) })
		}
		s.mustBeSound(t)
	})
}

var bookDay = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func newSample(t *testing.T, url, super string) *sample {
	t.Helper()
	s := &sample{
		clock: clock.NewManual(bookDay), ids: id.NewSeeded(bookDay),
		place: PlaceIn(t.TempDir(), ""), accounts: map[string]AccountID{},
	}
	s.db = testdb.Open(t, db.Options{URL: url, Clock: s.clock})
	s.super = s.db
	if super != url {
		s.super = testdb.Open(t, db.Options{URL: super, Clock: s.clock, MaxConns: 1})
	}
	s.write(t, func(ctx context.Context, tx *db.Tx) error {
		return Start(ctx, tx, calendar.MustParseDate("2026-11-20"))
	})
	s.open(t)
	s.firstDay(t)
	s.closeDay(t, "2026-11-20")
	s.secondDay(t)
	s.closeDay(t, "2026-11-21")
	s.thirdDay(t)
	s.seal(t)
	s.number(t)
	s.clock.Advance(time.Hour)
	return s
}

func (s *sample) write(t *testing.T, fn func(context.Context, *db.Tx) error) {
	t.Helper()
	_, err := db.Write(t.Context(), s.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *sample) open(t *testing.T) {
	t.Helper()
	names := []string{
		"EUR bank_clients", "EUR bank_platform", "EUR fee_income", "EUR wallet 1", "EUR wallet 2",
		"EUR wallet 3", "EUR escrow 9", "EUR receivable 1",
		"JPY bank_clients", "JPY wallet 1", "KWD bank_clients", "KWD wallet 2",
	}
	s.write(t, func(ctx context.Context, tx *db.Tx) error {
		var wanted []NewAccount
		for _, name := range names {
			part := strings.Fields(name)
			n := NewAccount{Currency: money.Currency(part[0]), Kind: Kind(part[1])}
			if len(part) == 3 {
				n.OwnerID = int64(part[2][0] - '0')
			}
			wanted = append(wanted, n)
		}
		opened, err := OpenAccounts(ctx, tx, s.ids, wanted)
		for i, a := range opened {
			s.accounts[names[i]] = a.ID
		}
		return err
	})
}

// post sample commands in one transaction, which is one batch.
func (s *sample) post(t *testing.T, commands ...Command) {
	t.Helper()
	s.clock.Advance(time.Second)
	s.write(t, func(ctx context.Context, tx *db.Tx) error {
		results, err := Post(ctx, tx, s.ids, commands)
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
			if r.Transfer != 0 {
				s.posted = append(s.posted, r.Transfer)
			}
		}
		return err
	})
}

func (s *sample) move(cause Cause, debit, credit string, minor int64) Command {
	c := money.Currency(debit[:3])
	return move(cause, s.accounts[debit], s.accounts[credit], money.New(minor, c))
}

func (s *sample) firstDay(t *testing.T) {
	t.Helper()
	s.post(t,
		s.move(Cause{"deposit", 1}, "EUR bank_clients", "EUR wallet 1", 100_000),
		s.move(Cause{"deposit", 2}, "EUR bank_clients", "EUR wallet 2", 50_000),
		s.move(Cause{"deposit", 3}, "JPY bank_clients", "JPY wallet 1", 7_000),
		s.move(Cause{"deposit", 4}, "KWD bank_clients", "KWD wallet 2", 1_234))
	s.post(t,
		s.hold(10, "EUR wallet 1", 20_000), s.hold(11, "EUR wallet 2", 5_000),
		s.hold(12, "EUR wallet 2", 6_000))
	s.post(t, s.postHold(10, 20, 8_000), s.postHold(11, 21, 5_000))
}

func (s *sample) secondDay(t *testing.T) {
	t.Helper()
	s.post(t, Command{Op: OpVoidHold, Of: Cause{"bid", 12}})
	s.post(t,
		s.move(Cause{"disbursement", 30}, "EUR escrow 9", "EUR wallet 3", 12_000),
		s.move(Cause{"fee", 31}, "EUR escrow 9", "EUR fee_income", 1_000),
		s.move(Cause{"receivable", 32}, "EUR receivable 1", "EUR fee_income", 250))
	s.seal(t)
}

func (s *sample) thirdDay(t *testing.T) {
	t.Helper()
	s.post(t, s.move(Cause{"payment", 40}, "EUR wallet 3", "EUR wallet 1", 700))
	s.post(t, s.move(Cause{"payment", 41}, "EUR wallet 3", "EUR wallet 2", 333))
	s.seal(t)
	last := s.posted[len(s.posted)-1]
	s.post(t, Command{
		Op: OpReverse, Cause: Cause{CauseReversal, int64(last)},
		Debit: s.accounts["EUR wallet 2"], Credit: s.accounts["EUR wallet 3"],
		Amount: money.New(333, "EUR"),
	})
	s.post(t,
		s.move(Cause{"deposit", 50}, "EUR bank_platform", "EUR fee_income", 99),
		s.move(Cause{"payment", 51}, "EUR wallet 1", "EUR wallet 3", 1),
		s.move(Cause{"payment", 52}, "EUR wallet 1", "EUR wallet 3", 2))
}

func (s *sample) hold(bid int64, wallet string, minor int64) Command {
	return Command{Op: OpHold, Cause: Cause{"bid", bid}, Debit: s.accounts[wallet],
		Amount: money.New(minor, "EUR")}
}

func (s *sample) postHold(bid, allotment, minor int64) Command {
	return Command{Op: OpPostHold, Of: Cause{"bid", bid}, Cause: Cause{"allotment", allotment},
		Credit: s.accounts["EUR escrow 9"], Amount: money.New(minor, "EUR")}
}

func (s *sample) closeDay(t *testing.T, day string) {
	t.Helper()
	date := calendar.MustParseDate(day)
	s.write(t, func(ctx context.Context, tx *db.Tx) error {
		_, err := OpenNextDate(ctx, tx, date)
		return err
	})
	if err := SealDate(t.Context(), s.db, date); err != nil {
		t.Fatal(err)
	}
}

// number gives every event its number.
func (s *sample) number(t *testing.T) {
	t.Helper()
	l, err := lease.Acquire(t.Context(), s.db, s.clock, "outbox", "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	r := &outbox.Relay{DB: s.db, Wall: s.clock, Holder: "test"}
	if err := r.NumberAll(t.Context(), l); err != nil {
		t.Fatal(err)
	}
}

func (s *sample) seal(t *testing.T) Sealed {
	t.Helper()
	sealed, err := SealOnce(t.Context(), s.db, s.clock, "test", s.place, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// sealer works under a lease of its own.
func (s *sample) sealer(t *testing.T) *Sealer {
	t.Helper()
	l, err := lease.Acquire(t.Context(), s.db, s.clock, "ledger/sealer", "test", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return NewSealer(s.db, l, s.place)
}

// verify returns the reports by invariant.
func (s *sample) verify(t *testing.T, o VerifyOptions) map[string]Report {
	t.Helper()
	if o.Place == (Place{}) {
		o.Place = s.place
	}
	reports := map[string]Report{}
	err := Verify(t.Context(), s.db, o, func(r Report) error {
		reports[r.ID] = r
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return reports
}

func (s *sample) mustBeSound(t *testing.T) {
	t.Helper()
	for _, r := range s.verify(t, VerifyOptions{}) {
		if r.Bad != 0 {
			t.Errorf("%s: %d bad rows: %v", r.ID, r.Bad, r.Rows)
		}
	}
}

var errUndo = errors.New("undo")

// tamper changes the database as its superuser, with all guards off, has the
// checks look at it, and undoes everything.
func (s *sample) tamper(
	t *testing.T, o VerifyOptions, statements ...string,
) map[string]Report {
	t.Helper()
	return s.tamperBy(t, o, func(ctx context.Context, tx *db.Tx) error {
		for _, text := range statements {
			n, err := tx.Exec(ctx, text)
			if err != nil {
				return fmt.Errorf("%s: %w", text, err)
			}
			rows := strings.HasPrefix(text, "UPDATE") || strings.HasPrefix(text, "DELETE")
			if n == 0 && rows {
				t.Errorf("%s changed nothing", text)
			}
		}
		return nil
	})
}

func (s *sample) tamperBy(
	t *testing.T, o VerifyOptions, change func(context.Context, *db.Tx) error,
) map[string]Report {
	t.Helper()
	if o.Place == (Place{}) {
		o.Place = s.place
	}
	if o.Rows == 0 {
		o.Rows = 10
	}
	o.Grace = time.Minute
	reports := map[string]Report{}
	breakAndLook := func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		if err := dropGuards(ctx, tx); err != nil {
			return struct{}{}, err
		}
		if err := change(ctx, tx); err != nil {
			return struct{}{}, err
		}
		for _, c := range checks {
			r, err := c.report(ctx, tx, o)
			if err != nil {
				return struct{}{}, fmt.Errorf("%s: %w", c.id, err)
			}
			reports[c.id] = r
		}
		return struct{}{}, errUndo
	}
	_, err := db.Write(t.Context(), s.super, breakAndLook)
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
	return reports
}

// ruin changes the database for good, as its superuser with all guards off.
func (s *sample) ruin(t *testing.T, statements ...string) {
	t.Helper()
	_, err := db.Write(t.Context(), s.super, func(ctx context.Context, tx *db.Tx) (int64, error) {
		if err := dropGuards(ctx, tx); err != nil {
			return 0, err
		}
		for _, text := range statements {
			if _, err := tx.Exec(ctx, s.fill(text)); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// newestHead reads the database's own newest head.
func (s *sample) newestHead(t *testing.T) Head {
	t.Helper()
	head, err := db.Read(t.Context(), s.db, func(ctx context.Context, tx *db.Tx) (Head, error) {
		return headBy(ctx, tx, selectNewestHead)
	})
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// proveErr is the refusal of a proof.
func (s *sample) proveErr(t *testing.T, prove func(context.Context, *db.Tx) (Proof, error)) error {
	t.Helper()
	_, err := db.Read(t.Context(), s.db, prove)
	return err
}

func dropGuards(ctx context.Context, tx *db.Tx) error {
	if tx.Engine() == db.Postgres {
		_, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`)
		return err
	}
	triggers, err := db.Values[string](ctx, tx,
		`SELECT name FROM sqlite_master WHERE type = 'trigger'`)
	for _, name := range triggers {
		if _, err := tx.Exec(ctx, `DROP TRIGGER `+name); err != nil {
			return err
		}
	}
	return err
}

// loosen makes a table forget its constraints.
func loosen(table string) []string {
	return []string{
		`ALTER TABLE ` + table + ` RENAME TO strict_` + table,
		`CREATE TABLE ` + table + ` AS SELECT * FROM strict_` + table,
	}
}

// copyPlace copies the key and heads.log, so that they can be changed.
func (s *sample) copyPlace(t *testing.T) Place {
	t.Helper()
	p := PlaceIn(t.TempDir(), "")
	if err := os.MkdirAll(p.Keys, 0o700); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		s.place.Heads: p.Heads, s.place.PublicFile(): p.PublicFile(),
		s.place.privateFile(): p.privateFile(),
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Clean(to), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}
