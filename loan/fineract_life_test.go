package loan

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"openlend/calendar"
)

// Whole scenarios of Apache Fineract (see ../../shared/data/README.md): a loan
// is disbursed, payments arrive on time, early, late, in part, too much, after
// their value date, are undone, and a payoff of unknown amount repays the rest.
// Compared are, after each step, how every live payment was allocated, the
// amount of the payoff, the state, what is overpaid and, for loans without
// interest, what is outstanding. A scenario is followed up to its first step
// that has no counterpart here (charges, tranches, re-ageing, rate changes).
//
// Mapping: the advanced payment allocation takes principal before interest,
// instalment by instalment; the other strategies are PenaltyFirst. A loan whose
// interest is recalculated uses a rest to prepay with the instalment unchanged,
// and what is overdue goes on bearing the contract rate, which here is a penalty
// of that rate: it is compared with their interest. A loan whose interest is not
// recalculated holds a rest.

// fineractDiffers names the scenarios in which Fineract differs by convention.
var fineractDiffers = map[string]string{
	// A payment before the due date is taken for the next instalment, which is
	// then not due any more. Here it prepays principal, or is held until then.
	"EMICalculation-Part1:362": earlyCounts,
	"EMICalculation-Part1:428": earlyCounts,
	"LoanRepayment-Part3:2061": earlyCounts,
	"LoanRepayment-Part3:2751": earlyCounts,
	"LoanRepayment-Part3:2920": earlyCounts,
	"LoanRepayment-Part3:3093": earlyCounts,
	"LoanRepayment-Part3:3235": earlyCounts,
	"LoanRepayment-Part4:399":  earlyCounts,
	"LoanReschedule:1026":      earlyCounts,
	// An early payment of less than the instalment, or one taken for the last
	// instalment, pays principal and leaves the interest to the day open. Here
	// prepaid principal always comes after it.
	"EMICalculation-Part2:739":    principalFirst,
	"EMICalculation-Part2:2715":   principalFirst,
	"EMICalculation-Part2:2898":   principalFirst,
	"EMICalculation-Part2:2996":   principalFirst,
	"EMICalculation-Part2:3167":   principalFirst,
	"EMICalculation-Part2:3237":   principalFirst,
	"EMICalculation-Part3:5":      principalFirst,
	"LoanContractTermination:727": principalFirst,
	"LoanDelinquency-Part2:163":   principalFirst,
	// Overdue principal goes on bearing contract interest, and the plan shifts
	// with it. Here it bears a penalty of the same rate, which is not in the plan.
	"LoanMigration:269":        overdueBears,
	"LoanRepayment-Part3:2481": overdueBears,
	"LoanRepayment-Part4:196":  overdueBears,
}

const (
	earlyCounts    = "an early payment counts as the instalment"
	principalFirst = "principal before interest in advance"
	overdueBears   = "overdue principal bears contract interest"
)

// TestFineractLife follows the scenarios of the copy in testdata. Every figure
// matches but for those of the scenarios named above.
func TestFineractLife(t *testing.T) {
	const matched, compared = 233, 300
	var file lifeFile
	readJSON(t, "testdata/fineract_life.json.gz", &file)
	var figures, misses int
	for _, s := range file.Scenarios {
		r := followFineract(t, &s, file.Products)
		figures += r.compared
		misses += len(r.misses)
		if why, known := fineractDiffers[s.ID]; known != (len(r.misses) > 0) || r.compared == 0 {
			t.Errorf("%s (%s): %d figures, known to differ: %q, missed:\n%s", s.ID, s.Title,
				r.compared, why, strings.Join(r.misses, "\n"))
		}
	}
	t.Logf("%d scenarios, %d differ; %d of %d figures match", len(file.Scenarios),
		len(fineractDiffers), figures-misses, figures)
	if figures != compared || figures-misses != matched {
		t.Errorf("%d of %d figures match, not %d of %d", figures-misses, figures, matched, compared)
	}
}

// TestFineractLifeWhole follows the whole file where it is at hand: scenarios
// that the copy has come to the same, others are reported.
func TestFineractLifeWhole(t *testing.T) {
	const path = "../../shared/data/loanmath/fineract_scenarios.json.gz"
	if _, err := os.Stat(path); err != nil {
		t.Skip("the whole file is not here")
	}
	var whole, file lifeFile
	readJSON(t, path, &whole)
	readJSON(t, "testdata/fineract_life.json.gz", &file)
	copied := map[string]*lifeScenario{}
	for i := range file.Scenarios {
		copied[file.Scenarios[i].ID] = &file.Scenarios[i]
	}
	for _, s := range whole.Scenarios {
		r := followFineract(t, &s, whole.Products)
		c := copied[s.ID]
		switch {
		case c != nil:
			want := followFineract(t, c, file.Products)
			if r.compared != want.compared || !slices.Equal(r.misses, want.misses) {
				t.Errorf("%s: %d figures, the copy has %d", s.ID, r.compared, want.compared)
			}
		case r.compared > 0:
			t.Logf("%s is not in the copy: %d of %d figures match", s.ID,
				r.compared-len(r.misses), r.compared)
		}
	}
}

// lifeFile is a file of whole scenarios.
type lifeFile struct {
	Products  map[string]map[string]any
	Scenarios []lifeScenario
}

type lifeScenario struct {
	ID, Title string
	Steps     []lifeStep
}

type lifeStep struct {
	Kind, Text, Date, Amount string
	Table                    json.RawMessage // its shape depends on the kind
}

func (s *lifeStep) rows(t *testing.T) []map[string]string {
	t.Helper()
	var rows []map[string]string
	if len(s.Table) > 0 {
		check(t, json.Unmarshal(s.Table, &rows))
	}
	return rows
}

// lifeRun follows one scenario.
type lifeRun struct {
	loan     fineractCase
	product  Product
	schedule Schedule
	events   []Event
	today    calendar.Date
	compared int
	misses   []string
}

// followFineract takes one step after the other up to the first that has no
// counterpart.
func followFineract(t *testing.T, s *lifeScenario, products map[string]map[string]any) *lifeRun {
	r := &lifeRun{}
	for i := range s.Steps {
		if !r.step(t, &s.Steps[i], products) {
			break
		}
	}
	return r
}

var (
	quotedDate = regexp.MustCompile(`"(\d+ \w+ \d+)"`)
	quotedNth  = regexp.MustCompile(`undo "(\d+)"th`)
	checkOnly  = regexp.MustCompile(`^[IO]n Loan Transactions`)
	ofPayment  = regexp.MustCompile(`[Rr]epayment|th transaction`)
	overpaid   = regexp.MustCompile(`^Loan has (\S+) overpaid amount$`)
	owing      = regexp.MustCompile(`^Loan has (\S+) outstanding amount$`)
	silent     = regexp.MustCompile(`^(Loan has|Loan's all|Admin checks|Admin set "|Global config|Loan details|Loan status has)|BusinessEvent`)
)

// step takes one step and says whether the next may follow.
func (r *lifeRun) step(t *testing.T, s *lifeStep, products map[string]map[string]any) bool {
	disbursed := len(r.events) > 0
	switch s.Kind {
	case "business_date":
		r.today = lifeDate(t, s.Date)
	case "create_loan":
		request := s.rows(t)[0]
		return r.agree(request, texts(products[request["LoanProduct"]]))
	case "create_default_loan":
		return r.agree(fineractDefaultLoan, texts(products["LP1"]))
	case "disburse":
		return !disbursed && r.disburse(t, s)
	case "create_client", "approve", "run_eod", "expect_totals", "expect_journal", "expect_charges",
		"expect_closed":
	case "expect_schedule":
		fresh := len(r.events) == 1 && r.today == r.schedule.Terms.Start
		return !fresh || r.scheduled(t, s.rows(t))
	case "repayment", "payoff", "transaction":
		known := s.Kind != "transaction" || strings.Contains(s.Text, `"REPAYMENT"`)
		return disbursed && known && r.pay(t, s)
	case "reverse":
		return disbursed && r.undo(t, s)
	case "expect_transactions":
		if disbursed {
			r.compareAllocations(t, s)
		}
	case "expect_status", "expect_outstanding", "":
		known := s.Kind != "" || silent.MatchString(s.Text)
		if disbursed && known {
			r.compareStanding(t, s)
		}
		return known
	default:
		return false
	}
	return true
}

// agree takes product and request; charges and down payments have no
// counterpart here, nor has a year of 365 days in months of 30.
func (r *lifeRun) agree(request, product map[string]string) bool {
	days := product["daysInYearType"] + "/" + product["daysInMonthType"]
	switch {
	case len(product) == 0, product["enableDownPayment"] == "true",
		strings.Contains(request["LoanProduct"], "_FEE_"),
		strings.HasSuffix(days, "/DAYS30") && days != "DAYS360/DAYS30":
		return false
	}
	r.loan = fineractCase{Product: product, Request: request}
	r.product = Product{Waterfall: PenaltyFirst, Rest: RestHold}
	rate := request["ANNUAL interest rate %"]
	if product["isInterestRecalculationEnabled"] == "true" || rate == "0" {
		r.product.Rest = RestShorter
	}
	if product["transactionProcessingStrategyCode"] == "ADVANCED_PAYMENT_ALLOCATION" {
		r.product.Waterfall = Waterfall{[6]Step{StepCosts, StepOverduePrincipal,
			StepOverdueInterest, StepPenalty, StepDuePrincipal, StepDueInterest}, ByInstalment}
	}
	return true
}

func (r *lifeRun) disburse(t *testing.T, s *lifeStep) bool {
	r.loan.Schedule = []fineractLine{{Date: s.Date, Balance: s.Amount}}
	terms := r.loan.terms(t)
	var err error
	r.schedule, err = NewSchedule(terms)
	spared := r.loan.Product["disallowInterestCalculationOnPastDue"] == "true"
	if r.product.Rest == RestShorter && !spared {
		r.product.Penalty.Rate = terms.AnnualRate
	}
	r.events = []Event{{ID: 1, Kind: EventDisbursed, ValueOn: terms.Start, Amount: terms.Principal}}
	return err == nil
}

// scheduled says whether the schedule of the fresh loan is reproduced; where it
// is not, the life of the loan cannot be compared (other tests count those).
func (r *lifeRun) scheduled(t *testing.T, rows []map[string]string) bool {
	if len(rows) != len(r.schedule.Instalments)+1 {
		return false
	}
	for i, in := range r.schedule.Instalments {
		row := rows[i+1]
		if row["Principal due"] != lifeDecimal(in.Principal) ||
			row["Interest"] != lifeDecimal(in.Interest) || lifeDate(t, row["Date"]) != in.DueOn {
			return false
		}
	}
	return true
}

func (r *lifeRun) replay(t *testing.T, on calendar.Date) Account {
	h := history{r.product, r.schedule, r.events, on}
	return h.replay(t)
}

func (r *lifeRun) pay(t *testing.T, s *lifeStep) bool {
	e := Event{ID: EventID(len(r.events) + 1), Kind: EventPaid, ValueOn: lifeDate(t, s.Date)}
	if s.Kind == "payoff" {
		a := r.replay(t, e.ValueOn)
		q, err := a.Payoff(r.product)
		if err != nil || q.Total == 0 {
			return false
		}
		e.Amount, e.Rest = eur(q.Total), RestShorter
	} else {
		e.Amount = eur(cents(t, s.Amount))
	}
	r.events = append(r.events, e)
	return true
}

// undo returns the payment that a text speaks of: the n-th repayment of all, or
// the n-th transaction of a day.
func (r *lifeRun) undo(t *testing.T, s *lifeStep) bool {
	if checkOnly.MatchString(s.Text) {
		return true // seen in the allocations
	}
	date := quotedDate.FindStringSubmatch(s.Text)
	if date == nil || !ofPayment.MatchString(s.Text) {
		return false
	}
	nth := 1
	if m := quotedNth.FindStringSubmatch(s.Text); m != nil {
		nth, _ = strconv.Atoi(m[1])
	}
	ofAll := strings.Contains(s.Text, "th repayment")
	for _, e := range r.events {
		if e.Kind != EventPaid || !ofAll && e.ValueOn != lifeDate(t, date[1]) {
			continue
		}
		if nth--; nth == 0 {
			r.events = append(r.events, Event{ID: EventID(len(r.events) + 1), Kind: EventReturned,
				ValueOn: e.ValueOn, Of: e.ID})
			return true
		}
	}
	return false
}

// compareAllocations compares every live payment, or those of one day, with the
// transactions shown.
func (r *lifeRun) compareAllocations(t *testing.T, s *lifeStep) {
	a := r.replay(t, r.today)
	var only calendar.Date
	if m := quotedDate.FindStringSubmatch(s.Text); m != nil {
		only = lifeDate(t, m[1])
	}
	var got []string
	for _, p := range a.Payments {
		if p.Returned || only != 0 && p.ValueOn != only {
			continue
		}
		var parts Parts
		for _, al := range a.Allocations {
			if al.Payment == p.ID {
				parts[al.Part] += al.Minor
			}
		}
		interest := parts[InterestPart] + parts[PenaltyPart]
		got = append(got, strings.Join([]string{p.ValueOn.String(), lifeDecimal(p.Amount),
			lifeDecimal(parts[PrincipalPart]), lifeDecimal(interest)}, " "))
	}
	var want []string
	for _, row := range s.rows(t) {
		if row["Transaction Type"] != "Repayment" || row["Reverted"] == "true" {
			continue
		}
		on := only
		if on == 0 {
			on = lifeDate(t, row["Transaction date"])
		}
		want = append(want, strings.Join(
			[]string{on.String(), row["Amount"], row["Principal"], row["Interest"]}, " "))
	}
	for i, w := range want {
		if i >= len(got) {
			r.compare("nothing", w)
		} else {
			r.compare(got[i], w)
		}
	}
}

// compareStanding compares the state, what is overpaid or what is outstanding.
func (r *lifeRun) compareStanding(t *testing.T, s *lifeStep) {
	a := r.replay(t, r.today)
	var over int64
	for _, p := range a.Payments {
		over += p.Rest
	}
	if s.Kind == "expect_status" {
		state := "ACTIVE"
		switch {
		case a.State == StateRepaid && over > 0:
			state = "OVERPAID"
		case a.State == StateRepaid:
			state = "CLOSED_OBLIGATIONS_MET"
		}
		r.compare(`Loan status will be "`+state+`"`, s.Text)
	}
	if m := overpaid.FindStringSubmatch(s.Text); m != nil {
		r.compare(lifeDecimal(over), lifeDecimal(cents(t, m[1])))
	}
	if m := owing.FindStringSubmatch(s.Text); m != nil && r.schedule.Terms.AnnualRate == 0 {
		r.compare(lifeDecimal(a.Outstanding), lifeDecimal(cents(t, m[1])))
	}
}

func (r *lifeRun) compare(got, want string) {
	r.compared++
	if got != want {
		r.misses = append(r.misses, "  got "+got+"\n want "+want)
	}
}

// lifeDate reads a date whose month may be short.
func lifeDate(t *testing.T, s string) calendar.Date {
	t.Helper()
	if d, err := time.Parse("2 Jan 2006", s); err == nil {
		return calendar.DateOf(d)
	}
	return fineractDate(t, s)
}

// lifeDecimal prints minor units as the tables do: 17.01, 16.9, 0.0.
func lifeDecimal(minor int64) string { return strings.TrimSuffix(eur(minor).Decimal(), "0") }
