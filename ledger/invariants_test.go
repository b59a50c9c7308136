package ledger

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"openlend/internal/clock"
	"openlend/internal/db"
	"openlend/internal/id"
)

func testSoundBooks(t *testing.T, s *sample) {
	reports := s.verify(t, VerifyOptions{})
	if len(reports) != 10 {
		t.Errorf("%d reports", len(reports))
	}
	for id, r := range reports {
		if r.Bad != 0 || r.Looked == 0 {
			t.Errorf("%s: looked at %d, %d bad rows: %v", id, r.Looked, r.Bad, r.Rows)
		}
	}
	notes := strings.Join(slices.Concat(reports["I06"].Notes, reports["I08"].Notes), "; ")
	if !strings.Contains(notes, `1 open holds of type "bid" have no table`) ||
		!strings.Contains(notes, `5 transfers of type "deposit" have no table`) ||
		strings.Contains(notes, "reversal") {
		t.Errorf("notes: %s", notes)
	}
}

// TestChartInSQL: the kinds that the checks name are those of the chart.
func TestChartInSQL(t *testing.T) {
	for text, of := range map[string]func(side) bool{
		runningKinds:  func(s side) bool { return s.running },
		platformKinds: func(s side) bool { return !s.running },
		creditKinds:   func(s side) bool { return s.credit },
	} {
		var want []string
		for kind, s := range chart {
			if of(s) {
				want = append(want, string(kind))
			}
		}
		slices.Sort(want)
		words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("(), '\n\t", r) })
		if !slices.Equal(words, want) {
			t.Errorf("%v, want %v", words, want)
		}
	}
}

// tampering is one way to break the books and the first row that must be named.
type tampering struct {
	name string
	id   string // the invariant that sees it
	key  string // of the first bad row
	what string // in its explanation
	do   []string
}

// tamperings are written with names instead of ids: {t9} is the tenth transfer,
// {T9} as it is shown, {wallet 1} an account, {ACCOUNT wallet 1} as it is shown.
var tamperings = []tampering{
	{"debit in another currency", "I01", "transfer {T1}", "debits JPY and credits EUR",
		[]string{`UPDATE ledger_transfer SET debit_id = {JPY bank_clients} WHERE id = {t1}`}},
	{"debit is credit", "I01", "transfer {T1}", "one account",
		append(loosen("ledger_transfer"), `UPDATE ledger_transfer SET debit_id = credit_id WHERE id = {t1}`)},
	{"deleted account", "I01", "transfer {T3}", "credit account does not exist",
		[]string{`DELETE FROM ledger_account WHERE id = {KWD wallet 2}`}},

	{"changed balance", "I02", "currency EUR", "-7",
		[]string{`UPDATE ledger_balance SET posted = posted - 7 WHERE account_id = {EUR wallet 1}`}},
	{"changed balance of a receivable", "I02", "currency EUR", "-3",
		[]string{`UPDATE ledger_balance SET posted = posted + 3 WHERE account_id = {EUR receivable 1}`}},
	{"changed roll-up of a platform account", "I02", "currency EUR", "-5",
		[]string{`UPDATE ledger_rollup SET balance = balance + 5
			WHERE account_id = {EUR bank_clients}`}},
	{"changed roll-up balance", "I02", "account {ACCOUNT EUR wallet 1}", "2026-11-20 its roll-up says 92001, not 92000",
		[]string{`UPDATE ledger_rollup SET balance = balance + 1
			WHERE account_id = {EUR wallet 1} AND business_on = '2026-11-20'`}},
	{"changed roll-up turnover", "I02", "account {ACCOUNT EUR escrow 9}", "on 2026-11-21 its transfers are 13000 debit",
		[]string{`UPDATE ledger_rollup SET debits = debits + 1, credits = credits + 1
			WHERE account_id = {EUR escrow 9} AND business_on = '2026-11-21'`}},
	{"deleted roll-up", "I02", "account {ACCOUNT KWD wallet 2}", "rolled up 0 and 0",
		[]string{`DELETE FROM ledger_rollup WHERE account_id = {KWD wallet 2}`}},
	{"roll-up that ends elsewhere", "I02", "account {ACCOUNT EUR wallet 1}", "not its last",
		[]string{`UPDATE ledger_rollup SET last_transfer_id = {t0}
			WHERE account_id = {EUR wallet 1} AND business_on = '2026-11-20'`}},
	{"transfer put into a sealed date", "I02", "account {ACCOUNT EUR bank_platform}", "99 debit",
		[]string{`UPDATE ledger_transfer SET business_on = '2026-11-20' WHERE id = {t12}`}},

	{"changed amount", "I03", "transfer {T9}", "after it {ACCOUNT EUR wallet 3} has 11299, not 11300",
		[]string{`UPDATE ledger_transfer SET amount = amount + 1 WHERE id = {t9}`}},
	{"deleted transfer", "I03", "transfer {T10}", "it follows {T9}",
		[]string{`DELETE FROM ledger_transfer WHERE id = {t9}`}},
	{"cut tail of the journal", "I03", "account {ACCOUNT EUR wallet 1}", "posted is 92697, its transfers sum to 92699",
		[]string{`DELETE FROM ledger_transfer WHERE id = {t14}`}},
	{"swapped accounts", "I03", "transfer {T13}", "in {ACCOUNT EUR wallet 1} it follows",
		[]string{`UPDATE ledger_transfer SET debit_id = credit_id, credit_id = debit_id WHERE id = {t13}`}},
	{"moved to another account", "I03", "transfer {T9}", "{ACCOUNT EUR wallet 2}",
		[]string{`UPDATE ledger_transfer SET credit_id = {EUR wallet 2} WHERE id = {t9}`}},
	{"changed balance after a transfer", "I03", "transfer {T4}", "has 92000, not 92001",
		[]string{`UPDATE ledger_transfer SET debit_after = debit_after + 1 WHERE id = {t4}`}},
	{"no balance after a transfer", "I03", "transfer {T4}", "keeps a running balance",
		[]string{`UPDATE ledger_transfer SET debit_after = NULL WHERE id = {t4}`}},
	{"forked chain", "I03", "transfer {T14}", "it follows {T4}",
		[]string{`UPDATE ledger_transfer SET debit_previous_id = {t4} WHERE id = {t14}`}},
	{"chain that begins twice", "I03", "transfer {T14}", "not the end of its chain",
		[]string{`UPDATE ledger_transfer SET debit_previous_id = NULL WHERE id = {t14}`}},
	{"changed last transfer", "I03", "account {ACCOUNT JPY wallet 1}", "last transfer is {T2}",
		[]string{`UPDATE ledger_balance SET last_transfer_id = {t9} WHERE account_id = {JPY wallet 1}`}},
	{"changed balance beside its chain", "I03", "account {ACCOUNT EUR wallet 3}", "12637",
		[]string{`UPDATE ledger_balance SET posted = 12637 WHERE account_id = {EUR wallet 3}`}},

	{"more held than posted", "I04", "account {ACCOUNT EUR wallet 3}", "held 99999",
		append(loosen("ledger_balance"),
			`UPDATE ledger_balance SET held = 99999 WHERE account_id = {EUR wallet 3}`)},
	{"negative hold", "I04", "account {ACCOUNT EUR wallet 3}", "held -1",
		append(loosen("ledger_balance"),
			`UPDATE ledger_balance SET held = -1 WHERE account_id = {EUR wallet 3}`)},
	{"deleted balance", "I04", "account {ACCOUNT EUR escrow 9}", "has no balance",
		[]string{`DELETE FROM ledger_balance WHERE account_id = {EUR escrow 9}`}},
	{"balance of a platform account", "I04", "account {ACCOUNT EUR fee_income}", "keeps no running balance",
		[]string{`INSERT INTO ledger_balance (account_id, posted, held, version, last_transfer_id)
			VALUES ({EUR fee_income}, 5, 0, 0, 0)`}},
	{"balance of nobody", "I04", "account acc_0000000000003", "does not exist",
		[]string{`INSERT INTO ledger_balance (account_id, posted, held, version, last_transfer_id)
			VALUES (3, 5, 0, 0, 0)`}},
	{"unknown kind", "I04", "account {ACCOUNT EUR fee_income}", "'petty_cash",
		[]string{`UPDATE ledger_account SET kind = '''petty_cash' WHERE id = {EUR fee_income}`,
			`INSERT INTO ledger_balance (account_id, posted, held, version, last_transfer_id)
			VALUES ({EUR fee_income}, 5, 0, 0, 0)`}},

	{"changed held", "I05", "account {ACCOUNT EUR wallet 1}", "held 12001, its open holds sum to 12000",
		[]string{`UPDATE ledger_balance SET held = held + 1 WHERE account_id = {EUR wallet 1}`}},
	{"orphan hold", "I05", "account {ACCOUNT EUR wallet 3}", "held 0, its open holds sum to 77",
		[]string{openHold("{EUR wallet 3}", "EUR")}},
	{"deleted hold", "I05", "account {ACCOUNT EUR wallet 1}", "sum to 0",
		[]string{`DELETE FROM ledger_hold WHERE cause_id = 10`}},

	{"hold of nobody", "I06", "account acc_0000000000003", "does not exist",
		[]string{openHold("3", "EUR")}},
	{"hold of a closed account", "I06", "account {ACCOUNT EUR wallet 1}", "closed wallet",
		[]string{`UPDATE ledger_account SET state = 'closed' WHERE id = {EUR wallet 1}`}},
	{"hold of a platform account", "I06", "account {ACCOUNT EUR fee_income}", "open fee_income",
		[]string{openHold("{EUR fee_income}", "EUR")}},

	{"amount below zero", "I07", "transfer {T2}", "its amount is -7000",
		append(loosen("ledger_transfer"), `UPDATE ledger_transfer SET amount = -amount WHERE id = {t2}`)},
	{"transfer in another currency", "I07", "transfer {T2}", "it is in EUR",
		[]string{`UPDATE ledger_transfer SET currency = 'EUR' WHERE id = {t2}`}},
	{"hold in another currency", "I07", "account {ACCOUNT EUR wallet 3}", "hold bid 77 is of 77 USD",
		[]string{openHold("{EUR wallet 3}", "USD")}},
	{"hold above its amount", "I07", "account {ACCOUNT EUR wallet 1}", "99999 remaining",
		append(loosen("ledger_hold"), `UPDATE ledger_hold SET remaining = 99999 WHERE cause_id = 10`)},

	{"cause booked twice", "I08", "transfer {T9}", "2 transfers have its cause payment 40 leg 0",
		append(loosen("ledger_transfer"), `UPDATE ledger_transfer SET cause_id = 40 WHERE id = {t10}`)},
	{"reversal of nothing", "I08", "transfer {T11}", "its cause reversal 4711 does not exist",
		[]string{`UPDATE ledger_transfer SET cause_id = 4711 WHERE id = {t11}`}},

	{"posting that was not announced", "I28", "batch {T4}", "not announced",
		[]string{`DELETE FROM outbox WHERE id = {t4}`}},
	{"event without a number", "I28", "event {t6}", "ledger.posted",
		[]string{`UPDATE outbox SET seq = NULL WHERE id = {t6}`}},

	{"changed cause", "I29", "batch {T6}", "do not have its root",
		[]string{`UPDATE ledger_transfer SET cause_id = 4711 WHERE id = {t7}`}},
	{"changed amount between platform accounts", "I29", "batch {T12}", "do not have its root",
		[]string{`UPDATE ledger_transfer SET amount = 98 WHERE id = {t12}`}},
	{"deleted transfer of a batch", "I29", "batch {T6}", "its transfer {T7} is missing",
		[]string{`DELETE FROM ledger_transfer WHERE id = {t7}`}},
	{"deleted last transfer", "I29", "batch {T12}", "its transfer {T14} is missing",
		[]string{`DELETE FROM ledger_transfer WHERE id = {t14}`}},
	{"transfer in no batch", "I29", "transfer trf_0000000000007", "in no batch",
		[]string{`INSERT INTO ledger_transfer (id, cause_id, cause_type, leg, entry_type, debit_id,
			credit_id, amount, currency, booked_at, business_on)
			VALUES (7, 7, 'fee', 0, 'transfer', {EUR bank_platform}, {EUR fee_income}, 1, 'EUR', 1,
			'2026-11-22')`}},
	{"deleted batch", "I29", "transfer {T9}", "in no batch",
		[]string{`DELETE FROM ledger_batch WHERE first_id = {t9}`}},
	{"changed root", "I29", "batch {T9}", "do not have its root",
		[]string{`UPDATE ledger_batch SET root = (SELECT root FROM ledger_batch WHERE first_id = {t10})
			WHERE first_id = {t9}`}},
	{"changed size of a batch", "I29", "batch {T12}", "missing",
		[]string{`UPDATE ledger_batch SET count = 4 WHERE first_id = {t12}`}},
	{"changed date of a batch", "I29", "batch {T9}", "has another date",
		[]string{`UPDATE ledger_batch SET business_on = '2026-11-21' WHERE first_id = {t9}`}},
	{"changed time of a batch", "I29", "batch {T9}", "has another date",
		[]string{`UPDATE ledger_batch SET booked_at = booked_at - 1 WHERE first_id = {t9}`}},
	{"deleted last leaf", "I29", "batch {T12}", "not a leaf",
		[]string{`DELETE FROM ledger_leaf WHERE leaf_no = 6`}},
	{"deleted leaf", "I29", "batch {T4}", "not a leaf",
		[]string{`DELETE FROM ledger_leaf WHERE leaf_no = 1`}},
	{"duplicated leaf", "I29", "leaf 1", "2 times",
		append(loosen("ledger_leaf"), `INSERT INTO ledger_leaf (leaf_no, batch_id) VALUES (7, {t4})`)},
	{"swapped leaves", "I29", "leaf 0", "hash 0 of the log is not that of the batches",
		append(loosen("ledger_leaf"), `UPDATE ledger_leaf SET leaf_no = 1 - leaf_no WHERE leaf_no < 2`)},
	{"leaf of nothing", "I29", "leaf 7", "its batch trf_0000000000003 does not exist",
		[]string{`INSERT INTO ledger_leaf (leaf_no, batch_id) VALUES (7, 3)`}},
	{"changed hash", "I29", "leaf 2", "hash 3 of the log",
		[]string{`UPDATE ledger_log_hash SET hash = (SELECT hash FROM ledger_log_hash
			WHERE position = 1) WHERE position = 3`}},
	{"deleted hash", "I29", "leaf 3", "hash 4 of the log is missing",
		[]string{`DELETE FROM ledger_log_hash WHERE position = 4`}},
	{"hash of nothing", "I29", "hash 11 of the log", "no leaf",
		[]string{`INSERT INTO ledger_log_hash (position, hash) SELECT 11, hash FROM ledger_log_hash
			WHERE position = 1`}},
	{"changed head", "I29", "heads.log line 2", "another head of 5 leaves",
		[]string{`UPDATE ledger_head SET note = REPLACE(note, '— openlend', '— 0penlend')
			WHERE tree_size = 5`}},
	{"changed time of a head", "I29", "heads.log line 2", "another head of 5 leaves",
		[]string{`UPDATE ledger_head SET signed_at = signed_at + 1 WHERE tree_size = 5`}},
	{"deleted head", "I29", "heads.log line 2", "does not have this head",
		[]string{`DELETE FROM ledger_head WHERE tree_size = 5`}},
	{"cut tail of everything", "I29", "heads.log line 3", "only 6 leaves",
		[]string{`DELETE FROM ledger_transfer WHERE id >= {t12}`,
			`DELETE FROM ledger_batch WHERE first_id >= {t12}`,
			`DELETE FROM ledger_leaf WHERE leaf_no = 6`,
			`DELETE FROM ledger_log_hash WHERE position >= 10`,
			`DELETE FROM ledger_head WHERE tree_size = 7`}},
}

func openHold(account, currency string) string {
	return `INSERT INTO ledger_hold (cause_id, cause_type, account_id, amount, remaining,
		currency, state, opened_at) VALUES (77, 'bid', ` + account + `, 77, 77, '` + currency +
		`', 'open', 1)`
}

// fill puts ids in the place of names.
func (s *sample) fill(text string) string {
	var pairs []string
	for i, id := range s.posted {
		pairs = append(pairs, fmt.Sprintf("{t%d}", i), number(int64(id)),
			fmt.Sprintf("{T%d}", i), id.String())
	}
	for name, id := range s.accounts {
		pairs = append(pairs, "{"+name+"}", number(int64(id)),
			"{ACCOUNT "+name+"}", id.String())
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// testTampering: each way to break the books is seen, and the row is named.
func testTampering(t *testing.T, s *sample) {
	seen := map[string]bool{}
	for _, c := range tamperings {
		t.Run(c.name, func(t *testing.T) {
			var statements []string
			for _, text := range c.do {
				statements = append(statements, s.fill(text))
			}
			seen[c.id] = true
			report := s.tamper(t, VerifyOptions{}, statements...)[c.id]
			mustSee(t, report, s.fill(c.key), s.fill(c.what))
		})
	}
	if len(seen) != len(checks) {
		t.Errorf("%d of %d invariants were broken", len(seen), len(checks))
	}
	s.mustBeSound(t)
}

func mustSee(t *testing.T, r Report, key, what string) {
	t.Helper()
	if r.Bad == 0 {
		t.Errorf("%s sees nothing", r.ID)
		return
	}
	if first := r.Rows[0]; first.Key != key || !strings.Contains(first.What, what) {
		t.Errorf("%s names %s: %s\nwant %s: …%s…\nof %d %v", r.ID, first.Key, first.What, key, what,
			r.Bad, r.Rows)
	}
}

// testCauseTables: with a table of causes, holds and transfers must have theirs.
func testCauseTables(t *testing.T, s *sample) {
	const makeTables = `CREATE TABLE sample_bid (bid_id BIGINT PRIMARY KEY, state TEXT NOT NULL)`
	const fillTables = `INSERT INTO sample_bid (bid_id, state) VALUES (10, 'held'), (1, 'gone'),
		(2, 'gone'), (3, 'gone'), (4, 'gone'), (50, 'gone')`
	o := VerifyOptions{Causes: []CauseTable{
		{Type: "bid", Table: "sample_bid", Key: "bid_id", LiveHold: "c.state = 'held'"},
		{Type: "deposit", Table: "sample_bid", Key: "bid_id"},
	}}
	sound := s.tamper(t, o, makeTables, fillTables)
	for _, id := range []string{"I06", "I08"} {
		if r := sound[id]; r.Bad != 0 || r.Looked == 0 ||
			strings.Contains(fmt.Sprint(r.Notes), `"bid"`) ||
			strings.Contains(fmt.Sprint(r.Notes), `"deposit"`) {
			t.Errorf("%+v", r)
		}
	}
	dead := s.tamper(t, o, makeTables, fillTables, `UPDATE sample_bid SET state = 'gone'`)
	mustSee(t, dead["I06"], "bid 10", "not alive")
	gone := s.tamper(t, o, makeTables, fillTables, `DELETE FROM sample_bid WHERE bid_id IN (3, 10)`)
	mustSee(t, gone["I06"], "bid 10", "not alive")
	mustSee(t, gone["I08"], "transfer "+s.posted[2].String(), "deposit 3 does not exist")
	for _, c := range []CauseTable{
		{Type: "bid", Table: "market_bid; DROP TABLE x", Key: "id"}, {Type: "bid", Table: "bid", Key: "1"},
	} {
		if _, err := c.missing(); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// testRewrittenLog: whoever rewrites the whole database, hashes and all, and has
// no key, cannot rewrite heads.log.
func testRewrittenLog(t *testing.T, s *sample) {
	rewrite := func(ctx context.Context, tx *db.Tx, s *sample) error {
		if _, err := tx.Exec(ctx, s.fill(`UPDATE ledger_transfer SET amount = 98 WHERE id = {t12}`)); err != nil {
			return err
		}
		leaf, _, err := batchOf(ctx, tx, s.posted[12])
		if err != nil {
			return err
		}
		transfers, err := db.Many(ctx, tx, scanTransfer, selectTransferRange,
			int64(leaf.firstID), int64(leaf.firstID)+leaf.count)
		if err != nil {
			return err
		}
		root := rootOf(transfers)
		if _, err = tx.Exec(ctx, `UPDATE ledger_batch SET root = $1 WHERE first_id = $2`,
			root[:], int64(leaf.firstID)); err != nil {
			return err
		}
		leaf.root = root
		if _, err := tx.Exec(ctx, `DELETE FROM ledger_log_hash WHERE position >= 10`); err != nil {
			return err
		}
		hashes, err := growth(6, []batchRow{leaf.batchRow}, logHashes(ctx, tx))
		if err != nil {
			return err
		}
		return storeLogHashes(ctx, tx, hashes)
	}
	reports := s.tamperBy(t, VerifyOptions{}, func(ctx context.Context, tx *db.Tx) error {
		return rewrite(ctx, tx, s)
	})
	if reports["I29"].Bad != 1 {
		t.Errorf("%v", reports["I29"].Rows)
	}
	mustSee(t, reports["I29"], "heads.log line 3", "another one when it was signed")
}

// testTamperedHeads: changes outside of the database.
func testTamperedHeads(t *testing.T, s *sample) {
	whole, err := os.ReadFile(s.place.Heads)
	if err != nil {
		t.Fatal(err)
	}
	line := slices.Collect(strings.Lines(string(whole)))
	stranger := PlaceIn(t.TempDir(), "")
	if _, _, err := stranger.signer(false); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text      string
		key, what string
	}{
		"cut":              {line[0] + line[1], "head of 7 leaves", "it is not in"},
		"emptied":          {"", "head of 3 leaves", "it is not in"},
		"torn":             {string(whole[:len(whole)-9]), "head of 7 leaves", "it is not in"},
		"line removed":     {line[0] + line[2], "head of 5 leaves", "it is not in"},
		"line twice":       {line[0] + line[0] + line[1] + line[2], "heads.log line 2", "does not have"},
		"lines swapped":    {line[1] + line[0] + line[2], "head of 3 leaves", "it is not in"},
		"size changed":     {strings.Replace(string(whole), `"tree_size":5`, `"tree_size":6`, 1), "head of 5 leaves", "it is not in"},
		"time changed":     {strings.Replace(string(whole), `"signed_at":1`, `"signed_at":2`, 1), "heads.log line 1", "another head of 3 leaves"},
		"not JSON":         {line[0] + "{" + line[1] + line[2], "heads.log", "line 2"},
		"another spelling": {line[0] + " " + line[1] + line[2], "heads.log", "line 2"},
		"endless line":     {line[0] + strings.Repeat("x", 9999) + "\n", "heads.log", "line 2"},
	} {
		place := s.copyPlace(t)
		if err := os.WriteFile(place.Heads, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			mustSee(t, s.verify(t, VerifyOptions{Place: place})["I29"], c.key, c.what)
		})
	}
	r := s.verify(t, VerifyOptions{Place: Place{Keys: stranger.Keys, Heads: s.place.Heads}})
	mustSee(t, r["I29"], "heads.log line 1", "not signed by our key")
	r = s.verify(t, VerifyOptions{Place: Place{Keys: t.TempDir(), Heads: s.place.Heads}})
	mustSee(t, r["I29"], "heads.log line 1", "no public key")
}

// testVerifyNamesOnlyTheFirst: however much is broken, the report stays small
// and its count is right.
func testVerifyNamesOnlyTheFirst(t *testing.T, s *sample) {
	reports := s.tamper(t, VerifyOptions{Rows: 3}, `UPDATE ledger_transfer SET currency = 'USD'`)
	if r := reports["I07"]; r.Bad != int64(len(s.posted)) || len(r.Rows) != 3 {
		t.Errorf("%d bad, %d named", r.Bad, len(r.Rows))
	}
}

// TestSoundUnderLoad: two posters, as two processes have them, book between the
// same few wallets at once; ids do not grow along every chain then, and the
// books are sound.
func TestSoundUnderLoad(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		wallets := []string{"EUR wallet 1", "EUR wallet 2", "EUR wallet 3"}
		var callers sync.WaitGroup
		for n := range int64(2) {
			ids, err := id.Open(t.Context(), s.db, clock.System{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := ids.Close(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
			p := NewPoster(s.db, ids, 0)
			defer p.Close()
			for c := range int64(8) {
				callers.Go(func() {
					for i := range int64(25) {
						from, to := wallets[(i+c)%3], wallets[(i+c+1)%3]
						cause := Cause{"payment", 10_000 + n*1000 + c*100 + i}
						r, err := p.Do(t.Context(), s.move(cause, from, to, 1))
						if err != nil || r.Err != nil {
							t.Error(err, r.Err)
						}
					}
				})
			}
		}
		callers.Wait()
		s.seal(t)
		s.number(t)
		s.clock.Advance(time.Hour)
		s.mustBeSound(t)
		if r := s.verify(t, VerifyOptions{})["I01"]; r.Looked != int64(len(s.posted))+400 {
			t.Errorf("%d transfers", r.Looked)
		}
	})
}

// TestBrokenChainsStayBounded: transfers that wait for one that is gone are
// given up at some point, and only the first of each account is named.
func TestBrokenChainsStayBounded(t *testing.T) {
	x := &exam{VerifyOptions: VerifyOptions{Rows: 10}}
	c := &chains{x: x, index: map[AccountID]int32{1: 0, 2: 1},
		tallies: []tally{{running: true, credit: true}, {running: true, credit: true}},
		waiting: map[link]journalSide{}}
	const n = 3 * waitingMax
	for i := range int64(n) {
		// It begins after 10, which is not there.
		c.take(1, TransferID(i+10), journalSide{TransferID(i + 11), -1, i + 1})
		if len(c.waiting) > waitingMax {
			t.Fatalf("%d wait", len(c.waiting))
		}
	}
	if x.Bad != 1 || x.Report.Rows[0].Key != transferKey(11) || c.tallies[0].sum != n {
		t.Errorf("%d %v, sum %d", x.Bad, x.Report.Rows, c.tallies[0].sum)
	}
}

// TestChainsOutOfOrder: two processes may book one account's transfers with ids
// that do not grow along its chain.
func TestChainsOutOfOrder(t *testing.T) {
	x := &exam{VerifyOptions: VerifyOptions{Rows: 10}}
	c := &chains{x: x, index: map[AccountID]int32{1: 0},
		tallies: []tally{{running: true, credit: true, posted: 4, last: 50}},
		waiting: map[link]journalSide{}}
	c.take(1, 60, journalSide{50, -1, 4}) // last of the chain, lowest id
	c.take(1, 70, journalSide{60, -1, 3})
	c.take(1, 0, journalSide{65, -1, 1})
	c.take(1, 65, journalSide{70, -1, 2})
	if len(c.waiting) != 0 {
		t.Errorf("still waiting: %v", maps.Collect(maps.All(c.waiting)))
	}
	if c.finish(); x.Bad != 0 {
		t.Errorf("%v", x.Report.Rows)
	}
	if c.tallies[0].tip != 50 {
		t.Errorf("the chain ends on %d", c.tallies[0].tip)
	}
}
