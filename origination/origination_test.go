package origination_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
)

var (
	morning  = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	firstDay = calendar.NewDate(2026, 3, 2)

	admin       = access.Staff(access.Admin, "anna")
	reviewer    = access.Staff(access.Reviewer, "ruth")
	underwriter = access.Staff(access.Underwriter, "ursula")
	compliance  = access.Staff(access.Compliance, "carl")
)

const product = "standard-eur"

// office is a platform with the built-in products and nobody in it yet.
type office struct {
	*testing.T

	db    *db.DB
	ids   *id.Source
	vault *crypt.Vault
	met   *int // so many customers
}

// test is one test in an office where others have been before.
type test struct {
	name string
	run  func(o *office)
}

// The tests of one office follow each other: making a database takes longer than
// all of them. Each has borrowers of its own, and the built-in product.
func TestApplicationsAndOffers(t *testing.T) {
	eachOffice(t, []test{
		{"life of an application", testLifeOfAnApplication},
		{"offer accepted event", testOfferAcceptedEvent},
		{"only who may borrow", testOnlyWhoMayBorrow},
		{"one open application", testOneOpenApplication},
		{"amend application", testAmendApplication},
		{"withdraw application", testWithdrawApplication},
		{"list applications", testListApplications},
		{"decide application", testDecideApplication},
		{"caps hold for persons", testCapsHoldForPersons},
		{"submission fixes the version", testSubmissionFixesTheVersion},
		{"make offer", testMakeOffer},
		{"accept offer once", testAcceptOfferOnce},
		{"decline offer", testDeclineOffer},
		{"fee", testFee},
		{"history decides", testHistoryDecides},
		{"failed listing ends exposure", testFailedListingEndsExposure},
		{"news that cannot be placed", testNewsThatCannotBePlaced},
		{"product volume", testProductVolume},
		{"every step of an application", testEveryStepOfAnApplication},
		{"every step of an offer", testEveryStepOfAnOffer},
		{"random lives", testRandomLives},
		{"expire offers in pieces", testExpireOffersInPieces},
		{"expire offers", testExpireOffers}, // the business date moves
	})
}

func TestProducts(t *testing.T) {
	eachOffice(t, []test{
		{"product needs two people", testProductNeedsTwoPeople},
		{"proposals at once", testProposalsAtOnce},
		{"every step of a product", testEveryStepOfAProduct},
		{"current product", testCurrentProduct}, // the business date moves
	})
}

// eachOffice runs tests in a new office on every engine.
func eachOffice(t *testing.T, tests []test) {
	t.Helper()
	t.Parallel()
	testdb.EachURL(t, func(t *testing.T, url string) {
		d := testdb.Open(t, db.Options{URL: url, Clock: clock.NewManual(morning)})
		dir := t.TempDir()
		vault, err := crypt.Open(t.Context(), crypt.Options{
			URL:     "sqlite:" + filepath.Join(dir, "vault.db"),
			KeyFile: filepath.Join(dir, "kek.json"), Create: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = vault.Close() })
		o := &office{T: t, db: d, ids: id.NewSeeded(morning), vault: vault, met: new(int)}
		o.do(func(ctx context.Context, tx *db.Tx) error {
			if err := ledger.Start(ctx, tx, firstDay); err != nil {
				return err
			}
			return origination.InstallStandard(ctx, tx, o.ids, firstDay)
		})
		for _, next := range tests {
			t.Run(next.name, func(t *testing.T) {
				here := *o
				here.T = t
				here.revise(func(*origination.Product) {}) // whatever others have made of it
				next.run(&here)
				here.verify()
			})
		}
	})
}

// try runs a closure in one transaction and returns what it was refused with.
func (o *office) try(fn func(context.Context, *db.Tx) error) error {
	_, err := db.Write(o.Context(), o.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

// do runs a closure that must succeed.
func (o *office) do(fn func(context.Context, *db.Tx) error) {
	o.Helper()
	if err := o.try(fn); err != nil {
		o.Fatal(err)
	}
}

// get runs an operation or a query that must succeed.
func get[T any](o *office, fn func(context.Context, *db.Tx) (T, error)) T {
	o.Helper()
	v, err := db.Write(o.Context(), o.db, fn)
	if err != nil {
		o.Fatal(err)
	}
	return v
}

// verify runs the room's invariants.
func (o *office) verify() {
	o.Helper()
	for _, c := range origination.Invariants() {
		o.do(func(ctx context.Context, tx *db.Tx) error {
			if c.Recompute != nil {
				_, err := c.Recompute(ctx, tx, func(key, what string) {
					o.Errorf("%s: %s %s", c.ID, key, what)
				})
				return err
			}
			return db.Each(ctx, tx, func(s db.Scanner) error {
				var key, what string
				err := s.Scan(&key, &what)
				o.Errorf("%s: %s %s", c.ID, key, what)
				return err
			}, c.Bad)
		})
	}
}

// stranger is a customer who has registered as a borrower and nothing else.
func (o *office) stranger() customer.ID {
	o.Helper()
	*o.met++
	n := *o.met
	in := customer.NewCustomer{Kind: customer.Person, Borrower: true}
	in.Identity = customer.Identity{
		Name: "Anna Example", BirthOn: calendar.NewDate(1980, 1, 2), Country: "DE",
		NationalID: fmt.Sprintf("T2200%05d", n),
	}
	in.Contact = customer.Contact{Phone: fmt.Sprintf("+49301%06d", n),
		Email: fmt.Sprintf("anna%d@example.org", n), Address: "Hauptstrasse 1, Berlin"}
	return get(o, func(ctx context.Context, tx *db.Tx) (customer.Customer, error) {
		return customer.Register(ctx, tx, o.ids, o.vault, compliance, in)
	}).ID
}

// borrower is a customer who may borrow.
func (o *office) borrower() customer.ID {
	o.Helper()
	c := o.stranger()
	system := access.System("identity-check")
	o.do(func(ctx context.Context, tx *db.Tx) error {
		in := customer.NewDocument{Customer: c}
		in.Document = customer.Document{Kind: customer.IDCard, Number: "T220001293",
			Issuer: "DE", Name: "Anna Example", BirthOn: calendar.NewDate(1980, 1, 2),
			IssuedOn: calendar.NewDate(2020, 1, 2), ExpiresOn: calendar.NewDate(2030, 1, 2)}
		check, err := customer.SubmitDocument(ctx, tx, o.ids, o.vault,
			access.Customer(int64(c)), in)
		if err != nil {
			return err
		}
		_, err = customer.RecordFinding(ctx, tx, o.ids, system, customer.ProviderFinding{
			Check: check.ID, Provider: "test",
			Finding: customer.Finding{State: customer.CheckVerified}})
		return err
	})
	return c
}

// request is one that the rules approve.
func request() origination.Request {
	return origination.Request{
		Principal: money.New(1_000_000, money.EUR), Purpose: "car",
		Method: loan.EqualInstalments, Instalments: 36,
		Facts: origination.Facts{
			Income: 400_000, Debts: 20_000, Housing: origination.HousingRent, Rent: 90_000,
			Work: origination.WorkEmployed, WorkMonths: 48, Living: 60_000,
		},
	}
}

// referred is one that the rules refer: the work has just begun.
func referred() origination.Request {
	r := request()
	r.Facts.WorkMonths = 1
	return r
}

func (o *office) create(c customer.ID, r origination.Request) origination.Application {
	o.Helper()
	return get(o, func(ctx context.Context, tx *db.Tx) (origination.Application, error) {
		return origination.CreateApplication(ctx, tx, o.ids, access.Customer(int64(c)),
			origination.NewApplication{Borrower: c, Product: product, Request: r})
	})
}

func (o *office) submit(a origination.Application) origination.Application {
	o.Helper()
	return get(o, func(ctx context.Context, tx *db.Tx) (origination.Application, error) {
		actor := access.Customer(int64(a.Borrower))
		return origination.SubmitApplication(ctx, tx, o.ids, actor, a.ID)
	})
}

// apply creates and submits.
func (o *office) apply(c customer.ID, r origination.Request) origination.Application {
	o.Helper()
	return o.submit(o.create(c, r))
}

// offer is the newest offer of an application.
func (o *office) offer(a origination.Application) origination.Offer {
	o.Helper()
	all := get(o, func(ctx context.Context, tx *db.Tx) ([]origination.Offer, error) {
		return origination.OffersOf(ctx, tx, a.ID)
	})
	if len(all) == 0 {
		o.Fatal("no offer")
	}
	return all[0]
}

func (o *office) application(a origination.ApplicationID) origination.Application {
	o.Helper()
	return get(o, func(ctx context.Context, tx *db.Tx) (origination.Application, error) {
		return origination.GetApplication(ctx, tx, a)
	})
}

func (o *office) getOffer(id origination.OfferID) origination.Offer {
	o.Helper()
	return get(o, func(ctx context.Context, tx *db.Tx) (origination.Offer, error) {
		return origination.GetOffer(ctx, tx, id)
	})
}

func (o *office) accept(offer origination.Offer) (origination.Offer, error) {
	actor := access.Customer(int64(offer.Borrower))
	return db.Write(o.Context(), o.db,
		func(ctx context.Context, tx *db.Tx) (origination.Offer, error) {
			return origination.AcceptOffer(ctx, tx, o.ids, actor, offer.ID)
		})
}

// topics are the topics of an application's events so far, in their order.
func (o *office) topics(a origination.ApplicationID) []string {
	o.Helper()
	return get(o, func(ctx context.Context, tx *db.Tx) ([]string, error) {
		return db.Values[string](ctx, tx,
			`SELECT topic FROM outbox WHERE key = $1 ORDER BY id`, a.String())
	})
}

// hear hands events to the room as its consumer does.
func (o *office) hear(events ...outbox.Event) error {
	return o.try(func(ctx context.Context, tx *db.Tx) error {
		return origination.HandleExposureNews(ctx, tx, events)
	})
}
