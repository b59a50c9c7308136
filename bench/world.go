package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"openlend/access"
	"openlend/calendar"
	"openlend/customer"
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/outbox"
	"openlend/ledger"
	"openlend/loan"
	"openlend/market"
	"openlend/money"
	"openlend/origination"
)

// world is a platform with a borrower and lenders who have money, made through
// the rooms' own operations.
type world struct {
	*books

	vault   *crypt.Vault
	product *origination.Product
	lenders []customer.ID
	staff   access.Actor // makes
	second  access.Actor // checks
}

const (
	worldDay     = "2026-01-02"
	benchName    = "Pat Number"
	lenderMoney  = 1_000_000_00
	worldPiece   = 200 // customers in one transaction
	hotPrincipal = 1_000_000_000_00
)

// openWorld makes a platform with so many lenders.
func openWorld(ctx context.Context, c Config, lenders int) (*world, error) {
	b := &books{}
	place, closeServer, err := b.place(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	if err := b.open(ctx, place); err != nil {
		return nil, errors.Join(err, closeServer())
	}
	w := &world{books: b, staff: access.System("bench"), second: access.System("bench-checker")}
	b.close = func() error { return errors.Join(w.closeVault(), b.shut(), closeServer()) }
	if err := w.fill(ctx, c.Dir, lenders); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return w, nil
}

func (w *world) closeVault() error {
	if w.vault == nil {
		return nil
	}
	return w.vault.Close()
}

func (w *world) fill(ctx context.Context, dir string, lenders int) (err error) {
	w.vault, err = crypt.Open(ctx, crypt.Options{
		URL:     "sqlite:" + filepath.Join(dir, "vault.db"),
		KeyFile: filepath.Join(dir, "vault.key"), Create: true})
	if err != nil {
		return err
	}
	err = w.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := ledger.Start(ctx, tx, calendar.MustParseDate(worldDay)); err != nil {
			return err
		}
		accounts, err := ledger.EnsureAccounts(ctx, tx, w.ids,
			ledger.NewAccount{Kind: ledger.BankClients, Currency: currency})
		if err == nil {
			w.bank = accounts[0].ID
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := w.makeProduct(ctx); err != nil {
		return err
	}
	w.lenders, err = w.customers(ctx, 1, lenders, lenderMoney)
	return err
}

func (w *world) write(ctx context.Context, fn func(context.Context, *db.Tx) error) error {
	_, err := db.Write(ctx, w.db, func(ctx context.Context, tx *db.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

// makeProduct puts the built-in product into force without its limits on size.
func (w *world) makeProduct(ctx context.Context) error {
	p, err := origination.StandardProduct(currency, calendar.MustParseDate(worldDay))
	if err != nil {
		return err
	}
	p.Code = "bench"
	p.Limits.MaxPrincipal = hotPrincipal
	p.Rules.MaxExposure, p.Rules.ReferAbove = 0, 0
	p.Rules.MaxOpenApplications, p.Rules.MaxOpenLoans = 10, 100
	return w.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		v, err := origination.ProposeProduct(ctx, tx, w.staff, p)
		if err != nil {
			return err
		}
		v, err = origination.ApproveProduct(ctx, tx, w.ids, w.second, p.Code, v.Product.Version)
		w.product = v.Product
		return err
	})
}

// customers registers and verifies people numbered from first, with wallets.
func (w *world) customers(
	ctx context.Context, first, n int, minor int64,
) ([]customer.ID, error) {
	var made []customer.ID
	for from := 0; from < n; from += worldPiece {
		var piece []customer.ID
		err := w.write(ctx, func(ctx context.Context, tx *db.Tx) error {
			piece = nil
			for i := from; i < min(n, from+worldPiece); i++ {
				c, err := w.register(ctx, tx, first+i)
				if err != nil {
					return err
				}
				piece = append(piece, c)
			}
			return w.pay(ctx, tx, piece, minor)
		})
		if err != nil {
			return nil, err
		}
		made = append(made, piece...)
	}
	check := customer.Checker{
		DB: w.db, IDs: w.ids, Vault: w.vault, Provider: customer.BuiltIn(),
	}
	_, err := check.RunDue(ctx)
	return made, err
}

func (w *world) register(ctx context.Context, tx *db.Tx, nr int) (customer.ID, error) {
	name, born := benchName, calendar.NewDate(1980, 1, 1)
	number := fmt.Sprintf("B%09d", nr)
	c, err := customer.Register(ctx, tx, w.ids, w.vault, w.staff, customer.NewCustomer{
		Kind: customer.Person, Borrower: true, Lender: true,
		Identity: customer.Identity{
			Name: name, BirthOn: born, Country: "NL", NationalID: number,
			Contact: customer.Contact{Phone: fmt.Sprintf("+316%08d", nr),
				Email: fmt.Sprintf("p%d@example.com", nr), Address: "Street 1, 1234 AB Town"},
		},
	})
	if err != nil {
		return 0, err
	}
	_, err = customer.SubmitDocument(ctx, tx, w.ids, w.vault, w.staff, customer.NewDocument{
		Customer: c.ID,
		Document: customer.Document{
			Kind: customer.Passport, Number: number, Name: name, BirthOn: born, Issuer: "NL",
			IssuedOn: calendar.NewDate(2020, 1, 1), ExpiresOn: calendar.NewDate(2030, 1, 1),
		},
	})
	return c.ID, err
}

// pay gives everybody money as the bank would.
func (w *world) pay(ctx context.Context, tx *db.Tx, to []customer.ID, minor int64) error {
	wanted := make([]ledger.NewAccount, len(to))
	for i, c := range to {
		wanted[i] = ledger.NewAccount{
			Kind: ledger.Wallet, Currency: currency, OwnerID: int64(c)}
	}
	accounts, err := ledger.OpenAccounts(ctx, tx, w.ids, wanted)
	if err != nil || minor == 0 {
		return err
	}
	var deposits []ledger.Command
	for i := range accounts {
		line, err := w.ids.Next()
		if err != nil {
			return err
		}
		w.wallets = append(w.wallets, accounts[i].ID)
		deposits = append(deposits, ledger.PostDeposit(line, w.bank, accounts[i].ID,
			money.New(minor, currency))...)
	}
	results, err := ledger.Post(ctx, tx, w.ids, deposits)
	return errors.Join(err, firstRefusal(results))
}

// listing takes a loan of a borrower all the way to an open listing.
func (w *world) listing(
	ctx context.Context, borrower customer.ID, principal int64,
) (market.ListingID, error) {
	var offer origination.Offer
	err := w.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := origination.CreateApplication(ctx, tx, w.ids, w.staff,
			origination.NewApplication{Borrower: borrower, Product: w.product.Code,
				Request: origination.Request{
					Principal: money.New(principal, currency), Purpose: "car",
					Method: loan.EqualInstalments, Instalments: 36,
					Facts: origination.Facts{Income: 1_000_000_000_000,
						Housing: origination.HousingOwn, Work: origination.WorkEmployed,
						WorkMonths: 120},
				}})
		if err == nil {
			_, err = origination.SubmitApplication(ctx, tx, w.ids, w.staff, a.ID)
		}
		if err != nil {
			return err
		}
		offers, err := origination.OffersOf(ctx, tx, a.ID)
		if err == nil && len(offers) == 0 {
			err = errors.New("bench: the rules made no offer")
		}
		if err == nil {
			offer, err = origination.AcceptOffer(ctx, tx, w.ids,
				access.Customer(int64(borrower)), offers[0].ID)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	return w.publish(ctx, offer)
}

func (w *world) publish(
	ctx context.Context, o origination.Offer,
) (market.ListingID, error) {
	var listing market.ListingID
	err := w.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		told := outbox.Event{Payload: fmt.Sprintf(
			`{"offer":%q,"application":%q,"borrower":%q}`, o.ID, o.Application, o.Borrower)}
		err := market.HandleOfferAccepted(w.ids)(ctx, tx, []outbox.Event{told})
		if err != nil {
			return err
		}
		drafts, err := market.SearchListings(ctx, tx, w.staff,
			market.Search{Borrower: o.Borrower, States: []market.State{market.Draft}, Limit: 1})
		if err != nil {
			return err
		}
		listing = drafts[0].ID
		_, err = market.PrepareListing(ctx, tx, w.staff, market.Preparation{
			Listing: listing, Title: "A loan", Description: "For the bench."})
		if err != nil {
			return err
		}
		_, err = market.ReviewListing(ctx, tx, w.ids, w.second,
			market.Review{Listing: listing, Decision: market.Publish})
		return err
	})
	return listing, err
}

// giveBankAccount lets a borrower be paid out at once.
func (w *world) giveBankAccount(ctx context.Context, c customer.ID, holder string) error {
	return w.write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := customer.AddBankAccount(ctx, tx, w.ids, w.vault, access.Customer(int64(c)),
			customer.NewBankAccount{Customer: c, Currency: currency,
				BankDetails: customer.BankDetails{Account: "GB82WEST12345698765432",
					Holder: holder, Country: "GB"}})
		if err != nil {
			return err
		}
		_, err = customer.VerifyBankAccount(ctx, tx, w.ids, w.vault, w.staff,
			customer.BankAccountCheck{Account: a.ID})
		return err
	})
}
