package ledger

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/money"
)

func (s *sample) export(t *testing.T, o ExportOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := Export(t.Context(), s.db, &out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func (s *sample) exportTo(t *testing.T, file string) {
	t.Helper()
	text := s.export(t, ExportOptions{Format: Hledger})
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// journalBalances are our own balances as a journal shows them: by name, debits
// positive, zero left out.
func (s *sample) journalBalances(t *testing.T) map[string]string {
	t.Helper()
	balances, err := db.Read(t.Context(), s.db,
		func(ctx context.Context, tx *db.Tx) (map[string]string, error) {
			found := map[string]string{}
			for _, id := range s.accounts {
				accounts, err := GetAccounts(ctx, tx, id)
				if err != nil {
					return nil, err
				}
				b, err := Balances(ctx, tx, id)
				if err != nil {
					return nil, err
				}
				if accounts[0].Kind.CreditNormal() {
					if b[0], err = b[0].Neg(); err != nil {
						return nil, err
					}
				}
				if !b[0].IsZero() {
					found[accounts[0].JournalName()] = b[0].Decimal() + " " + string(b[0].Currency())
				}
			}
			return found, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return balances
}

// hledger runs Debian's program. Inside make test it must be there.
func hledger(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("hledger")
	if err != nil {
		if os.Getenv("OPENLEND_TEST_TOOLS") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("hledger %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// testHledger: hledger takes the journal, also in its strict mode, and finds
// our balance on every account.
func testHledger(t *testing.T, s *sample) {
	file := filepath.Join(t.TempDir(), "ledger.journal")
	s.exportTo(t, file)
	hledger(t, "-f", file, "check", "--strict", "ordereddates")
	rows, err := csv.NewReader(strings.NewReader(
		hledger(t, "-f", file, "balance", "--flat", "--no-total", "-O", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rows[1:] {
		got[r[0]] = r[1]
	}
	mustEqualBalances(t, got, s.journalBalances(t))
	if n := strings.Count(hledger(t, "-f", file, "print", "tag:cause"), "entry:"); n != len(s.posted) {
		t.Errorf("%d transfers in hledger, %d in the books", n, len(s.posted))
	}
	codes := hledger(t, "-f", file, "print", "tag:reverses="+s.posted[10].String())
	if !strings.Contains(codes, "("+s.posted[11].String()+")") {
		t.Errorf("the reversal is not marked: %s", codes)
	}
}

func mustEqualBalances(t *testing.T, got, want map[string]string) {
	t.Helper()
	if len(want) < 10 {
		t.Errorf("only %d balances to compare", len(want))
	}
	for name, balance := range want {
		if got[name] != balance {
			t.Errorf("%s: %q, our books say %q", name, got[name], balance)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

func testExportTexts(t *testing.T, s *sample) {
	for format, want := range map[Format][]string{
		Hledger: {
			"\ndecimal-mark .\ncommodity 1000.00 EUR\ncommodity 1000. JPY\ncommodity 1000.000 KWD\n",
			"\naccount liabilities:wallet:{ACCOUNT EUR wallet 1}\n",
			"\n2026-11-20 * ({T0}) deposit  ; cause:deposit 1, leg:0, entry:transfer, booked:2026-11-20T09:00:01Z\n" +
				"    assets:bank-clients:EUR  1000.00 EUR\n" +
				"    liabilities:wallet:{ACCOUNT EUR wallet 1}  -1000.00 EUR\n",
			"    assets:bank-clients:JPY  7000 JPY\n", "    assets:bank-clients:KWD  1.234 KWD\n",
			"reversal  ; cause:reversal {t10}, leg:0, reverses:{T10}, entry:reversal",
		},
		Beancount: {
			"\n2026-11-20 open Liabilities:Wallet:{BEAN EUR wallet 1} EUR\n",
			"\n2026-11-22 open Assets:Bank-platform:EUR EUR\n", // its first date, not its opening
			"\n2026-11-20 * \"deposit\" ^{T0}\n  cause: \"deposit 1\"\n  leg: 0\n" +
				"  booked: \"2026-11-20T09:00:01Z\"\n  Assets:Bank-clients:EUR  1000.00 EUR\n" +
				"  Liabilities:Wallet:{BEAN EUR wallet 1}  -1000.00 EUR\n",
			"\n2026-11-22 * \"reversal\" #reversal ^{T11}\n", "\n  reverses: \"{T10}\"\n",
		},
		CSV: {
			"transfer,business_on,booked_at,entry,cause_type,cause_id,leg,reverses,debit,credit,amount,currency\n" +
				"{T0},2026-11-20,2026-11-20T09:00:01Z,transfer,deposit,1,0,," +
				"assets:bank-clients:EUR,liabilities:wallet:{ACCOUNT EUR wallet 1},1000.00,EUR\n",
			",reversal,reversal,{t10},0,{T10},",
		},
	} {
		text := s.export(t, ExportOptions{Format: format})
		for _, part := range want {
			part = strings.ReplaceAll(part, "{BEAN EUR wallet 1}",
				strings.Replace(s.accounts["EUR wallet 1"].String(), "acc_", "Acc-", 1))
			if part = s.fill(part); !strings.Contains(text, part) {
				t.Errorf("%s lacks %q:\n%s", format, part, text)
			}
		}
	}
}

// testBeancount checks the syntax by the language's definition, that every
// account is open when it is used, and the balances.
func testBeancount(t *testing.T, s *sample) {
	got, entries := readBeancount(t, s.export(t, ExportOptions{Format: Beancount}))
	want := map[string]string{}
	for name, balance := range s.journalBalances(t) {
		want[string(beancountName(nil, name))] = balance
	}
	mustEqualBalances(t, got, want)
	if entries != len(s.posted) {
		t.Errorf("%d entries, %d transfers", entries, len(s.posted))
	}
}

// The lexer's own expressions (beancount/parser/lexer.l).
var (
	beanDate     = `(\d{4}-\d\d-\d\d)`
	beanAccount  = `((?:Assets|Liabilities|Equity|Income|Expenses)(?::[A-Z0-9][A-Za-z0-9-]*)+)`
	beanCurrency = `([A-Z][A-Z0-9'._-]{0,22}[A-Z0-9])`
	beanOpen     = regexp.MustCompile(`^` + beanDate + ` open ` + beanAccount + ` ` + beanCurrency + `$`)
	beanEntry    = regexp.MustCompile(`^` + beanDate + ` \* "[^"\\]*"(?: #[A-Za-z0-9/_.-]+)* \^[A-Za-z0-9/_.-]+$`)
	beanMeta     = regexp.MustCompile(`^  [a-z][a-zA-Z0-9_-]+: (?:"[^"\\]*"|\d+)$`)
	beanPosting  = regexp.MustCompile(`^  ` + beanAccount + `  (-?\d+(?:\.\d+)?) ` + beanCurrency + `$`)
)

// beanReader reads a file of ours as beancount would.
type beanReader struct {
	t             *testing.T
	opened, holds map[string]string // by account: since when, which currency
	sums, left    map[string]money.Amount
	on            string // date of the entry
	entries       int
}

func readBeancount(t *testing.T, text string) (balances map[string]string, entries int) {
	t.Helper()
	r := &beanReader{t: t, opened: map[string]string{}, holds: map[string]string{},
		sums: map[string]money.Amount{}}
	for entry := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n\n") {
		r.left = map[string]money.Amount{}
		for line := range strings.SplitSeq(entry, "\n") {
			r.line(line)
		}
		for c, a := range r.left {
			if !a.IsZero() {
				t.Errorf("the postings sum to %s %s:\n%s", a, c, entry)
			}
		}
	}
	balances = map[string]string{}
	for name, a := range r.sums {
		if !a.IsZero() {
			balances[name] = a.Decimal() + " " + string(a.Currency())
		}
	}
	return balances, r.entries
}

func (r *beanReader) line(line string) {
	if strings.HasPrefix(line, ";") || beanMeta.MatchString(line) {
		return
	}
	if m := beanOpen.FindStringSubmatch(line); m != nil {
		if r.opened[m[2]] != "" {
			r.t.Errorf("opened twice: %s", line)
		}
		r.opened[m[2]], r.holds[m[2]] = m[1], m[3]
		return
	}
	if m := beanEntry.FindStringSubmatch(line); m != nil {
		r.on = m[1]
		r.entries++
		return
	}
	m := beanPosting.FindStringSubmatch(line)
	if m == nil {
		r.t.Fatalf("not beancount: %q", line)
	}
	if r.opened[m[1]] == "" || r.opened[m[1]] > r.on || r.holds[m[1]] != m[3] {
		r.t.Errorf("%s is not open for %s on %s", m[1], m[3], r.on)
	}
	a, err := money.Parse(m[2], money.Currency(m[3]))
	if err != nil {
		r.t.Fatal(err)
	}
	add(r.t, r.left, m[3], a)
	add(r.t, r.sums, m[1], a)
}

func add(t *testing.T, sums map[string]money.Amount, key string, a money.Amount) {
	t.Helper()
	if sum, ok := sums[key]; ok {
		var err error
		if a, err = sum.Add(a); err != nil {
			t.Fatal(err)
		}
	}
	sums[key] = a
}

func testExportDates(t *testing.T, s *sample) {
	day := calendar.MustParseDate
	for _, c := range []struct {
		from, to calendar.Date
		want     []int // transfers
	}{
		{0, 0, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}},
		{day("2026-11-21"), day("2026-11-21"), []int{6, 7, 8}},
		{0, day("2026-11-21"), []int{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{day("2026-11-22"), 0, []int{9, 10, 11, 12, 13, 14}},
		{day("2026-11-23"), 0, nil},
	} {
		rows, err := csv.NewReader(strings.NewReader(
			s.export(t, ExportOptions{Format: CSV, From: c.from, To: c.to}))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for _, r := range rows[1:] {
			got = append(got, r[0])
		}
		for _, nr := range c.want {
			want = append(want, s.posted[nr].String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s to %s: %v, want %v", c.from, c.to, got, want)
		}
		for _, format := range []Format{Hledger, Beancount} {
			text := s.export(t, ExportOptions{Format: format, From: c.from, To: c.to})
			if n := strings.Count(text, "cause:"); n != len(want) {
				t.Errorf("%s: %d entries, want %d", format, n, len(want))
			}
		}
	}
}

// TestExportIsSafe: whatever stands in a cause's type, no line breaks, no
// comment begins and no cell is a formula.
func TestExportIsSafe(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		for i, evil := range []string{
			"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a\nb", `a"b,c`, "a;b", "\r\n2026-11-22 * x", "é", "_x",
		} {
			s.post(t, s.move(Cause{evil, int64(900 + i)}, "EUR bank_platform", "EUR fee_income", 5))
		}
		text := s.export(t, ExportOptions{Format: CSV})
		for line := range strings.Lines(text) {
			for cell := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), ",") {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\"") {
					t.Errorf("cell %q in %q", cell, line)
				}
			}
			if strings.Count(line, ",") != 11 {
				t.Errorf("%q", line)
			}
		}
		readBeancount(t, s.export(t, ExportOptions{Format: Beancount}))
		file := filepath.Join(t.TempDir(), "ledger.journal")
		s.exportTo(t, file)
		hledger(t, "-f", file, "check", "--strict")
	})
}

func TestExportRefuses(t *testing.T) {
	eachSample(t, func(t *testing.T, s *sample) {
		err := Export(t.Context(), s.db, &bytes.Buffer{}, ExportOptions{Format: "xml"})
		if err == nil {
			t.Error("format xml was taken")
		}
		full := errors.New("full")
		err = Export(t.Context(), s.db, brokenWriter{full}, ExportOptions{Format: CSV})
		if !errors.Is(err, full) {
			t.Errorf("%v", err)
		}
		s.ruin(t, `DELETE FROM ledger_account WHERE id = {EUR wallet 1}`)
		for format := range styles {
			err := Export(t.Context(), s.db, &bytes.Buffer{}, ExportOptions{Format: format})
			if !errors.Is(err, ErrTampered) {
				t.Errorf("%s: %v", format, err)
			}
		}
	})
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

// TestBranches: every kind of the chart has a place of its own, among assets,
// liabilities, income, expenses or equity according to its side.
func TestBranches(t *testing.T) {
	seen := map[string]Kind{}
	for kind, side := range chart {
		place := branches[kind]
		top, _, _ := strings.Cut(place, ":")
		debit := top == "assets" || top == "expenses"
		credit := top == "liabilities" || top == "income" || top == "equity"
		if debit == credit || credit != side.credit || seen[place] != "" {
			t.Errorf("%s is at %q, as %s", kind, place, seen[place])
		}
		seen[place] = kind
	}
	if len(branches) != len(chart) {
		t.Error(fmt.Sprint(branches))
	}
}
