package custody_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/custody"
	"openlend/custody/banksim"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/money"
)

var (
	morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	today   = calendar.NewDate(2026, 3, 2)

	treasurer = access.Staff(access.Treasurer, "tom")
	second    = access.Staff(access.Treasurer, "tina")
	auditor   = access.Staff(access.Auditor, "otto")
	support   = access.Staff(access.Compliance, "carla")
)

// till is the room with everything it stands on, and a bank behind HTTP.
type till struct {
	*testing.T

	db     *db.DB
	clock  *clock.Manual
	ids    *id.Source
	vault  *crypt.Vault
	sim    *banksim.Bank
	bank   *custody.Bank
	engine *saga.Engine
	poller *custody.Poller

	count   int  // so many people were made up
	patient bool // the poller may fail: the bank is at fault
	fatal   interface{ Fatal(args ...any) }
}

// each runs a test in a new till on every engine.
func each(t *testing.T, test func(b *till)) {
	t.Helper()
	eachWith(t, banksim.Options{}, test)
}

// eachWith is each with a bank that behaves in its own way.
func eachWith(t *testing.T, o banksim.Options, test func(b *till)) {
	t.Helper()
	testdb.EachURL(t, func(t *testing.T, url string) {
		now := clock.NewManual(morning)
		o := o
		o.Clock = now
		sim, bank := serve(t, o)
		b := newTill(t, url, t.TempDir(), bank, now)
		b.sim = sim
		b.start()
		test(b)
	})
}

// serve starts a bank and returns where it is.
func serve(t *testing.T, o banksim.Options) (*banksim.Bank, string) {
	t.Helper()
	sim, err := banksim.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		_ = sim.Close()
		server.Close()
	})
	return sim, server.URL
}

// newTill opens the room over a database, a directory of keys and a bank.
func newTill(t *testing.T, url, keys, bank string, now *clock.Manual) *till {
	t.Helper()
	b := &till{T: t, clock: now, ids: id.NewSeeded(now.Now())}
	b.db = testdb.Open(t, db.Options{URL: url, Clock: now})
	var err error
	b.vault, err = crypt.Open(t.Context(), crypt.Options{
		URL: "sqlite:" + filepath.Join(keys, "vault.db"), KeyFile: filepath.Join(keys, "kek.json"),
		Create: true, Clock: now})
	b.must(err)
	t.Cleanup(func() { _ = b.vault.Close() })
	b.bank, err = custody.NewBank(custody.BankOptions{URL: bank, Timeout: time.Second, Clock: now})
	b.must(err)
	b.engine = &saga.Engine{DB: b.db, Wall: now, Holder: id.Holder(),
		Definitions: custody.Sagas(b.db, b.ids, b.bank, b.vault),
		Report:      func(err error) { t.Logf("saga: %v", err) }}
	b.poller = &custody.Poller{DB: b.db, IDs: b.ids, Bank: b.bank, Vault: b.vault, Wall: now,
		Holder: id.Holder(), Report: func(err error) { t.Logf("poller: %v", err) }}
	return b
}

// start opens the books.
func (b *till) start() {
	b.Helper()
	do(b, func(ctx context.Context, tx *db.Tx) (custody.Account, error) {
		if err := ledger.Start(ctx, tx, today); err != nil {
			return custody.Account{}, err
		}
		return custody.EnsureAccount(ctx, tx, b.ids, money.EUR, 500)
	})
}

func (b *till) must(err error) {
	b.Helper()
	if err == nil {
		return
	}
	if b.fatal != nil { // within a property
		b.fatal.Fatal(err)
	}
	b.Fatal(err)
}

func try[T any](b *till, fn func(context.Context, *db.Tx) (T, error)) (T, error) {
	return db.Write(b.Context(), b.db, fn)
}

// do is try for what must succeed.
func do[T any](b *till, fn func(context.Context, *db.Tx) (T, error)) T {
	b.Helper()
	v, err := try(b, fn)
	b.must(err)
	return v
}

func read[T any](b *till, fn func(context.Context, *db.Tx) (T, error)) T {
	b.Helper()
	v, err := db.Read(b.Context(), b.db, fn)
	b.must(err)
	return v
}

// rows counts every row of the room and of the journal.
func (b *till) rows() string {
	b.Helper()
	return fmt.Sprint(read(b, func(ctx context.Context, tx *db.Tx) (all []int64, err error) {
		for _, table := range []string{"custody_account", "custody_line", "custody_deposit",
			"custody_payout", "custody_break", "custody_freeze", "custody_position",
			"ledger_transfer", "ledger_hold", "saga", "outbox"} {
			n, err := db.Value[int64](ctx, tx, "SELECT COUNT(*) FROM "+table)
			if err != nil {
				return nil, err
			}
			all = append(all, n)
		}
		return all, nil
	}))
}

// refused runs a command that must be refused and change nothing.
func refused[T any](
	b *till, what string, want error, fn func(context.Context, *db.Tx) (T, error),
) {
	b.Helper()
	before := b.rows()
	if got, err := try(b, fn); !errors.Is(err, want) {
		b.Errorf("%s: %+v, %v; want %v", what, got, err, want)
	}
	if after := b.rows(); after != before {
		b.Errorf("%s: there were %s rows, now %s", what, before, after)
	}
}

func eur(minor int64) money.Amount { return money.New(minor, money.EUR) }

// owner is a customer of the tests with his one name.
type owner struct {
	customer.Customer

	name string
}

func (o owner) self() access.Actor { return access.Customer(int64(o.ID)) }

// anna registers and verifies a person; every call makes up another one.
func (b *till) anna() owner {
	b.Helper()
	b.count++
	name := "Anna " + []string{"Zimt", "Moos", "Korn", "Laub"}[b.count%4]
	national := fmt.Sprintf("L01X%05d", b.count)
	birth := calendar.NewDate(1990, 5, 17)
	c := do(b, func(ctx context.Context, tx *db.Tx) (customer.Customer, error) {
		return customer.Register(ctx, tx, b.ids, b.vault, access.System("registration"),
			customer.NewCustomer{Kind: customer.Person, Borrower: true, Lender: true,
				Identity: customer.Identity{Name: name, BirthOn: birth, Country: "DE",
					NationalID: national, Contact: customer.Contact{
						Phone: fmt.Sprintf("+49 170 %07d", b.count),
						Email: fmt.Sprintf("anna%d@example.org", b.count), Address: "Hauptstr. 1, Berlin"}}})
	})
	do(b, func(ctx context.Context, tx *db.Tx) (customer.Check, error) {
		return customer.SubmitDocument(ctx, tx, b.ids, b.vault, access.Customer(int64(c.ID)),
			customer.NewDocument{Customer: c.ID, Document: customer.Document{
				Kind: customer.IDCard, Number: national, Name: name, BirthOn: birth, Issuer: "DE",
				IssuedOn:  calendar.NewDate(2020, 1, 1),
				ExpiresOn: calendar.NewDate(2030, 1, 1)}})
	})
	checker := &customer.Checker{DB: b.db, IDs: b.ids, Vault: b.vault, Provider: customer.BuiltIn()}
	_, err := checker.RunDue(b.Context())
	b.must(err)
	return owner{c, name}
}

// account gives a customer a verified bank account that can be used after a time.
func (b *till) account(o owner, coolOff time.Duration) {
	b.Helper()
	a := do(b, func(ctx context.Context, tx *db.Tx) (customer.BankAccount, error) {
		return customer.AddBankAccount(ctx, tx, b.ids, b.vault, o.self(), customer.NewBankAccount{
			Customer: o.ID, Currency: money.EUR, BankDetails: customer.BankDetails{
				Account: "DE89370400440532013000", Holder: o.name, Country: "DE"}})
	})
	do(b, func(ctx context.Context, tx *db.Tx) (customer.BankAccount, error) {
		return customer.VerifyBankAccount(ctx, tx, b.ids, b.vault, support,
			customer.BankAccountCheck{Account: a.ID, CoolOff: coolOff})
	})
}

// rich is a customer with a bank account and money in his wallet, paid in at the
// bank.
func (b *till) rich(minor int64) owner {
	b.Helper()
	o := b.anna()
	b.account(o, 0)
	b.payIn(minor, o.ID.String(), o.name)
	b.poll()
	if got := b.wallet(o.ID); got.Posted != minor {
		b.Fatalf("the wallet has %d, not %d", got.Posted, minor)
	}
	return o
}

// payIn is somebody who pays in at the bank.
func (b *till) payIn(minor int64, reference, payer string) int64 {
	b.Helper()
	line, err := b.sim.PayIn(banksim.PayIn{Currency: "EUR", Amount: minor, Reference: reference,
		Payer: banksim.Party{Name: payer, Account: "DE02120300000000202051", Country: "DE"}})
	b.must(err)
	return line
}

// poll has the poller look once.
func (b *till) poll() {
	b.Helper()
	err := b.poller.Once(b.Context())
	if b.patient && (errors.Is(err, custody.ErrUnknown) || errors.Is(err, custody.ErrNotSent)) {
		return
	}
	b.must(err)
}

// run runs the sagas that are due.
func (b *till) run() {
	b.Helper()
	_, err := b.engine.RunDue(b.Context())
	b.must(err)
}

// untilQuiet lets time pass until no saga is alive, in ever longer steps.
func (b *till) untilQuiet() {
	b.Helper()
	for wait := 10 * time.Second; wait < 100*time.Hour; wait = wait * 3 / 2 {
		b.run()
		b.poll()
		alive := read(b, func(ctx context.Context, tx *db.Tx) ([]saga.Saga, error) {
			return saga.List(ctx, tx, saga.Query{})
		})
		if len(alive) == 0 {
			return
		}
		b.clock.Advance(wait)
	}
	b.Fatal("the sagas do not come to an end")
}

func (b *till) wallet(c customer.ID) ledger.Account {
	b.Helper()
	return do(b, func(ctx context.Context, tx *db.Tx) (ledger.Account, error) {
		return customer.WalletOf(ctx, tx, b.ids, c, money.EUR)
	})
}

func (b *till) withdraw(o owner, minor int64) custody.Payout {
	b.Helper()
	return do(b, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
		return custody.RequestWithdrawal(ctx, tx, b.ids, o.self(),
			custody.NewWithdrawal{Customer: o.ID, Amount: eur(minor)})
	})
}

func (b *till) payout(n custody.PayoutID) custody.Payout {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) (custody.Payout, error) {
		return custody.GetPayout(ctx, tx, auditor, n)
	})
}

func (b *till) mustBe(n custody.PayoutID, want custody.PayoutState) custody.Payout {
	b.Helper()
	p := b.payout(n)
	if p.State != want {
		b.Fatalf("the payout is %s, not %s: %+v", p.State, want, p)
	}
	return p
}

func (b *till) mustHave(c customer.ID, posted, held int64) {
	b.Helper()
	if w := b.wallet(c); w.Posted != posted || w.Held != held {
		b.Errorf("the wallet has %d, %d held; not %d, %d", w.Posted, w.Held, posted, held)
	}
}

func (b *till) deposits(state custody.DepositState) []custody.Deposit {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) ([]custody.Deposit, error) {
		return custody.ListDeposits(ctx, tx, auditor, custody.DepositQuery{State: state})
	})
}

// breaks are the open breaks, oldest first.
func (b *till) breaks() (kinds []custody.BreakKind) {
	b.Helper()
	all := read(b, func(ctx context.Context, tx *db.Tx) ([]custody.Break, error) {
		return custody.ListBreaks(ctx, tx, auditor, custody.BreakQuery{State: custody.BreakOpen})
	})
	for i := range all {
		kinds = append(kinds, all[len(all)-1-i].Kind)
	}
	return kinds
}

func (b *till) mustBreak(want ...custody.BreakKind) {
	b.Helper()
	if got := b.breaks(); fmt.Sprint(got) != fmt.Sprint(want) {
		b.Errorf("the breaks are %v, not %v", got, want)
	}
}

func (b *till) position() custody.Position {
	b.Helper()
	return read(b, func(ctx context.Context, tx *db.Tx) (custody.Position, error) {
		return custody.ClientMoney(ctx, tx, money.EUR)
	})
}

// broken names the invariants that do not hold: of the ledger, of customers and
// of this room, with its causes.
func (b *till) broken() (bad []string) {
	b.Helper()
	err := ledger.Verify(b.Context(), b.db, ledger.VerifyOptions{
		Checks: append(customer.Invariants(), custody.Invariants()...), Causes: custody.Causes(),
		Grace: 100_000 * time.Hour, Place: ledger.PlaceIn(b.TempDir(), ""),
	}, func(r ledger.Report) error {
		if r.Bad > 0 {
			bad = append(bad, r.ID)
			b.Logf("%s: %+v", r.ID, r.Rows)
		}
		return nil
	})
	b.must(err)
	return bad
}

// mustHold checks all invariants and that the books agree with the bank.
func (b *till) mustHold() {
	b.Helper()
	b.poll()
	if bad := b.broken(); len(bad) > 0 {
		b.Errorf("invariants do not hold: %v", bad)
	}
	if p := b.position(); p.Difference != 0 || p.Books+p.InTransit != b.sim.Balance("EUR") {
		b.Errorf("client money: %+v, the bank has %d", p, b.sim.Balance("EUR"))
	}
}
