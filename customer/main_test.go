package customer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/testdb"
	"openlend/ledger"
)

var (
	morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	today   = calendar.NewDate(2026, 3, 2)

	compliance = access.Staff(access.Compliance, "carla")
	second     = access.Staff(access.Compliance, "dora")
	auditor    = access.Staff(access.Auditor, "otto")
	desk       = access.System("registration")
)

// office is the room with everything it stands on.
type office struct {
	*testing.T

	db    *db.DB
	url   string
	clock *clock.Manual
	ids   *id.Source
	vault *crypt.Vault
	keys  crypt.Options
	count int // so many people were made up
}

// each runs a test in a new office on every engine.
func each(t *testing.T, test func(o *office)) {
	t.Helper()
	testdb.EachURL(t, func(t *testing.T, url string) { test(newOffice(t, url)) })
}

func newOffice(t *testing.T, url string) *office {
	t.Helper()
	o := &office{T: t, url: url, clock: clock.NewManual(morning), ids: id.NewSeeded(morning)}
	o.db = testdb.Open(t, db.Options{URL: url, Clock: o.clock})
	dir := t.TempDir()
	o.keys = crypt.Options{URL: "sqlite:" + filepath.Join(dir, "vault.db"),
		KeyFile: filepath.Join(dir, "kek.json"), Create: true, Clock: o.clock}
	vault, err := crypt.Open(t.Context(), o.keys)
	if err != nil {
		t.Fatal(err)
	}
	o.vault = vault
	t.Cleanup(func() { _ = vault.Close() })
	do(o, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, ledger.Start(ctx, tx, today)
	})
	return o
}

// work is what runs in a transaction.
type work[T any] = func(context.Context, *db.Tx) (T, error)

// try runs a closure that writes.
func try[T any](o *office, fn work[T]) (T, error) {
	return db.Write(o.Context(), o.db, fn)
}

// do is try for what must succeed.
func do[T any](o *office, fn work[T]) T {
	o.Helper()
	v, err := try(o, fn)
	if err != nil {
		o.Fatal(err)
	}
	return v
}

func read[T any](o *office, fn work[T]) T {
	o.Helper()
	v, err := db.Read(o.Context(), o.db, fn)
	if err != nil {
		o.Fatal(err)
	}
	return v
}

// rows counts every row of the room, to see that nothing was written.
func (o *office) rows() (all []int64) {
	o.Helper()
	return read(o, func(ctx context.Context, tx *db.Tx) ([]int64, error) {
		for _, table := range []string{"customer", "customer_identity", "customer_status_change",
			"customer_check", "customer_bank_account", "customer_terms", "customer_acceptance",
			"customer_access", "outbox"} {
			n, err := db.Value[int64](ctx, tx, "SELECT COUNT(*) FROM "+table)
			if err != nil {
				return nil, err
			}
			all = append(all, n)
		}
		return all, nil
	})
}

// refused runs a command that must be refused and change nothing.
func refused[T any](o *office, what string, want error, fn work[T]) {
	o.Helper()
	before := fmt.Sprint(o.rows())
	if got, err := try(o, fn); !errors.Is(err, want) {
		o.Errorf("%s: %+v, %v; want %v", what, got, err, want)
	}
	if after := fmt.Sprint(o.rows()); after != before {
		o.Errorf("%s: there were %s rows, now %s", what, before, after)
	}
}

// anna is a good application; every call makes up another person.
func (o *office) anna() NewCustomer {
	o.count++
	return NewCustomer{Kind: Person, Borrower: true, Lender: true, Identity: Identity{
		Name: "Anna Müller", BirthOn: calendar.NewDate(1990, 5, 17), Country: "DE",
		NationalID: fmt.Sprintf("L01X%05d", o.count),
		Contact: Contact{Phone: fmt.Sprintf("+49 170 %07d", o.count),
			Email:   fmt.Sprintf("anna%d@example.org", o.count),
			Address: "Hauptstraße 1, 10827 Berlin"},
	}}
}

func (o *office) register(in NewCustomer) Customer {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
		return Register(ctx, tx, o.ids, o.vault, desk, in)
	})
}

// card is the document that proves who a person is.
func card(in NewCustomer) Document {
	return Document{Kind: IDCard, Number: in.NationalID, Name: in.Name, BirthOn: in.BirthOn,
		Issuer: in.Country, IssuedOn: calendar.NewDate(2020, 1, 1),
		ExpiresOn: calendar.NewDate(2030, 1, 1)}
}

func (o *office) submit(actor access.Actor, c ID, d Document) Check {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (Check, error) {
		return SubmitDocument(ctx, tx, o.ids, o.vault, actor, NewDocument{c, d})
	})
}

func (o *office) checker(p Provider) *Checker {
	return &Checker{DB: o.db, IDs: o.ids, Vault: o.vault, Provider: p}
}

func (o *office) runChecks() {
	o.Helper()
	if _, err := o.checker(BuiltIn()).RunDue(o.Context()); err != nil {
		o.Fatal(err)
	}
}

func (o *office) get(c ID) Customer {
	o.Helper()
	return read(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
		return Get(ctx, tx, c)
	})
}

func (o *office) getCheck(c CheckID) Check {
	o.Helper()
	return read(o, func(ctx context.Context, tx *db.Tx) (Check, error) {
		return GetCheck(ctx, tx, c)
	})
}

// verified registers somebody and has him verified.
func (o *office) verified(in NewCustomer) Customer {
	o.Helper()
	c := o.register(in)
	o.submit(self(c), c.ID, card(in))
	o.runChecks()
	if c = o.get(c.ID); c.Status != Verified {
		o.Fatalf("he is %s", c.Status)
	}
	return c
}

func self(c Customer) access.Actor { return access.Customer(int64(c.ID)) }

func (o *office) freeze(c ID) Customer {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
		return Freeze(ctx, tx, o.ids, compliance, NewFreeze{c, "suspected fraud"})
	})
}

func (o *office) unfreeze(c ID) Customer {
	o.Helper()
	return do(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
		return Unfreeze(ctx, tx, o.ids, compliance, NewFreeze{c, "cleared up"})
	})
}

// mustHold checks the room's invariants.
func (o *office) mustHold() {
	o.Helper()
	for _, r := range o.broken() {
		o.Errorf("invariant %s: %d bad rows: %v", r.ID, r.Bad, r)
	}
}

// broken are the invariants that do not hold.
func (o *office) broken() (bad []ledger.Report) {
	o.Helper()
	own := map[string]bool{}
	for _, c := range Invariants() {
		own[c.ID] = true
	}
	err := ledger.Verify(o.Context(), o.db, ledger.VerifyOptions{Checks: Invariants()},
		func(r ledger.Report) error {
			if own[r.ID] && r.Bad > 0 {
				bad = append(bad, r)
			}
			return nil
		})
	if err != nil {
		o.Fatal(err)
	}
	return bad
}
