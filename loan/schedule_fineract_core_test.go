package loan

import (
	"math"
	"slices"
	"strings"
	"testing"

	"openlend/calendar"
	"openlend/money"
)

// fineractPaid are the core cases whose first table was taken after payments,
// and what was paid. All are of Fineract's older, cumulative products with
// interest recalculated by the day.
var fineractPaid = map[string]struct {
	replays bool // Replay makes the table too
	story   string
}{
	"LoanRepayment-Part1:606": {true, "863.00 on the first due date, one euro too much"},
	"LoanRepayment-Part1:678": {true, "200.00 on the first due date, too little"},
	"LoanRepayment-Part1:750": {true, "1,500.00 on the first due date: the rest is smaller"},
	"LoanRepayment-Part1:582": {false, "862.00 with three instalments overdue; interest " +
		"on their interest"},
	"LoanRepayment-Part1:630": {false, "863.00 four days before the first due date, all of " +
		"it principal"},
	"LoanRepayment-Part1:726": {false, "200.00 four days after the first due date; interest " +
		"on what was overdue is inside the next instalment"},
	"LoanRepayment-Part1:1055": {false, "1,000.00 and 2,000.00 on the first two due dates: " +
		"the next two ask for less"},
}

// TestFineractCoreCases: 21 first tables are the plan of NewSchedule. 7 follow
// from the payments made before, by the rules of their products (read off these
// tables); 3 of them are also what Replay makes of the plan, once the instalment
// is given.
func TestFineractCoreCases(t *testing.T) {
	var file struct {
		Products  map[string]map[string]any
		Scenarios []fineractScenario
	}
	readJSON(t, "testdata/fineract_core_cases.json.gz", &file)
	for _, scenario := range file.Scenarios {
		c := scenario.firstSchedule(t, file.Products)
		terms, want := c.terms(t), c.instalments(t)
		s, err := NewSchedule(terms)
		check(t, err)
		got := s.Instalments
		if paid, after := fineractPaid[c.ID]; after {
			if slices.Equal(got, want) {
				t.Errorf("%s: equal without its payments, take it from the table", c.ID)
			}
			l := fineractPaidLoan{terms, c.Product, scenario.payments(t)}
			got = l.replayed(t)
			if slices.Equal(got, want) != paid.replays {
				t.Errorf("%s, %s: replays %v\n%s", c.ID, paid.story, !paid.replays,
					sideBySide(got, want))
			}
			got = l.retold(t)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s %s\n%s", c.ID, c.Title, sideBySide(got, want))
		}
	}
	if len(file.Scenarios) != 28 {
		t.Errorf("%d cases, want 28", len(file.Scenarios))
	}
}

// fineractPaidLoan is a loan of those products with the payments made before
// its table was taken.
type fineractPaidLoan struct {
	Terms
	product  map[string]string
	payments []Event
}

// instalment is what those products ask for: the level payment of periods of 30
// days in a year of 365, however long they are, and never adjusted.
func (l fineractPaidLoan) instalment(t *testing.T, balance int64, periods int) int64 {
	t.Helper()
	f, err := factorFor(l.AnnualRate, calendar.Fraction{Num: 30, Den: 365})
	check(t, err)
	payment, err := levelPayment(balance, slices.Repeat([]period{{factor: f}}, periods))
	check(t, err)
	payment, err = l.toMultiple(payment)
	check(t, err)
	return payment
}

// replayed is the plan in force after the payments, the first one being agreed
// with the instalment that the product asks for.
func (l fineractPaidLoan) replayed(t *testing.T) []Instalment {
	t.Helper()
	ps, err := l.periods(nil)
	check(t, err)
	plan := make([]Instalment, len(ps))
	check(t, l.layOnBalance(plan, ps, l.instalment(t, l.Principal.Minor(), len(ps))))
	product := Product{Waterfall: PenaltyFirst}
	if l.product["rescheduleStrategyMethod"] == "REDUCE_EMI_AMOUNT" {
		product.Rest = RestSmaller
	}
	disbursed := Event{ID: 1, Kind: EventDisbursed, ValueOn: l.Start, Amount: l.Principal}
	h := history{product, Schedule{l.Terms, plan}, append([]Event{disbursed}, l.payments...),
		l.payments[len(l.payments)-1].ValueOn}
	versions := h.replay(t).Versions
	return versions[len(versions)-1].Instalments
}

// retold lays the loan out by the rules of those products, which are not ours:
//   - a payment before the due date is principal at once, and the instalment
//     still asks for the interest;
//   - what is overdue, with its interest when that is compounded, bears interest
//     in the period in which a payment comes, up to that day; the instalment does
//     not grow by it, so less of it is principal;
//   - principal paid beyond an instalment makes the rest smaller, or with
//     RESCHEDULE_NEXT_REPAYMENTS takes the place of the principal due next.
//
// Interest is rounded for each stretch of days with one balance.
func (l fineractPaidLoan) retold(t *testing.T) []Instalment {
	t.Helper()
	rows := make([]Instalment, l.Instalments)
	balance, payments := l.Principal.Minor(), l.payments
	instalment := l.instalment(t, balance, len(rows))
	var overdue, ahead int64
	for i := range rows {
		row := &rows[i]
		row.Nr, row.DueOn = int32(i+1), l.dueOn(i+1)
		since, repaid, onDue := l.dueOn(i), int64(0), int64(0)
		for ; len(payments) > 0 && payments[0].ValueOn <= row.DueOn; payments = payments[1:] {
			on, minor := payments[0].ValueOn, payments[0].Amount.Minor()
			if on == row.DueOn {
				onDue += minor
				continue
			}
			row.Interest += l.interest(t, balance-repaid+overdue, since, on)
			since = on
			if overdue == 0 {
				repaid += minor
			}
		}
		row.Interest += l.interest(t, balance-repaid, since, row.DueOn)
		skipped := min(ahead, instalment-row.Interest)
		ahead -= skipped
		row.Principal = instalment - row.Interest - skipped
		repaid += max(0, onDue-row.Interest)
		extra := max(0, repaid-row.Principal)
		row.Principal += extra
		if i == len(rows)-1 {
			row.Principal = balance
		}
		balance -= row.Principal
		row.Balance = balance
		switch {
		case repaid == 0:
			overdue += row.Principal
			if l.product["interestRecalculationCompoundingMethod"] == "INTEREST" {
				overdue += row.Interest
			}
		case l.product["rescheduleStrategyMethod"] == "RESCHEDULE_NEXT_REPAYMENTS":
			ahead += extra
		case extra > 0:
			instalment = l.instalment(t, balance, len(rows)-i-1)
		}
	}
	return rows
}

func (l fineractPaidLoan) interest(
	t *testing.T, balance int64, from, to calendar.Date,
) int64 {
	t.Helper()
	f, err := factorFor(l.AnnualRate, l.DayCount.Fraction(from, to))
	check(t, err)
	interest, err := f.on(balance)
	check(t, err)
	return interest
}

// fineractScenario is a whole story told in steps.
type fineractScenario struct {
	ID, Title string
	Steps     []struct {
		Kind, Date, Amount string
		Table              []map[string]string
	}
}

// firstSchedule returns the loan of a scenario with the first table it expects.
func (s fineractScenario) firstSchedule(
	t *testing.T, products map[string]map[string]any,
) fineractCase {
	t.Helper()
	c := fineractCase{ID: s.ID, Title: s.Title}
	for _, step := range s.Steps {
		switch step.Kind {
		case "create_loan":
			c.Request = step.Table[0]
			c.Product = texts(products[c.Request["LoanProduct"]])
		case "create_default_loan":
			c.Request = fineractDefaultLoan
			c.Product = texts(products["LP1"])
		case "expect_schedule":
			for _, line := range step.Table {
				c.Schedule = append(c.Schedule, fineractLine{line["Nr"], line["Date"],
					line["Balance of loan"], line["Principal due"], line["Interest"]})
			}
			return c
		}
	}
	t.Fatalf("%s expects no schedule", s.ID)
	return c
}

// payments returns the payments of a scenario before its first table.
func (s fineractScenario) payments(t *testing.T) []Event {
	t.Helper()
	var events []Event
	for _, step := range s.Steps {
		switch step.Kind {
		case "repayment":
			events = append(events, Event{ID: EventID(len(events) + 2), Kind: EventPaid,
				ValueOn: fineractDate(t, step.Date), Amount: eur(cents(t, step.Amount))})
		case "expect_schedule":
			return events
		}
	}
	return events
}

// fineractDefaultLoan is what "a new default Loan" asks of the product LP1.
var fineractDefaultLoan = map[string]string{
	"ANNUAL interest rate %": "0", "numberOfRepayments": "1", "repaymentEvery": "30",
	"repaymentFrequencyType": "DAYS", "graceOnPrincipalPayment": "0",
	"graceOnInterestPayment": "0", "interest free period": "0",
}

// texts keeps the parameters that are text; a few are lists of rules.
func texts(product map[string]any) map[string]string {
	m := make(map[string]string, len(product))
	for k, v := range product {
		if s, ok := v.(string); ok {
			m[k] = s
		}
	}
	return m
}

// TestFineractEMIUnit repeats the rows of Fineract's calculator tests that show
// a fresh loan with regular periods: one disbursement and nothing after it.
func TestFineractEMIUnit(t *testing.T) {
	var file struct {
		Cases []struct {
			Test        string
			Rate        float64 `json:"annual_rate_pct"`
			DaysInYear  string  `json:"days_in_year"`
			Every       int
			Frequency   string
			Periods     [][]any
			Amounts     []string `json:"amounts_in_order"`
			Calls       []string
			ExpectedRow [][]float64 `json:"expected_rows"`
		}
	}
	readJSON(t, "testdata/fineract_emi_unit.json.gz", &file)
	tested := 0
	for _, c := range file.Cases {
		if len(c.Calls) != 2 || len(c.ExpectedRow) == 0 || strings.HasSuffix(c.Test, "_reschedule") {
			continue
		}
		tested++
		unit := calendar.Unit(strings.TrimSuffix(strings.ToLower(c.Frequency), "s"))
		s, err := NewSchedule(Terms{
			Principal:   money.New(cents(t, c.Amounts[0]), money.EUR),
			AnnualRate:  money.Rate(math.Round(c.Rate * 1e7)),
			Method:      EqualInstalments,
			DayCount:    calendar.Thirty360US,
			Interest:    PerPeriod, // 14 of 364 days are two weeks of 52
			Start:       calendar.MustParseDate(c.Periods[0][1].(string)),
			Every:       calendar.Period{N: c.Every, Unit: unit},
			Instalments: len(c.Periods),
		})
		check(t, err)
		for _, row := range c.ExpectedRow { // the last row of a period stands
			n := len(row)
			got := s.Instalments[int(row[0])]
			for name, pair := range map[string][2]float64{
				"total":     {float64(got.Total()), row[2]},
				"principal": {float64(got.Principal), row[n-2]},
				"balance":   {float64(got.Balance), row[n-1]},
			} {
				if pair[0] != math.Round(100*pair[1]) {
					t.Errorf("%s: %d. %s %v, want %v", c.Test, got.Nr, name, pair[0], pair[1])
				}
			}
		}
	}
	if tested != 3 {
		t.Errorf("%d cases are of fresh loans, want 3", tested)
	}
}
