package origination

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"openlend/loan"
	"openlend/money"
)

var (
	codeForm    = regexp.MustCompile(`^[a-z][a-z0-9-]{1,39}$`)
	purposeForm = regexp.MustCompile(`^[a-z][a-z_]{1,39}$`)
	gradeForm   = regexp.MustCompile(`^[A-Z][A-Z0-9]{0,3}$`)
)

// Bounds of what a product may say: beyond them stands a wrong unit.
const (
	mostDays        = 366
	mostMinutes     = mostDays * 24 * 60
	mostMinor       = 1_000_000_000_000_000
	mostInstalments = 600
	mostPurposes    = 100
	mostGrades      = 50
	longestName     = 80
	highestFee      = money.One / 2
	mostOpen        = 1000
)

// setting is one condition on one field of a product.
type setting struct {
	field string
	bad   bool
}

func firstBad(settings []setting) error {
	for _, s := range settings {
		if s.bad {
			return ErrProduct.In(s.field)
		}
	}
	return nil
}

// Validate refuses settings that make no sense, alone or together: whatever the
// product accepts can be laid out as a schedule, priced, funded and serviced.
// Refusals name the field: ErrProduct, those of loan.Product.Validate and
// loan.NewSchedule.
func (p *Product) Validate() error {
	for _, check := range []func() error{
		p.validateName, p.validateLimits, p.validateGrades, p.validateRules, p.validateFunding,
		p.validateLoan, p.tryOut,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (p *Product) validateName() error {
	_, currency := p.Currency.Exponent()
	named := utf8.RuneCountInString(p.Name)
	return firstBad([]setting{
		{"code", !codeForm.MatchString(p.Code)},
		{"version", p.Version < 1},
		{"effective_on", !p.EffectiveOn.Valid()},
		{"name", named < 1 || named > longestName},
		{"currency", !currency},
		{"purposes", !distinct(p.Purposes, mostPurposes, purposeForm)},
	})
}

func (p *Product) validateLimits() error {
	l := &p.Limits
	perYear, step := unitsPerYear(p.Every)
	return firstBad([]setting{
		{"limits.min_principal", l.MinPrincipal < 1},
		{"limits.max_principal", l.MaxPrincipal < l.MinPrincipal || l.MaxPrincipal > mostMinor},
		{"limits.principal_step", l.PrincipalStep < 1},
		{"limits.min_instalments", l.MinInstalments < 1},
		{"limits.max_instalments", l.MaxInstalments < l.MinInstalments ||
			l.MaxInstalments > mostInstalments},
		{"limits.instalment_step", l.InstalmentStep < 1},
		{"methods", len(p.Methods) == 0 || hasTwins(p.Methods)},
		{"every", step < 1 || step > perYear}, // a unit period is at most a year: see annualRate
		{"offer_days", p.OfferDays < 1 || p.OfferDays > mostDays},
	})
}

func (p *Product) validateGrades() error {
	names := make([]string, len(p.Grades))
	for i, g := range p.Grades {
		names[i] = g.Name
		err := firstBad([]setting{
			{"grades.min_rate", g.MinRate < 0},
			{"grades.default_rate", g.DefaultRate < g.MinRate},
			{"grades.max_rate", g.MaxRate < g.DefaultRate || g.MaxRate > loan.MaxRate},
			{"grades.max_burden", g.MaxBurden < 1 || g.MaxBurden > money.One},
		})
		if err != nil {
			return err
		}
	}
	return firstBad([]setting{
		{"grades", !distinct(names, mostGrades, gradeForm)},
		{"fees.origination", p.Fees.Origination < 0 || p.Fees.Origination > highestFee},
		{"fees.servicing", p.Fees.Servicing < 0 || p.Fees.Servicing > money.One},
	})
}

func (p *Product) validateRules() error {
	r := &p.Rules
	return firstBad([]setting{
		{"rules.min_income", r.MinIncome < 0 || r.MinIncome > mostMinor},
		{"rules.living_alone", r.LivingAlone < 0 || r.LivingAlone > maxFact},
		{"rules.living_dependant", r.LivingDependant < 0 || r.LivingDependant > maxFact},
		{"rules.min_work_months", r.MinWorkMonths < 0 || r.MinWorkMonths > maxWorkMonths},
		{"rules.max_open_applications",
			r.MaxOpenApplications < 1 || r.MaxOpenApplications > mostOpen},
		{"rules.max_open_loans", r.MaxOpenLoans < 0 || r.MaxOpenLoans > mostOpen},
		{"rules.max_exposure", r.MaxExposure < 0},
		{"rules.max_volume", r.MaxVolume < 0},
		{"rules.refer_above", r.ReferAbove < 0},
		{"rules.refer_burden", r.ReferBurden < 0 || r.ReferBurden > money.One},
		{"rules.refer_days_past_due", r.ReferDaysPastDue < 0},
		{"rules.decline_days_past_due", r.DeclineDaysPastDue < 0},
	})
}

// validateFunding makes sure that bids can add up to any principal.
func (p *Product) validateFunding() error {
	f, l := &p.Funding, &p.Limits
	err := firstBad([]setting{
		{"funding.bid_step", f.BidStep < 1},
		{"funding.max_share", f.MaxShare < 1 || f.MaxShare > money.One},
		{"funding.open_days", f.OpenDays < 1 || f.OpenDays > mostDays},
		{"funding.cancel_minutes", f.CancelMinutes < 0 || f.CancelMinutes > mostMinutes},
		{"funding.min_funded", f.MinFunded < 1 || f.MinFunded > money.One},
		{"funding.oversubscription",
			f.Oversubscription != TimePriority && f.Oversubscription != ProRata},
	})
	if err != nil {
		return err
	}
	share, err := money.MulDiv(l.MinPrincipal, int64(f.MaxShare), int64(money.One), money.Down)
	if err != nil {
		return err
	}
	return firstBad([]setting{
		{"funding.min_bid", f.MinBid < 1 || f.MinBid%f.BidStep != 0 || f.MinBid > l.MinPrincipal},
		{"funding.max_bid", f.MaxBid != 0 && f.MaxBid < f.MinBid},
		{"funding.max_share", share < f.MinBid},
		{"limits.min_principal", l.MinPrincipal%f.BidStep != 0},
		{"limits.principal_step", l.PrincipalStep%f.BidStep != 0},
	})
}

func (p *Product) validateLoan() error {
	err := firstBad([]setting{
		{"penalty_to", p.PenaltyTo != ToLenders && p.PenaltyTo != ToPlatform},
		{"late_fee_to", p.LateFeeTo != ToLenders && p.LateFeeTo != ToPlatform},
		{"loan.late_fee", p.Loan.LateFee > p.Limits.MaxPrincipal}, // or sums could leave int64
	})
	if err != nil {
		return err
	}
	return p.Loan.Validate()
}

// tryOut lays out and prices the largest and the smallest loans that the
// product allows, which finds what no single setting shows.
func (p *Product) tryOut() error {
	l := &p.Limits
	for _, method := range p.Methods {
		for _, principal := range []int64{l.MinPrincipal, l.MaxPrincipal} {
			for _, instalments := range []int{l.MinInstalments, l.MaxInstalments} {
				o := Offer{
					Principal: money.New(principal, p.Currency), Method: method,
					Instalments: instalments, StartOn: p.EffectiveOn,
				}
				for _, rate := range p.outermostRates() {
					if err := o.price(p, rate); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// outermostRates are the lowest and the highest rate of all grades.
func (p *Product) outermostRates() [2]money.Rate {
	lowest, highest := p.Grades[0].MinRate, p.Grades[0].MaxRate
	for _, g := range p.Grades {
		lowest, highest = min(lowest, g.MinRate), max(highest, g.MaxRate)
	}
	return [2]money.Rate{lowest, highest}
}

// Accepts refuses a request that the product does not serve. Refusals, with
// their fields: ErrPrincipal, ErrCurrency, ErrPurpose, ErrMethod,
// ErrInstalments, ErrFacts.
func (p *Product) Accepts(r *Request) error {
	l, minor := &p.Limits, r.Principal.Minor()
	switch {
	case r.Principal.Currency() != p.Currency:
		return ErrCurrency.In("principal").With("%s", p.Currency)
	case minor < l.MinPrincipal || minor > l.MaxPrincipal ||
		(minor-l.MinPrincipal)%l.PrincipalStep != 0:
		return ErrPrincipal.In("principal")
	case !slices.Contains(p.Purposes, r.Purpose):
		return ErrPurpose.In("purpose")
	case !slices.Contains(p.Methods, r.Method):
		return ErrMethod.In("method")
	case r.Instalments < l.MinInstalments || r.Instalments > l.MaxInstalments ||
		(r.Instalments-l.MinInstalments)%l.InstalmentStep != 0:
		return ErrInstalments.In("instalments")
	}
	return r.Facts.validate()
}

// distinct says whether the names are some, not too many, of a form, and no two
// are alike.
func distinct(names []string, most int, form *regexp.Regexp) bool {
	if len(names) == 0 || len(names) > most || hasTwins(names) {
		return false
	}
	for _, n := range names {
		if !form.MatchString(n) {
			return false
		}
	}
	return true
}

func hasTwins[T ~string](list []T) bool {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return len(slices.Compact(sorted)) < len(list)
}
