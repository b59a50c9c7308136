package origination_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"openlend/access"
	"openlend/internal/db"
	"openlend/loan"
	"openlend/money"
	"openlend/origination"
	"openlend/refusal"
)

// standard is the built-in product as a version that could be stored.
func standard(t *testing.T) origination.Product {
	t.Helper()
	p, err := origination.StandardProduct(money.EUR, firstDay)
	if err != nil {
		t.Fatal(err)
	}
	p.Version = 1
	return p
}

// The built-in product is sound in every currency, and its file says all that
// there is to say and nothing else.
func TestStandardProduct(t *testing.T) {
	for _, c := range origination.StandardCurrencies() {
		p, err := origination.StandardProduct(c, firstDay)
		if err != nil {
			t.Fatal(err)
		}
		p.Version = 1
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
	p, err := origination.ParseProduct(origination.StandardText)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := json.Compact(&file, origination.StandardText); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file.Bytes(), again) {
		t.Errorf("standard.json is not what is read of it:\n%s\n%s", file.Bytes(), again)
	}
}

func TestParseProductIsStrict(t *testing.T) {
	text := string(origination.StandardText)
	for name, bad := range map[string]string{
		"an unknown field": strings.Replace(text, `"code"`, `"kode": "x", "code"`, 1),
		"something after":  text + "{}",
		"a number as rate": strings.Replace(text, `"origination": "0.03"`, `"origination": 0.03`, 1),
		"a wrong period":   strings.Replace(text, `"1 month"`, `"1 fortnight"`, 1),
		"nothing":          "",
	} {
		_, err := origination.ParseProduct([]byte(bad))
		if !errors.Is(err, origination.ErrProduct) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each setting has its bounds, and a refusal names it.
func TestValidateProduct(t *testing.T) {
	type product = origination.Product
	for field, spoil := range map[string]func(p *product){
		"code":                        func(p *product) { p.Code = "Standard" },
		"version":                     func(p *product) { p.Version = 0 },
		"effective_on":                func(p *product) { p.EffectiveOn = 0 },
		"name":                        func(p *product) { p.Name = "" },
		"currency":                    func(p *product) { p.Currency = "XXX" },
		"purposes":                    func(p *product) { p.Purposes = []string{"car", "car"} },
		"limits.min_principal":        func(p *product) { p.Limits.MinPrincipal = 100_001 },
		"limits.max_principal":        func(p *product) { p.Limits.MaxPrincipal = 99_999 },
		"limits.principal_step":       func(p *product) { p.Limits.PrincipalStep = 1 },
		"limits.min_instalments":      func(p *product) { p.Limits.MinInstalments = 0 },
		"limits.max_instalments":      func(p *product) { p.Limits.MaxInstalments = 601 },
		"limits.instalment_step":      func(p *product) { p.Limits.InstalmentStep = 0 },
		"methods":                     func(p *product) { p.Methods = nil },
		"method":                      func(p *product) { p.Methods = []loan.Method{"balloon"} },
		"every":                       func(p *product) { p.Every.N = 13 },
		"day_count":                   func(p *product) { p.DayCount = "lunar" },
		"interest":                    func(p *product) { p.Interest = "weekly" },
		"instalment_multiple":         func(p *product) { p.InstalmentMultiple = -1 },
		"offer_days":                  func(p *product) { p.OfferDays = 0 },
		"grades":                      func(p *product) { p.Grades = nil },
		"grades.min_rate":             func(p *product) { p.Grades[0].MinRate = -1 },
		"grades.default_rate":         func(p *product) { p.Grades[0].DefaultRate = 0 },
		"grades.max_rate":             func(p *product) { p.Grades[6].MaxRate = loan.MaxRate + 1 },
		"grades.max_burden":           func(p *product) { p.Grades[0].MaxBurden = 0 },
		"fees.origination":            func(p *product) { p.Fees.Origination = -1 },
		"fees.servicing":              func(p *product) { p.Fees.Servicing = money.One + 1 },
		"rules.min_income":            func(p *product) { p.Rules.MinIncome = -1 },
		"rules.living_alone":          func(p *product) { p.Rules.LivingAlone = -1 },
		"rules.living_dependant":      func(p *product) { p.Rules.LivingDependant = -1 },
		"rules.min_work_months":       func(p *product) { p.Rules.MinWorkMonths = -1 },
		"rules.max_open_applications": func(p *product) { p.Rules.MaxOpenApplications = 0 },
		"rules.max_open_loans":        func(p *product) { p.Rules.MaxOpenLoans = -1 },
		"rules.max_exposure":          func(p *product) { p.Rules.MaxExposure = -1 },
		"rules.max_volume":            func(p *product) { p.Rules.MaxVolume = -1 },
		"rules.refer_above":           func(p *product) { p.Rules.ReferAbove = -1 },
		"rules.refer_burden":          func(p *product) { p.Rules.ReferBurden = -1 },
		"rules.refer_days_past_due":   func(p *product) { p.Rules.ReferDaysPastDue = -1 },
		"rules.decline_days_past_due": func(p *product) { p.Rules.DeclineDaysPastDue = -1 },
		"funding.min_bid":             func(p *product) { p.Funding.MinBid = 2501 },
		"funding.bid_step":            func(p *product) { p.Funding.BidStep = 0 },
		"funding.max_bid":             func(p *product) { p.Funding.MaxBid = 1 },
		"funding.max_share":           func(p *product) { p.Funding.MaxShare = 24_999_999 },
		"funding.open_days":           func(p *product) { p.Funding.OpenDays = 0 },
		"funding.cancel_minutes":      func(p *product) { p.Funding.CancelMinutes = -1 },
		"funding.min_funded":          func(p *product) { p.Funding.MinFunded = 0 },
		"funding.oversubscription":    func(p *product) { p.Funding.Oversubscription = "largest_first" },
		"penalty_to":                  func(p *product) { p.PenaltyTo = "" },
		"late_fee_to":                 func(p *product) { p.LateFeeTo = "nobody" },
		"late_fee":                    func(p *product) { p.Loan.LateFee = -1 },
		"loan.late_fee":               func(p *product) { p.Loan.LateFee = 1<<63 - 1 },
		"waterfall.order":             func(p *product) { p.Loan.Waterfall.Order[0] = loan.StepPenalty },
	} {
		p := standard(t)
		p.Grades = slices.Clone(p.Grades)
		spoil(&p)
		err := p.Validate()
		if e, ok := errors.AsType[*refusal.Error](err); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// What the product does not lend is refused with the field it speaks of.
func TestAccepts(t *testing.T) {
	type wish = origination.Request
	p := standard(t)
	r := request()
	if err := p.Accepts(&r); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		spoil func(r *wish)
		want  *refusal.Error
	}{
		"too little":        {func(r *wish) { r.Principal = money.New(97_500, "EUR") }, origination.ErrPrincipal},
		"too much":          {func(r *wish) { r.Principal = money.New(4_002_500, "EUR") }, origination.ErrPrincipal},
		"between the steps": {func(r *wish) { r.Principal = money.New(100_001, "EUR") }, origination.ErrPrincipal},
		"below zero":        {func(r *wish) { r.Principal = money.New(-100_000, "EUR") }, origination.ErrPrincipal},
		"in dollars":        {func(r *wish) { r.Principal = money.New(100_000, "USD") }, origination.ErrCurrency},
		"a purpose":         {func(r *wish) { r.Purpose = "" }, origination.ErrPurpose},
		"a method":          {func(r *wish) { r.Method = loan.Bullet }, origination.ErrMethod},
		"48 instalments":    {func(r *wish) { r.Instalments = 48 }, origination.ErrInstalments},
		"84 instalments":    {func(r *wish) { r.Instalments = 84 }, origination.ErrInstalments},
		"income":            {func(r *wish) { r.Facts.Income = -1 }, origination.ErrFacts},
		"debts":             {func(r *wish) { r.Facts.Debts = 1 << 60 }, origination.ErrFacts},
		"housing":           {func(r *wish) { r.Facts.Housing = "cave" }, origination.ErrFacts},
		"work":              {func(r *wish) { r.Facts.Work = "" }, origination.ErrFacts},
		"work months":       {func(r *wish) { r.Facts.WorkMonths = 961 }, origination.ErrFacts},
		"dependants":        {func(r *wish) { r.Facts.Dependants = 51 }, origination.ErrFacts},
	} {
		r := request()
		c.spoil(&r)
		err := p.Accepts(&r)
		e, ok := errors.AsType[*refusal.Error](err)
		if !errors.Is(err, c.want) || !ok || e.Field == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (o *office) propose(
	actor access.Actor, p origination.Product,
) (origination.ProductVersion, error) {
	return db.Write(o.Context(), o.db,
		func(ctx context.Context, tx *db.Tx) (origination.ProductVersion, error) {
			return origination.ProposeProduct(ctx, tx, actor, p)
		})
}

func (o *office) approve(actor access.Actor, version int64) error {
	return o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.ApproveProduct(ctx, tx, o.ids, actor, product, version)
		return err
	})
}

// A version needs two people, also in the database, and never changes.
func testProductNeedsTwoPeople(o *office) {
	if _, err := o.propose(underwriter, standard(o.T)); !errors.Is(err, access.ErrForbidden) {
		o.Errorf("an underwriter: %v", err)
	}
	v, err := o.propose(admin, standard(o.T))
	if err != nil || v.State != origination.ProductProposed ||
		v.Maker != "staff:anna" {
		o.Fatalf("%+v, %v", v, err)
	}
	proposed := v.Product.Version
	for actor, want := range map[access.Actor]error{
		admin:                                 access.ErrFourEyes,
		access.Staff(access.Reviewer, "Anna"): access.ErrFourEyes,
		underwriter:                           access.ErrForbidden,
		access.Customer(1):                    access.ErrForbidden,
	} {
		if err := o.approve(actor, proposed); !errors.Is(err, want) {
			o.Errorf("%s: %v", actor.Principal(), err)
		}
	}
	err = o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO origination_product_verdict
			(code, version, verdict, maker, checker, decided_at)
			VALUES ('standard-eur', $1, 'approved', 'staff:anna', 'staff:Anna', 0)`, proposed)
		return err
	})
	if !db.IsCheck(err) {
		o.Errorf("the table lets one person be two: %v", err)
	}
	if _, err := o.getProduct(proposed); !errors.Is(err, origination.ErrProductNotFound) {
		o.Errorf("not approved and in use: %v", err)
	}
	if err := o.approve(reviewer, proposed); err != nil {
		o.Fatal(err)
	}
	p, err := o.getProduct(proposed)
	if err != nil || p.Version != proposed {
		o.Errorf("%+v, %v", p, err)
	}
	if err := o.approve(reviewer, 99); !errors.Is(err, origination.ErrProductNotFound) {
		o.Errorf("what nobody proposed: %v", err)
	}
}

func (o *office) getProduct(version int64) (*origination.Product, error) {
	return db.Read(o.Context(), o.db,
		func(ctx context.Context, tx *db.Tx) (*origination.Product, error) {
			return origination.GetProduct(ctx, tx, product, version)
		})
}

// In force is the version that took effect last; nothing takes effect in the
// past.
func testCurrentProduct(o *office) {
	propose := func(days int) int64 {
		p := standard(o.T)
		p.EffectiveOn = firstDay.Days(days)
		v, err := o.propose(admin, p)
		if err != nil {
			o.Fatal(err)
		}
		return v.Product.Version
	}
	now := get(o, func(ctx context.Context, tx *db.Tx) (*origination.Product, error) {
		return origination.CurrentProduct(ctx, tx, product, firstDay)
	}).Version
	next, later, refused := propose(10), propose(5), propose(1)
	for _, v := range []int64{next, later} {
		if err := o.approve(reviewer, v); err != nil {
			o.Fatal(err)
		}
	}
	o.do(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.RejectProduct(ctx, tx, reviewer, product, refused)
		return err
	})
	for days, want := range map[int]int64{
		0: now, 4: now, 5: later, 9: later, 10: next, 1000: next,
	} {
		p := get(o, func(ctx context.Context, tx *db.Tx) (*origination.Product, error) {
			return origination.CurrentProduct(ctx, tx, product, firstDay.Days(days))
		})
		if p.Version != want {
			o.Errorf("after %d days version %d, want %d", days, p.Version, want)
		}
	}
	err := o.try(func(ctx context.Context, tx *db.Tx) error {
		_, err := origination.CurrentProduct(ctx, tx, product, firstDay.Days(-1))
		return err
	})
	if !errors.Is(err, origination.ErrProductNotFound) {
		o.Errorf("before the first one: %v", err)
	}
	waiting := propose(0)
	o.openDate(firstDay.Days(1))
	p := standard(o.T)
	if _, err := o.propose(admin, p); !errors.Is(err, origination.ErrProductDate) {
		o.Errorf("proposed for yesterday: %v", err)
	}
	if err := o.approve(reviewer, waiting); !errors.Is(err, origination.ErrProductDate) {
		o.Errorf("approved for yesterday: %v", err)
	}
	o.wantLists(refused, waiting)
}

// wantLists looks at the lists of products.
func (o *office) wantLists(refused, waiting int64) {
	o.Helper()
	o.do(func(ctx context.Context, tx *db.Tx) error {
		inForce, err := origination.ListProducts(ctx, tx, firstDay)
		if err != nil || len(inForce) != 2 || inForce[0].Code != product ||
			inForce[1].Code != "standard-usd" {
			o.Errorf("in force: %v, %v", inForce, err)
		}
		versions, err := origination.ListProductVersions(ctx, tx, product)
		if err != nil || len(versions) != int(waiting) ||
			versions[0].Product.Version != waiting ||
			versions[waiting-1].State != origination.ProductApproved {
			o.Errorf("versions: %v, %v", versions, err)
		}
		proposed, err := origination.ListProposedProducts(ctx, tx)
		if err != nil || proposed[len(proposed)-1].Product.Version != waiting {
			o.Errorf("proposed: %v, %v", proposed, err)
		}
		v, err := origination.GetProductVersion(ctx, tx, product, refused)
		if err != nil || v.State != origination.ProductRejected || v.Checker != "staff:ruth" ||
			v.DecidedAt.IsZero() || len(v.Hash) != 64 {
			o.Errorf("rejected: %+v, %v", v, err)
		}
		return origination.InstallStandard(ctx, tx, o.ids, firstDay) // there already: nothing
	})
}

// Versions have numbers without a gap, however many propose at once.
func testProposalsAtOnce(o *office) {
	versions := make(chan int64, 6)
	for range cap(versions) {
		go func() {
			v, err := o.propose(admin, standard(o.T))
			if err != nil {
				o.Error(err)
				versions <- 0
				return
			}
			versions <- v.Product.Version
		}()
	}
	var got []int64
	for range cap(versions) {
		got = append(got, <-versions)
	}
	slices.Sort(got)
	for i, v := range got {
		if v != got[0]+int64(i) {
			o.Errorf("%v", got)
		}
	}
}
