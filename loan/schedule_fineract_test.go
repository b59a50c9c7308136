package loan

import (
	"math/big"
	"slices"
	"testing"

	"openlend/calendar"
	"openlend/money"
)

// fineractStories are the tables among the initial schedules that are not the
// plan of a loan on its first day, or that depend on something the product
// parameters do not say. What happened is in the scenario of the same id; told
// to the test, it makes these tables come out to the cent too.
var fineractStories = map[string]fineractStory{
	// Taken on a later day with instalments overdue, by products that go on
	// charging interest on overdue principal ("interest recalculation").
	"EMICalculation-Part3:1483":    {unpaidUntil: "2025-01-21"},
	"EMICalculation-Part3:1538":    {unpaidUntil: "2025-01-21"},
	"LoanRepayment-Part4:196":      {unpaidUntil: "2026-02-23"},
	"LoanRepayment-Part4:399":      {unpaidUntil: "2026-02-23"},
	"LoanChargesDisbursement:1946": {unpaidUntil: "2024-03-01"},
	"Loan-Part3:2760":              {unpaidUntil: "2024-03-10"},
	"LoanMigration:209":            {unpaidUntil: "2025-04-10"},
	"LoanMigration:269":            {unpaidUntil: "2025-04-10"},
	"LoanMigration:545":            {unpaidUntil: "2025-04-10"},
	"LoanMigration:778":            {unpaidUntil: "2025-04-10"},
	"LoanMigration:1126":           {unpaidUntil: "2025-04-10"},
	"LoanMigration:1545":           {unpaidUntil: "2025-04-10"},
	"LoanMigration:1798":           {unpaidUntil: "2025-04-10"},
	// Taken after an interest pause was agreed, its first and last day.
	"LoanInterestPause:635": {pausedFrom: "2025-04-15", pausedTo: "2025-04-25"},
	"LoanInterestPause:903": {pausedFrom: "2025-04-10", pausedTo: "2025-05-05"},
	"LoanInterestPause:992": {pausedFrom: "2025-04-15", pausedTo: "2025-04-25"},
	// A second part of the loan is disbursed on the first due date.
	"EMICalculation-Part3:1996": {secondPart: "200.00"},
	"EMICalculation-Part3:2156": {secondPart: "300.00"},
	// FEB_29_PERIOD_ONLY: a year has 366 days for the period with 29 February.
	"EMICalculation-Part3:1816": {feb29Only: true},
	"EMICalculation-Part3:1841": {feb29Only: true},
	"EMICalculation-Part3:1864": {feb29Only: true},
	"EMICalculation-Part3:1889": {feb29Only: true},
	// A fixed length of the loan moves the last due date.
	"Loan-Part3:2125": {lastDue: "2024-03-12"},
	"Loan-Part3:2244": {lastDue: "2024-09-01"},
}

// fineractMisses are the tables that no schedule of ours shows, and why.
var fineractMisses = map[string]string{
	"LoanChargesDisbursement:1102": "its balances count a second part of 30.00 that " +
		"was never disbursed and is in no instalment",
	"LoanContractTermination:1389": "the contract was terminated on its first day: one " +
		"line, all principal",
	"LoanContractTermination:1501": "re-aged four times before the table was taken",
	"LoanReAging-Part1:679":        "re-aged: overdue instalments emptied and planned anew",
	"LoanReAmortization-Part1:95":  "re-amortised: the overdue part moved to later instalments",
	"LoanReAmortization-Part1:197": "re-amortised: the overdue part moved to later instalments",
	"LoanReAmortization-Part1:471": "re-amortised: the overdue part moved to later instalments",
}

func TestFineractInitialSchedules(t *testing.T) {
	var file struct{ Cases []fineractCase }
	readJSON(t, "testdata/fineract_initial_schedules.json.gz", &file)
	fresh, retold := 0, 0
	for _, c := range file.Cases {
		terms, want := c.terms(t), c.instalments(t)
		s, err := NewSchedule(terms)
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
			continue
		}
		got := s.Instalments
		story, hasStory := fineractStories[c.ID]
		_, missing := fineractMisses[c.ID]
		equal := slices.Equal(got, want)
		switch {
		case equal && (hasStory || missing):
			t.Errorf("%s: equal after all, take it from the table", c.ID)
		case equal:
			fresh++
		case hasStory:
			if got = story.tell(t, terms); slices.Equal(got, want) {
				retold++
				continue
			}
			fallthrough
		case !missing:
			t.Errorf("%s %s\n%s", c.ID, c.Title, sideBySide(got, want))
		}
	}
	t.Logf("of %d tables %d are NewSchedule to the cent, %d more with their story told",
		len(file.Cases), fresh, retold)
	if 100*(fresh+retold) < 95*len(file.Cases) {
		t.Errorf("under 95 %%")
	}
}

// fineractStory is what happened to a loan, or was agreed beyond its terms,
// before its table was taken.
type fineractStory struct {
	unpaidUntil          string
	pausedFrom, pausedTo string
	secondPart           string
	feb29Only            bool
	lastDue              string
}

func (s fineractStory) tell(t *testing.T, terms Terms) []Instalment {
	t.Helper()
	switch {
	case s.secondPart != "":
		return s.inTwoParts(t, terms)
	case s.feb29Only || s.lastDue != "":
		return s.otherPeriods(t, terms)
	}
	return s.dayByDay(t, terms)
}

// inTwoParts pays the first instalment of the first part, then plans the rest
// together with the second part.
func (s fineractStory) inTwoParts(t *testing.T, terms Terms) []Instalment {
	t.Helper()
	second := cents(t, s.secondPart)
	terms.Principal = money.New(terms.Principal.Minor()-second, money.EUR)
	whole, err := NewSchedule(terms)
	check(t, err)
	rows := whole.Instalments[:1]
	terms.Principal = money.New(rows[0].Balance+second, money.EUR)
	terms.Start = rows[0].DueOn
	terms.Instalments--
	rest, err := NewSchedule(terms)
	check(t, err)
	for _, row := range rest.Instalments {
		row.Nr++
		rows = append(rows, row)
	}
	return rows
}

// otherPeriods lays out the loan over periods that are measured or end
// otherwise than its terms say.
func (s fineractStory) otherPeriods(t *testing.T, terms Terms) []Instalment {
	t.Helper()
	ps, err := terms.periods(nil)
	check(t, err)
	from := terms.Start
	for i, p := range ps {
		if s.lastDue != "" && i == len(ps)-1 {
			ps[i].dueOn = calendar.MustParseDate(s.lastDue)
		}
		if s.feb29Only {
			time := calendar.Fraction{Num: int64(p.dueOn.Sub(from)), Den: 365}
			if feb29Within(from, p.dueOn) {
				time.Den = 366
			}
			ps[i].factor, err = factorFor(terms.AnnualRate, time)
			check(t, err)
		}
		from = p.dueOn
	}
	rows := make([]Instalment, len(ps))
	check(t, terms.layOut(rows, ps))
	return rows
}

func feb29Within(from, to calendar.Date) bool {
	for d := from + 1; d <= to; d++ {
		if _, month, day := d.Civil(); month == 2 && day == 29 {
			return true
		}
	}
	return false
}

// dayByDay keeps the planned instalment and sums the interest of every day:
// none while paused, and on the whole principal while nothing was paid.
func (s fineractStory) dayByDay(t *testing.T, terms Terms) []Instalment {
	t.Helper()
	plan, err := NewSchedule(terms)
	check(t, err)
	instalment := plan.Instalments[0].Total()
	balance, from := terms.Principal.Minor(), terms.Start
	rows := plan.Instalments
	for i, row := range rows {
		interest := new(big.Rat)
		for day := from + 1; day <= row.DueOn; day++ {
			if s.paused(t, day) {
				continue
			}
			bearing := balance
			if s.unpaidUntil != "" && day <= calendar.MustParseDate(s.unpaidUntil) {
				bearing = terms.Principal.Minor()
			}
			daily := new(big.Rat).Mul(big.NewRat(bearing, 1), dayRate(terms, from, row.DueOn, day))
			interest.Add(interest, daily)
		}
		row.Interest = roundHalfEven(interest)
		row.Principal = instalment - row.Interest
		if i == len(rows)-1 {
			row.Principal = balance
		}
		balance -= row.Principal
		row.Balance = balance
		rows[i], from = row, row.DueOn
	}
	return rows
}

func (s fineractStory) paused(t *testing.T, day calendar.Date) bool {
	t.Helper()
	return s.pausedFrom != "" && day >= calendar.MustParseDate(s.pausedFrom) &&
		day <= calendar.MustParseDate(s.pausedTo)
}

// dayRate is the rate of one day of a period: under 30/360 an equal part of the
// period's, else by the day count.
func dayRate(terms Terms, from, to, day calendar.Date) *big.Rat {
	time := terms.DayCount.Fraction(day-1, day)
	if terms.thirty() {
		time = terms.years(from, to, 1)
		time.Den *= int64(to.Sub(from))
	}
	return new(big.Rat).Mul(
		big.NewRat(int64(terms.AnnualRate), int64(money.One)), big.NewRat(time.Num, time.Den))
}

// roundHalfEven rounds a sum >= 0.
func roundHalfEven(r *big.Rat) int64 {
	q, rem := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	switch rem.Lsh(rem, 1).Cmp(r.Denom()) {
	case 1:
		return q.Int64() + 1
	case 0:
		return q.Int64() + q.Int64()&1
	}
	return q.Int64()
}
