package customer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/ledger"
	"openlend/refusal"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		in.Lender = false
		in.Country = "de"
		c := o.register(in)
		want := Customer{ID: c.ID, Kind: Person, Status: New, Borrower: true, Country: "DE",
			RegisteredAt: morning}
		if c != want || o.get(c.ID) != want {
			t.Errorf("registered %+v, stored %+v, want %+v", c, o.get(c.ID), want)
		}
		if parsed, err := ParseID(c.ID.String()); err != nil || parsed != c.ID {
			t.Errorf("%s is read as %d, %v", c.ID, parsed, err)
		}
		o.mustHold()
	})
}

func TestRegisterRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		for name, c := range map[string]struct {
			spoil func(*NewCustomer)
			want  error
			field string
		}{
			"no kind":              {func(n *NewCustomer) { n.Kind = "robot" }, ErrKind, "kind"},
			"no role":              {func(n *NewCustomer) { n.Borrower, n.Lender = false, false }, ErrRole, ""},
			"no name":              {func(n *NewCustomer) { n.Name = " " }, ErrName, "name"},
			"one letter":           {func(n *NewCustomer) { n.Name = "A" }, ErrName, "name"},
			"digits in a name":     {func(n *NewCustomer) { n.Name = "Anna 2" }, ErrName, "name"},
			"a line in a name":     {func(n *NewCustomer) { n.Name = "Anna\x00Müller" }, ErrName, "name"},
			"a name without end":   {func(n *NewCustomer) { n.Name = strings.Repeat("Anna ", 40) }, ErrName, "name"},
			"born today":           {func(n *NewCustomer) { n.BirthOn = today }, ErrBirth, "birth_date"},
			"born long ago":        {func(n *NewCustomer) { n.BirthOn = calendar.NewDate(1879, 12, 31) }, ErrBirth, "birth_date"},
			"not born":             {func(n *NewCustomer) { n.BirthOn = 0 }, ErrBirth, "birth_date"},
			"no country":           {func(n *NewCustomer) { n.Country = "XX" }, ErrCountry, "country"},
			"country in words":     {func(n *NewCustomer) { n.Country = "DEU" }, ErrCountry, "country"},
			"short id":             {func(n *NewCustomer) { n.NationalID = "1-2-3" }, ErrNationalID, "national_id"},
			"signs in an id":       {func(n *NewCustomer) { n.NationalID = "1234$5" }, ErrNationalID, "national_id"},
			"id without end":       {func(n *NewCustomer) { n.NationalID = strings.Repeat("1", 31) }, ErrNationalID, "national_id"},
			"national phone":       {func(n *NewCustomer) { n.Phone = "0170 1234567" }, ErrPhone, "phone"},
			"phone with a country": {func(n *NewCustomer) { n.Phone = "+0170 1234567" }, ErrPhone, "phone"},
			"short phone":          {func(n *NewCustomer) { n.Phone = "+49 1701" }, ErrPhone, "phone"},
			"words for a phone":    {func(n *NewCustomer) { n.Phone = "+49 170 anna123" }, ErrPhone, "phone"},
			"no at":                {func(n *NewCustomer) { n.Email = "anna.example.org" }, ErrEmail, "email"},
			"two ats":              {func(n *NewCustomer) { n.Email = "anna@b@example.org" }, ErrEmail, "email"},
			"no domain":            {func(n *NewCustomer) { n.Email = "anna@localhost" }, ErrEmail, "email"},
			"header in an address": {func(n *NewCustomer) { n.Email = "anna@example.org\r\nBcc: x" }, ErrEmail, "email"},
			"no address":           {func(n *NewCustomer) { n.Address = "x" }, ErrAddress, "address"},
			"bell in an address":   {func(n *NewCustomer) { n.Address = "Hauptstraße\a 1" }, ErrAddress, "address"},
		} {
			in := o.anna()
			c.spoil(&in)
			refused(o, name, c.want, func(ctx context.Context, tx *db.Tx) (Customer, error) {
				got, err := Register(ctx, tx, o.ids, o.vault, desk, in)
				var r *refusal.Error
				if errors.As(err, &r) && r.Field != c.field {
					t.Errorf("%s is about the field %q", name, r.Field)
				}
				return got, err
			})
		}
		for _, actor := range []access.Actor{auditor, access.Customer(1), {}} {
			refused(o, actor.Principal(), access.ErrForbidden,
				func(ctx context.Context, tx *db.Tx) (Customer, error) {
					return Register(ctx, tx, o.ids, o.vault, actor, o.anna())
				})
		}
	})
}

func TestOneNationalIDIsOneCustomer(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		in.NationalID = "AB 12-345.6"
		o.register(in)
		again := o.anna()
		again.NationalID = "ab123456"
		refused(o, "the same in other spelling", ErrKnown,
			func(ctx context.Context, tx *db.Tx) (Customer, error) {
				return Register(ctx, tx, o.ids, o.vault, desk, again)
			})
		again.Country = "AT" // another state gives its own numbers
		o.register(again)
	})
}

// Of many who register with one national id at once, one becomes a customer and
// the others are refused, all with a reason.
func TestRegistrationRace(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		var all sync.WaitGroup
		var lock sync.Mutex
		made := 0
		for range 8 {
			all.Go(func() {
				_, err := try(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
					return Register(ctx, tx, o.ids, o.vault, desk, in)
				})
				lock.Lock()
				defer lock.Unlock()
				if err == nil {
					made++
				} else if !errors.Is(err, ErrKnown) {
					t.Errorf("refused with %v", err)
				}
			})
		}
		all.Wait()
		if made != 1 {
			t.Errorf("%d became customers", made)
		}
		o.mustHold()
	})
}

func TestMayBorrowLendWithdraw(t *testing.T) {
	t.Parallel()
	good := Customer{Status: Verified, Borrower: true, Lender: true, BorrowTerms: 2, LendTerms: 3,
		newestBorrow: 2, newestLend: 3}
	for name, c := range map[string]struct {
		spoil                  func(*Customer)
		borrow, lend, withdraw error
	}{
		"all is well":       {func(*Customer) {}, nil, nil, nil},
		"new":               {func(c *Customer) { c.Status = New }, ErrUnverified, ErrUnverified, ErrUnverified},
		"frozen":            {func(c *Customer) { c.Status = Frozen }, ErrFrozen, ErrFrozen, ErrFrozen},
		"no status":         {func(c *Customer) { c.Status = "" }, ErrUnverified, ErrUnverified, ErrUnverified},
		"no borrower":       {func(c *Customer) { c.Borrower = false }, ErrNotBorrower, nil, nil},
		"no lender":         {func(c *Customer) { c.Lender = false }, nil, ErrNotLender, nil},
		"old borrow terms":  {func(c *Customer) { c.BorrowTerms = 1 }, ErrTerms, nil, nil},
		"old lend terms":    {func(c *Customer) { c.LendTerms = 0 }, nil, ErrTerms, nil},
		"nothing published": {func(c *Customer) { c.BorrowTerms, c.newestBorrow = 0, 0 }, nil, nil, nil},
	} {
		got := good
		c.spoil(&got)
		for _, check := range []struct {
			what      string
			got, want error
		}{{"borrow", got.MayBorrow(), c.borrow}, {"lend", got.MayLend(), c.lend},
			{"withdraw", got.MayWithdraw(), c.withdraw}} {
			if !errors.Is(check.got, check.want) {
				t.Errorf("%s: may %s: %v, want %v", name, check.what, check.got, check.want)
			}
		}
	}
	nobody := Customer{}
	if nobody.MayBorrow() == nil || nobody.MayLend() == nil || nobody.MayWithdraw() == nil {
		t.Error("the zero customer may do something")
	}
}

func TestGetManyAndList(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		var made []ID
		for range 5 {
			made = append(made, o.register(o.anna()).ID)
		}
		o.freeze(made[3])
		found := read(o, func(ctx context.Context, tx *db.Tx) (map[ID]Customer, error) {
			return GetMany(ctx, tx, append([]ID{made[0], made[0], 77}, made[3:]...))
		})
		if len(found) != 3 || found[made[3]].Status != Frozen || found[made[0]].ID != made[0] {
			t.Errorf("found %v", found)
		}
		var listed []ID
		for q := (Query{Limit: 2}); ; {
			page := read(o, func(ctx context.Context, tx *db.Tx) ([]Customer, error) {
				return List(ctx, tx, q)
			})
			for _, c := range page {
				listed = append(listed, c.ID)
			}
			if len(page) < 2 {
				break
			}
			q.After = page[1].ID
		}
		for i, c := range listed {
			if c != made[len(made)-1-i] {
				t.Errorf("listed %v of %v", listed, made)
				break
			}
		}
		frozen := read(o, func(ctx context.Context, tx *db.Tx) ([]Customer, error) {
			return List(ctx, tx, Query{Status: Frozen})
		})
		if len(listed) != 5 || len(frozen) != 1 || frozen[0].ID != made[3] {
			t.Errorf("listed %v, frozen %v", listed, frozen)
		}
		refused(o, "too many", ErrLimit, func(ctx context.Context, tx *db.Tx) ([]Customer, error) {
			return List(ctx, tx, Query{Limit: 201})
		})
		refused(o, "nobody", ErrNotFound, func(ctx context.Context, tx *db.Tx) (Customer, error) {
			return Get(ctx, tx, 77)
		})
	})
}

func TestTakeRole(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		in := o.anna()
		in.Borrower = false
		c := o.register(in)
		refused(o, "nothing", ErrRole, func(ctx context.Context, tx *db.Tx) (Customer, error) {
			return TakeRole(ctx, tx, self(c), NewRole{Customer: c.ID})
		})
		refused(o, "another's", ErrNotFound, func(ctx context.Context, tx *db.Tx) (Customer, error) {
			return TakeRole(ctx, tx, access.Customer(5), NewRole{Customer: c.ID, Borrower: true})
		})
		got := do(o, func(ctx context.Context, tx *db.Tx) (Customer, error) {
			return TakeRole(ctx, tx, self(c), NewRole{Customer: c.ID, Borrower: true})
		})
		if !got.Borrower || !got.Lender || got != o.get(c.ID) {
			t.Errorf("he is %+v, stored %+v", got, o.get(c.ID))
		}
	})
}

func TestWalletOf(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c := o.register(o.anna())
		wallet := func(c ID) (int64, error) {
			return try(o, func(ctx context.Context, tx *db.Tx) (int64, error) {
				a, err := WalletOf(ctx, tx, o.ids, c, "EUR")
				if err == nil && (a.OwnerID != int64(c) || a.Kind != ledger.Wallet) {
					t.Errorf("the wallet is %+v", a)
				}
				return int64(a.ID), err
			})
		}
		first, err := wallet(c.ID)
		again, err2 := wallet(c.ID)
		if err != nil || err2 != nil || first != again || first == 0 {
			t.Errorf("wallets %d and %d, %v, %v", first, again, err, err2)
		}
		if _, err := wallet(77); !errors.Is(err, ErrNotFound) {
			t.Errorf("nobody has a wallet: %v", err)
		}
	})
}
