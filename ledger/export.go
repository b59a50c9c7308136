package ledger

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"time"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/money"
)

// Format is what the journal is exported as.
type Format string

// The formats: for hledger 1.25 and later, for beancount 2 and 3, and one row
// per transfer for spreadsheets.
const (
	Hledger   Format = "hledger"
	Beancount Format = "beancount"
	CSV       Format = "csv"
)

// ExportOptions say what of the journal is exported.
type ExportOptions struct {
	Format Format
	// From and To are business dates, both included; zero is no limit. With
	// From the movements of that time are exported, without what was before.
	From, To calendar.Date
	Progress func(done, of int64) // may be nil
}

// Export writes the journal as of one moment, one entry per transfer, in the
// order of their ids. Rows stream: memory does not grow with the journal. On
// SQLite the write-ahead log cannot be emptied meanwhile.
//
// Debits are positive and credits negative, so the balance of a wallet is
// below zero there: the platform owes it. Refusal: ErrTampered for a row that
// no sound ledger has.
func Export(ctx context.Context, d *db.DB, w io.Writer, o ExportOptions) error {
	style, ok := styles[o.Format]
	if !ok {
		return fmt.Errorf("there is no format %q", o.Format)
	}
	_, err := db.Read(ctx, d, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		e := &exporter{style: style, out: bufio.NewWriterSize(w, 64<<10), o: o}
		if err := e.run(ctx, tx); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, e.out.Flush()
	})
	return err
}

// style is one format: each function appends the lines of one thing.
type style struct {
	head     string
	currency func(b []byte, c money.Currency, exponent int) []byte
	account  func(b []byte, a *journalAccount) []byte
	entry    func(b []byte, e *journalEntry) []byte
}

// journalAccount is an account that moved in the exported time.
type journalAccount struct {
	name     string
	currency money.Currency
	firstOn  string // its first business date there
}

// journalEntry is a transfer with names in the place of ids.
type journalEntry struct {
	Transfer
	debit, credit string
	amount        string // decimal, above zero
	what          string // the cause's type, fit for any format
}

// reverses is the transfer that a reversal takes back, 0 for others.
func (e *journalEntry) reverses() TransferID {
	if e.Entry == EntryReversal && e.Cause.Type == CauseReversal {
		return TransferID(e.Cause.ID)
	}
	return 0
}

// bookedAt is the instant as RFC 3339.
func (e *journalEntry) bookedAt() string {
	return time.UnixMicro(e.BookedAt).UTC().Format(time.RFC3339Nano)
}

type exporter struct {
	style style
	out   *bufio.Writer
	o     ExportOptions
	line  []byte
	done  int64
}

// run writes head, currencies, accounts and entries.
func (e *exporter) run(ctx context.Context, tx *db.Tx) error {
	if _, err := e.out.WriteString(e.style.head); err != nil {
		return err
	}
	from, to := "", "9999-12-31"
	if !e.o.From.IsZero() {
		from = e.o.From.String()
	}
	if !e.o.To.IsZero() {
		to = e.o.To.String()
	}
	if e.style.currency != nil {
		if err := db.Each(ctx, tx, e.currency, selectCurrencies); err != nil {
			return err
		}
	}
	if e.style.account != nil {
		if err := db.Each(ctx, tx, e.account, selectJournalAccounts, from, to); err != nil {
			return err
		}
	}
	of, err := db.Value[int64](ctx, tx, countTransfers)
	if err != nil {
		return err
	}
	return db.Each(ctx, tx, func(s db.Scanner) error {
		if e.done++; e.done%10_000 == 0 && e.o.Progress != nil {
			e.o.Progress(e.done, of)
		}
		return e.entry(s)
	}, selectJournal, from, to)
}

func (e *exporter) currency(s db.Scanner) error {
	var text string
	if err := s.Scan(&text); err != nil {
		return err
	}
	c := money.Currency(text)
	exponent, ok := c.Exponent()
	if !ok {
		return ErrTampered.With("there is no currency %q", text)
	}
	return e.write(e.style.currency(e.line[:0], c, exponent))
}

func (e *exporter) account(s db.Scanner) error {
	a, err := scanJournalAccount(s)
	if err != nil {
		return err
	}
	return e.write(e.style.account(e.line[:0], &a))
}

func (e *exporter) entry(s db.Scanner) error {
	j, err := scanJournalEntry(s)
	if err != nil {
		return err
	}
	if _, ok := j.Currency.Exponent(); j.Amount <= 0 || !ok {
		return ErrTampered.With("transfer %s is of %d %s", j.ID, j.Amount, j.Currency)
	}
	j.amount = money.New(j.Amount, j.Currency).Decimal()
	j.what = plainWord(j.Cause.Type)
	return e.write(e.style.entry(e.line[:0], &j))
}

func (e *exporter) write(line []byte) error {
	e.line = line
	_, err := e.out.Write(line)
	return err
}

// branches are the places of the kinds in the tree of accounts.
var branches = map[Kind]string{
	BankClients:   "assets:bank-clients",
	BankPlatform:  "assets:bank-platform",
	Advance:       "assets:advance",
	Receivable:    "assets:receivable",
	Wallet:        "liabilities:wallet",
	Escrow:        "liabilities:escrow",
	Collection:    "liabilities:collection",
	PayoutTransit: "liabilities:payout-transit",
	Suspense:      "liabilities:suspense",
	Provision:     "liabilities:provision",
	TaxWithheld:   "liabilities:tax-withheld",
	FeeIncome:     "income:fees",
	Expense:       "expenses:platform",
	Equity:        "equity:platform",
}

// JournalName is the name of an account in an exported journal. It never
// changes: assets:bank-clients:EUR for the platform's own, for all others
// liabilities:wallet:acc_….
func (a *Account) JournalName() string {
	if a.OwnerID == 0 {
		return branches[a.Kind] + ":" + string(a.Currency)
	}
	return branches[a.Kind] + ":" + a.ID.String()
}

// plainWord makes a cause's type safe to write anywhere: nothing in it can end
// a line, begin a comment or start a formula. Types of ours are left as they
// are.
func plainWord(s string) string {
	plain := func(i int) bool {
		c := s[i]
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			i > 0 && (c == '_' || c == '-' || c == '.')
	}
	for i := range len(s) {
		if plain(i) {
			continue
		}
		b := []byte(s)
		for i := range b {
			if !plain(i) {
				b[i] = 'x'
			}
		}
		return string(b)
	}
	return s
}
