package closing

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"openlend/access"
	"openlend/calendar"
	"openlend/custody"
	"openlend/customer"
	"openlend/internal/clock"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/outbox"
	"openlend/internal/saga"
	"openlend/ledger"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/origination"
	"openlend/servicing"
)

func eur(minor int64) money.Amount { return money.New(minor, money.EUR) }

// The people of a town.
var (
	uma  = access.Staff(access.Underwriter, "uma")
	rolf = access.Staff(access.Reviewer, "rolf")
	rita = access.Staff(access.Reviewer, "rita")
	cora = access.Staff(access.Compliance, "cora")
	alma = access.Staff(access.Admin, "alma")
)

// town is a platform with lenders and a borrower, in real rooms, on one
// database. Only the bank is played: by custody's one place for its word.
type town struct {
	*testing.T

	db       *db.DB
	ids      *id.Source
	vault    *crypt.Vault
	sagas    *saga.Engine
	lenders  []customer.ID
	borrower customer.ID
	product  origination.Product
	terms    int   // instalments of the next loan
	line     int64 // of the bank's statement
	people   int
}

// newTown begins on the first date. Loans are repaid by equal principal, one
// instalment every so often.
func newTown(t *testing.T, d *db.DB, ids *id.Source, wall clock.Clock, every string) *town {
	t.Helper()
	b := &town{T: t, db: d, ids: ids, terms: 6}
	dir := t.TempDir()
	vault, err := crypt.Open(t.Context(), crypt.Options{
		URL: "sqlite:" + filepath.Join(dir, "vault.db"), KeyFile: filepath.Join(dir, "key"),
		Create: true, Clock: wall})
	if err != nil {
		t.Fatal(err)
	}
	b.vault = vault
	t.Cleanup(func() {
		if err := vault.Close(); err != nil {
			t.Error(err)
		}
	})
	b.sagas = &saga.Engine{DB: b.db, Wall: wall, Holder: "test", Report: func(err error) {
		t.Error(err)
	}, Definitions: slices.Concat(servicing.Sagas(b.ids), market.Sagas(b.ids))}
	b.do(func(ctx context.Context, tx *db.Tx) error { return ledger.Start(ctx, tx, first) })
	for _, name := range []string{"Ada", "Eva", "Kim"} {
		b.lenders = append(b.lenders, b.citizen(name, false))
	}
	b.borrower = b.citizen("Ben", true)
	b.product = b.install(every)
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
			Identity: customer.Identity{Name: name + " Test", BirthOn: calendar.MustParseDate("1990-05-17"),
				Country: "GB", NationalID: number, Contact: customer.Contact{
					Phone: "+4420790000" + number[5:], Email: name + "@example.org",
					Address: "1 Main Street, London"}}})
	})
	check := must(b, func(ctx context.Context, tx *db.Tx) (customer.Check, error) {
		return customer.SubmitDocument(ctx, tx, b.ids, b.vault, cora, customer.NewDocument{
			Customer: c.ID, Document: customer.Document{Kind: customer.IDCard, Number: number,
				Name: name + " Test", BirthOn: calendar.MustParseDate("1990-05-17"), Issuer: "GB",
				IssuedOn: calendar.MustParseDate("2020-01-01")}})
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

// install puts a product into force that collects: 12 % a year, 2 % of the
// principal and 10 % of the interest for the platform, a late fee of 5.00 after
// three days, penalty of 0.1 % a day, penalty to the lenders.
func (b *town) install(every string) origination.Product {
	p, err := origination.StandardProduct(money.EUR, first)
	if err != nil {
		b.Fatal(err)
	}
	p.Code = "town"
	p.Limits = origination.Limits{MinPrincipal: 10_000, MaxPrincipal: 10_000_000,
		PrincipalStep: 1, MinInstalments: 1, MaxInstalments: 120, InstalmentStep: 1}
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
	if p.Every, err = calendar.ParsePeriod(every); err != nil {
		b.Fatal(err)
	}
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
		bank, err := ledger.EnsureAccounts(ctx, tx, b.ids,
			ledger.NewAccount{Kind: ledger.BankClients, Currency: money.EUR})
		if err != nil {
			return err
		}
		booked, err := ledger.Post(ctx, tx, b.ids,
			ledger.PostDeposit(b.line, bank[0].ID, wallet.ID, eur(minor)))
		if err != nil {
			return err
		}
		return booked[0].Err
	})
}

// listed is an open listing of that principal, on an offer that was accepted.
func (b *town) listed(principal int64) market.ListingID {
	b.Helper()
	offer := b.offer(principal)
	must(b, func(ctx context.Context, tx *db.Tx) (origination.Offer, error) {
		return origination.AcceptOffer(ctx, tx, b.ids, access.Customer(int64(b.borrower)), offer)
	})
	b.deliver()
	listing := must(b, func(ctx context.Context, tx *db.Tx) (market.ListingID, error) {
		n, err := db.Value[int64](ctx, tx,
			`SELECT id FROM market_listing WHERE offer_id = $1`, int64(offer))
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

// bid has each lender in turn bid money that he has just got.
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

// offer is what the rules offer the borrower.
func (b *town) offer(principal int64) origination.OfferID {
	b.Helper()
	self := access.Customer(int64(b.borrower))
	draft := must(b, func(ctx context.Context, tx *db.Tx) (origination.Application, error) {
		return origination.CreateApplication(ctx, tx, b.ids, self, origination.NewApplication{
			Borrower: b.borrower, Product: b.product.Code, Request: origination.Request{
				Principal: eur(principal), Purpose: "home_improvement",
				Method: loan.EqualPrincipal, Instalments: b.terms, Facts: origination.Facts{
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

// run drives every saga that is due.
func (b *town) run() {
	b.Helper()
	if _, err := b.sagas.RunDue(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// deliver hands every event that was not handled yet to whom it may concern.
func (b *town) deliver() {
	b.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		events, err := db.Many(ctx, tx, func(s db.Scanner) (e outbox.Event, err error) {
			return e, s.Scan(&e.ID, &e.Topic, &e.Key, &e.Payload)
		}, `SELECT id, topic, key, payload FROM outbox ORDER BY id`)
		if err != nil {
			return err
		}
		for _, c := range slices.Concat(market.Consumers(b.ids), servicing.Consumers(b.ids)) {
			mine := slices.DeleteFunc(slices.Clone(events), func(e outbox.Event) bool {
				return !slices.Contains(c.Topics, e.Topic)
			})
			fresh, err := outbox.Once(ctx, tx, c.Name, mine)
			if err != nil {
				return err
			}
			if len(fresh) == 0 {
				continue
			}
			if err := c.Handle(ctx, tx, fresh); err != nil {
				return err
			}
		}
		return nil
	})
}

// disbursed is a running loan of the borrower with those shares.
func (b *town) disbursed(shares ...int64) servicing.Loan {
	b.Helper()
	principal := int64(0)
	for _, s := range shares {
		principal += s
	}
	listing := b.listed(principal)
	b.bid(listing, shares...)
	must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.SubmitFunding(ctx, tx, uma, listing)
	})
	must(b, func(ctx context.Context, tx *db.Tx) (market.Listing, error) {
		return market.ReviewFunding(ctx, tx, b.ids, rita,
			market.FundingReview{Listing: listing, Decision: market.Approve})
	})
	for range 2 { // allotment, then the loan and its payout
		b.run()
		b.deliver()
	}
	b.run()
	n := must(b, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return db.Value[int64](ctx, tx,
			`SELECT id FROM servicing_loan WHERE listing_id = $1`, int64(listing))
	})
	b.settles(n)
	b.deliver()
	b.run()
	l := b.loan(servicing.LoanID(n))
	if l.State != servicing.StateActive {
		b.Fatalf("%+v", l)
	}
	return l
}

// settles is the bank's word that a loan is paid out.
func (b *town) settles(n int64) {
	b.Helper()
	b.line++
	b.do(func(ctx context.Context, tx *db.Tx) error {
		p, err := custody.PayoutFor(ctx, tx, custody.PurposeDisbursement, n)
		if err != nil {
			return err
		}
		return custody.ApplyBankResult(ctx, tx, b.ids, p.RequestNo,
			custody.Result{Outcome: custody.OutcomeSettled, Amount: p.Amount, Line: b.line})
	})
}

func (b *town) loan(n servicing.LoanID) servicing.Loan {
	b.Helper()
	return must(b, func(ctx context.Context, tx *db.Tx) (servicing.Loan, error) {
		return servicing.GetLoan(ctx, tx, n)
	})
}

// wallets are the balances of somebody, in minor units: the whole, and what is
// held of it.
func (b *town) wallet(of customer.ID) (posted, held int64) {
	b.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		a, err := customer.WalletOf(ctx, tx, b.ids, of, money.EUR)
		posted, held = a.Posted, a.Held
		return err
	})
	return posted, held
}
