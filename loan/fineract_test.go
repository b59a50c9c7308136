package loan

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"openlend/calendar"
	"openlend/money"
)

// This file maps the products and loan requests of Apache Fineract's end-to-end
// tests (Apache-2.0) to Terms, and their expected tables to instalments.

// fineractCase is one expected schedule with all that it depends on.
type fineractCase struct {
	ID, Title string
	Product   map[string]string `json:"product_params"`
	Request   map[string]string `json:"loan_request"`
	Schedule  []fineractLine
}

// fineractLine is a disbursement (no number, the amount as balance) or an
// instalment.
type fineractLine struct{ Nr, Date, Balance, Principal, Interest string }

// terms maps the loan without its down payment, which some products take back
// on the day of disbursement and show as a first line.
func (c fineractCase) terms(t *testing.T) Terms {
	t.Helper()
	multiple := cents(t, c.Product["installmentAmountInMultiplesOf"])
	terms := Terms{
		Principal:           c.disbursed(t),
		AnnualRate:          c.annualRate(t),
		Method:              EqualInstalments,
		DayCount:            c.dayCount(t),
		Interest:            PerPeriod,
		Start:               fineractDate(t, c.Schedule[0].Date),
		Every:               c.every(t),
		Instalments:         atoi(t, c.Request["numberOfRepayments"]),
		GracePrincipal:      atoi(t, c.Request["graceOnPrincipalPayment"]),
		GraceInterest:       atoi(t, c.Request["graceOnInterestPayment"]),
		InterestFreePeriods: atoi(t, c.Request["interest free period"]),
		InstalmentMultiple:  multiple,
	}
	switch {
	case c.Request["interest type"] == "FLAT":
		terms.Method = Flat
	case c.Request["amortization type"] == "EQUAL_PRINCIPAL_PAYMENTS":
		terms.Method = EqualPrincipal
	}
	if c.Request["interest calculation period"] == "DAILY" {
		terms.Interest = Daily
	}
	if c.hasDownPayment() {
		down, err := terms.Principal.MulDiv(25, 100, money.HalfEven)
		check(t, err)
		down, err = down.RoundTo(max(multiple, 1), money.HalfEven)
		check(t, err)
		terms.Principal, err = terms.Principal.Sub(down)
		check(t, err)
	}
	return terms
}

// hasDownPayment says whether the first instalment is due on the first day; all
// products that have one take 25 %.
func (c fineractCase) hasDownPayment() bool {
	return c.Product["enableDownPayment"] == "true" && c.Schedule[1].Date == c.Schedule[0].Date
}

func (c fineractCase) disbursed(t *testing.T) money.Amount {
	t.Helper()
	sum := int64(0)
	for _, line := range c.Schedule {
		if line.Nr == "" {
			sum += cents(t, line.Balance)
		}
	}
	return money.New(sum, money.EUR)
}

// annualRate reads the rate in per cent; a WHOLE_TERM product quotes it for the
// whole term, which is in months.
func (c fineractCase) annualRate(t *testing.T) money.Rate {
	t.Helper()
	r, err := money.ParseRate(c.Request["ANNUAL interest rate %"])
	check(t, err)
	if c.Request["interestRateFrequencyType"] == "WHOLE_TERM" {
		r = r * 12 / money.Rate(atoi(t, c.Request["loanTermFrequency"]))
	}
	return r / 100
}

// dayCount reads days in year and days in month. Fineract's older, cumulative
// schedules take an ACTUAL year as 365 days, leap or not.
func (c fineractCase) dayCount(t *testing.T) calendar.DayCount {
	t.Helper()
	year, month := c.Product["daysInYearType"], c.Product["daysInMonthType"]
	if year == "ACTUAL" && c.Product["loanScheduleType"] != "PROGRESSIVE" {
		year = "DAYS365"
	}
	switch year + "/" + month {
	case "ACTUAL/ACTUAL":
		return calendar.ActualActual
	case "DAYS360/DAYS30":
		return calendar.Thirty360US
	case "DAYS360/ACTUAL":
		return calendar.Actual360
	case "DAYS365/ACTUAL":
		return calendar.Actual365F
	}
	t.Fatalf("%s: no day count for %s/%s", c.ID, year, month)
	return ""
}

func (c fineractCase) every(t *testing.T) calendar.Period {
	t.Helper()
	unit := strings.ToLower(c.Request["repaymentFrequencyType"])
	p, err := calendar.ParsePeriod(c.Request["repaymentEvery"] + " " + unit)
	check(t, err)
	return p
}

// instalments returns the expected lines without disbursements and down payment.
func (c fineractCase) instalments(t *testing.T) []Instalment {
	t.Helper()
	var rows []Instalment
	down := c.hasDownPayment()
	for _, line := range c.Schedule {
		if line.Nr == "" {
			continue
		}
		if down {
			down = false
			continue
		}
		rows = append(rows, Instalment{
			Nr:        int32(len(rows) + 1),
			DueOn:     fineractDate(t, line.Date),
			Principal: cents(t, line.Principal),
			Interest:  cents(t, line.Interest),
			Balance:   cents(t, line.Balance),
		})
	}
	return rows
}

// sideBySide prints two schedules for a failure.
func sideBySide(got, want []Instalment) string {
	var b strings.Builder
	for i := range max(len(got), len(want)) {
		var g, w Instalment
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		fmt.Fprintf(&b, "  got %v want %v\n", g, w)
	}
	return b.String()
}

func fineractDate(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := time.Parse("2 January 2006", s)
	check(t, err)
	return calendar.DateOf(d)
}

// cents reads "8376.25"; what is left out or null is 0.
func cents(t *testing.T, s string) int64 {
	t.Helper()
	if s == "" || s == "null" {
		return 0
	}
	a, err := money.Parse(s, money.EUR)
	check(t, err)
	return a.Minor()
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	var n int
	_, err := fmt.Sscan(s, &n)
	check(t, err)
	return n
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	f, err := os.Open(path)
	check(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	check(t, err)
	check(t, json.NewDecoder(z).Decode(into))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
