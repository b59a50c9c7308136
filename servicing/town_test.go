package servicing

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
	"openlend/internal/testdb"
	"openlend/ledger"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/origination"
)

const townStart = "2025-01-10"

func day(s string) calendar.Date { return calendar.MustParseDate(s) }

func eur(minor int64) money.Amount { return money.New(minor, money.EUR) }

// The people of a town.
var (
	uma  = access.Staff(access.Underwriter, "uma")
	rolf = access.Staff(access.Reviewer, "rolf")
	rita = access.Staff(access.Reviewer, "rita")
	sam  = access.Staff(access.Servicer, "sam")
	cora = access.Staff(access.Compliance, "cora")
	tess = access.Staff(access.Treasurer, "tess")
	alma = access.Staff(access.Admin, "alma")
)

// town is a platform with a borrower and three lenders, in real rooms, on one
// database. Only the bank is played: by custody's one place for its word.
type town struct {
	*testing.T

	db       *db.DB
	clock    *clock.Manual
	ids      *id.Source
	vault    *crypt.Vault
	sagas    *saga.Engine
	borrower customer.ID
	lenders  []customer.ID
	product  origination.Product
	line     int64 // of the bank's statement
	people   int
}

// eachTown runs a test in a town on every engine.
func eachTown(t *testing.T, test func(b *town)) {
	t.Helper()
	testdb.EachURL(t, func(t *testing.T, url string) {
		test(newTown(t, url))
	})
}

// newTown founds a town in an empty database.
func newTown(t *testing.T, url string) *town {
	t.Helper()
	b := openTown(t, url, time.Date(2025, 1, 10, 9, 0, 0, 0, time.UTC))
	b.do(func(ctx context.Context, tx *db.Tx) error {
		return ledger.Start(ctx, tx, day(townStart))
	})
	b.borrower = b.citizen("Ben", true)
	for _, name := range []string{"Ada", "Eva", "Kim"} {
		b.lenders = append(b.lenders, b.citizen(name, false))
	}
	b.product = b.install()
	return b
}

// openTown opens a database in which there may be a town, at an instant after
// all that has happened there.
func openTown(t *testing.T, url string, now time.Time) *town {
	t.Helper()
	at := clock.NewManual(now)
	b := &town{T: t, clock: at, db: testdb.Open(t, db.Options{URL: url, Clock: at}),
		ids: id.NewSeeded(at.Now())}
	dir := t.TempDir()
	vault, err := crypt.Open(t.Context(), crypt.Options{
		URL: "sqlite:" + filepath.Join(dir, "vault.db"), KeyFile: filepath.Join(dir, "key"),
		Create: true, Clock: at})
	if err != nil {
		t.Fatal(err)
	}
	b.vault = vault
	t.Cleanup(func() {
		if err := vault.Close(); err != nil {
			t.Error(err)
		}
	})
	b.sagas = &saga.Engine{DB: b.db, Wall: at, Holder: "test", Report: func(err error) {
		if !errors.Is(err, saga.ErrStuck) { // waiting for the bank is no fault
			t.Error(err)
		}
	}, Definitions: slices.Concat(Sagas(b.ids), market.Sagas(b.ids))}
	return b
}

// write runs an operation in a transaction of its own.
func write[R any](b *town, fn func(context.Context, *db.Tx) (R, error)) (R, error) {
	return db.Write(b.Context(), b.db, fn)
}

// must is write of what is not refused.
func must[R any](b *town, fn func(context.Context, *db.Tx) (R, error)) R {
	b.Helper()
	r, err := write(b, fn)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// do is must of what answers nothing.
func (b *town) do(fn func(context.Context, *db.Tx) error) {
	b.Helper()
	must(b, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
}

// citizen registers somebody who is verified, and has a bank account if he
// borrows.
func (b *town) citizen(name string, borrows bool) customer.ID {
	b.people++
	number := fmt.Sprintf("X%06d", b.people)
	c := must(b, func(ctx context.Context, tx *db.Tx) (customer.Customer, error) {
		return customer.Register(ctx, tx, b.ids, b.vault, cora, customer.NewCustomer{
			Kind: customer.Person, Borrower: borrows, Lender: !borrows,
			Identity: customer.Identity{Name: name + " Test", BirthOn: day("1990-05-17"),
				Country: "GB", NationalID: number, Contact: customer.Contact{
					Phone: "+4420790000" + number[5:], Email: name + "@example.org",
					Address: "1 Main Street, London"}}})
	})
	check := must(b, func(ctx context.Context, tx *db.Tx) (customer.Check, error) {
		return customer.SubmitDocument(ctx, tx, b.ids, b.vault, cora, customer.NewDocument{
			Customer: c.ID, Document: customer.Document{Kind: customer.IDCard, Number: number,
				Name: name + " Test", BirthOn: day("1990-05-17"), Issuer: "GB",
				IssuedOn: day("2020-01-01")}})
	})
	must(b, func(ctx context.Context, tx *db.Tx) (customer.Check, error) {
		return customer.RecordFinding(ctx, tx, b.ids, access.System("identity-check"),
			customer.ProviderFinding{Check: check.ID, Provider: "test",
				Finding: customer.Finding{State: customer.CheckVerified}})
	})
	if borrows {
		b.giveBankAccount(c.ID, name)
	}
	return c.ID
}

func (b *town) giveBankAccount(c customer.ID, name string) {
	account := must(b, func(ctx context.Context, tx *db.Tx) (customer.BankAccount, error) {
		return customer.AddBankAccount(ctx, tx, b.ids, b.vault, access.Customer(int64(c)),
			customer.NewBankAccount{Customer: c, Currency: money.EUR,
				BankDetails: customer.BankDetails{Account: "GB82WEST12345698765432",
					Holder: name + " Test", Country: "GB"}})
	})
	must(b, func(ctx context.Context, tx *db.Tx) (customer.BankAccount, error) {
		return customer.VerifyBankAccount(ctx, tx, b.ids, b.vault, cora,
			customer.BankAccountCheck{Account: account.ID})
	})
}

// install puts a product into force: 12 % a year by the month, 2 % of the
// principal and 10 % of the interest for the platform, a late fee of 5.00 after
// three days, penalty of 0.1 % a day, penalty to the lenders.
func (b *town) install() origination.Product {
	b.Helper()
	return b.installAs("town", func(*origination.Product) {})
}

func (b *town) installAs(
	code string, change func(*origination.Product),
) origination.Product {
	b.Helper()
	p, err := origination.StandardProduct(money.EUR, day(townStart))
	if err != nil {
		b.Fatal(err)
	}
	p.Code = code
	p.Limits = origination.Limits{MinPrincipal: 10_000, MaxPrincipal: 10_000_000,
		PrincipalStep: 1, MinInstalments: 1, MaxInstalments: 60, InstalmentStep: 1}
	p.Methods = []loan.Method{loan.EqualPrincipal, loan.EqualInstalments}
	p.Grades = []origination.Grade{{Name: "A", MinRate: money.One * 12 / 100,
		DefaultRate: money.One * 12 / 100, MaxRate: money.One * 12 / 100, MaxBurden: money.One}}
	p.Fees = origination.Fees{Origination: money.One * 2 / 100, Servicing: money.One / 10}
	p.Rules.MaxOpenApplications, p.Rules.MaxOpenLoans = 50, 50
	p.Rules.MaxExposure, p.Rules.ReferAbove = 0, 0
	p.Rules.ReferDaysPastDue, p.Rules.DeclineDaysPastDue = 0, 0
	p.Funding.MinBid, p.Funding.BidStep = 100, 1
	p.Loan.LateFee, p.Loan.GraceDays = 500, 3
	p.Loan.Penalty = loan.Penalty{Rate: money.One * 365 / 1000}
	p.Loan.LateCap = loan.Cap{}
	change(&p)
	must(b, func(ctx context.Context, tx *db.Tx) (origination.ProductVersion, error) {
		if v, err := origination.ProposeProduct(ctx, tx, alma, p); err != nil {
			return v, err
		}
		return origination.ApproveProduct(ctx, tx, b.ids, rolf, p.Code, 1)
	})
	p.Version = 1
	return p
}

// deposit gives somebody money.
func (b *town) deposit(to customer.ID, minor int64) {
	b.Helper()
	b.line++
	b.do(func(ctx context.Context, tx *db.Tx) error {
		wallet, err := customer.WalletOf(ctx, tx, b.ids, to, money.EUR)
		if err != nil {
			return err
		}
		return pays(ctx, tx, b.ids, b.line, wallet.ID, minor)
	})
}

// pays deposits money into a wallet, once for each line of the bank.
func pays(
	ctx context.Context, tx *db.Tx, ids *id.Source, line int64, wallet ledger.AccountID,
	minor int64,
) error {
	bank, err := clientsBank(ctx, tx, ids)
	if err != nil {
		return err
	}
	booked, err := ledger.Post(ctx, tx, ids, ledger.PostDeposit(line, bank, wallet, eur(minor)))
	if err != nil {
		return err
	}
	return refusedOf(booked)
}

func clientsBank(ctx context.Context, tx *db.Tx, ids *id.Source) (ledger.AccountID, error) {
	found, err := ledger.EnsureAccounts(ctx, tx, ids,
		ledger.NewAccount{Kind: ledger.BankClients, Currency: money.EUR})
	if err != nil {
		return 0, err
	}
	return found[0].ID, nil
}

// allotted takes a new application of the borrower all the way to a listing
// whose shares lie in escrow: in six months of equal principal, one share of each
// lender in turn.
func (b *town) allotted(shares ...int64) market.ListingID {
	b.Helper()
	listing := b.funded(shares...)
	b.run()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		l, err := market.GetListing(ctx, tx, listing)
		if err == nil && (l.State != market.Allotted || l.Allotted != l.Principal.Minor()) {
			b.Fatalf("%+v", l)
		}
		return err
	})
	return listing
}

func (b *town) funded(shares ...int64) market.ListingID {
	b.Helper()
	principal := int64(0)
	for _, s := range shares {
		principal += s
	}
	listing := b.published(principal)
	b.bid(listing, shares...)
	b.release(listing)
	return listing
}

// published is a listing of a new application, open for bids.
func (b *town) published(principal int64) market.ListingID {
	b.Helper()
	offer := b.offer(principal)
	accepted := must(b, func(ctx context.Context, tx *db.Tx) (origination.Offer, error) {
		return origination.AcceptOffer(ctx, tx, b.ids, access.Customer(int64(b.borrower)), offer)
	})
	b.hear(market.Consumers(b.ids))
	listing := must(b, func(ctx context.Context, tx *db.Tx) (market.ListingID, error) {
		n, err := db.Value[int64](ctx, tx,
			`SELECT id FROM market_listing WHERE offer_id = $1`, int64(accepted.ID))
		return market.ListingID(n), err
	})
	must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.PrepareListing(ctx, tx, uma, market.Preparation{Listing: listing,
			Title: "A kitchen", Description: "New, and very white."})
	})
	must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.ReviewListing(ctx, tx, b.ids, rolf,
			market.Review{Listing: listing, Decision: market.Publish})
	})
	return listing
}

// bid places one bid of each lender in turn.
func (b *town) bid(listing market.ListingID, shares ...int64) {
	b.Helper()
	for i, s := range shares {
		lender := b.lenders[i%len(b.lenders)]
		b.deposit(lender, s)
		placed := must(b, func(ctx context.Context, tx *db.Tx) ([]market.BidResult, error) {
			return market.PlaceBids(ctx, tx, b.ids, []market.BidOrder{{
				Actor: access.Customer(int64(lender)), Lender: lender, Listing: listing,
				Amount: eur(s)}})
		})
		if placed[0].Refusal != nil {
			b.Fatal(placed[0].Refusal)
		}
	}
}

// release is the final review of a funded listing, by two people.
func (b *town) release(listing market.ListingID) {
	b.Helper()
	must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.SubmitFunding(ctx, tx, uma, listing)
	})
	must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.ReviewFunding(ctx, tx, b.ids, rita,
			market.FundingReview{Listing: listing, Decision: market.Approve})
	})
}

// offer is what the rules offer the borrower.
func (b *town) offer(principal int64) origination.OfferID {
	b.Helper()
	self := access.Customer(int64(b.borrower))
	draft := must(b, func(ctx context.Context, tx *db.Tx) (origination.Application, error) {
		return origination.CreateApplication(ctx, tx, b.ids, self, origination.NewApplication{
			Borrower: b.borrower, Product: b.product.Code, Request: origination.Request{
				Principal: eur(principal), Purpose: "home_improvement",
				Method: loan.EqualPrincipal, Instalments: 6, Facts: origination.Facts{
					Income: 10_000_000, Housing: origination.HousingOwn,
					Work: origination.WorkEmployed, WorkMonths: 60}}})
	})
	must(b, func(ctx context.Context, tx *db.Tx) (origination.Application, error) {
		return origination.SubmitApplication(ctx, tx, b.ids, self, draft.ID)
	})
	offers := must(b, func(ctx context.Context, tx *db.Tx) ([]origination.Offer, error) {
		return origination.OffersOf(ctx, tx, draft.ID)
	})
	if len(offers) != 1 {
		b.Fatalf("%d offers", len(offers))
	}
	return offers[0].ID
}
