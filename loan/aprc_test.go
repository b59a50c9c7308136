package loan_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/govalues/decimal"

	"openlend/calendar"
	"openlend/loan"
	"openlend/money"
)

// euExample is one example of "Examples for the calculation of the APRC"
// (European Commission, DG FISMA, 2015): its printed X, and tables whose rows
// end in cash flow and present value.
type euExample struct {
	Example int
	X       []json.Number `json:"X_pct"`
	Tables  []struct {
		Rows [][]any
		Sums [][]string
	}
}

func readEU(t *testing.T, path string) []euExample {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var data struct{ Examples []euExample }
	if err := json.NewDecoder(z).Decode(&data); err != nil {
		t.Fatal(err)
	}
	return data.Examples
}

// plan is what the consumer gets (negative) and pays, in cents by month.
type plan map[int]int64

func (p plan) pay(cents int64, from, to int) plan {
	for month := from; month <= to; month++ {
		p[month] += cents
	}
	return p
}

func drawn(cents int64) plan { return plan{0: -cents} }

func (p plan) flows() []loan.TimedFlow {
	var flows []loan.TimedFlow
	for month, cents := range p {
		years, err := decimal.MustNew(int64(month), 0).Quo(decimal.MustNew(12, 0))
		if err != nil {
			panic(err)
		}
		flows = append(flows, loan.TimedFlow{Years: years, Amount: decimal.MustNew(cents, 2)})
	}
	return flows
}

// amortise adds the payments of a credit: interest of rate/12 in ppb of a month
// on the balance, and the capital that the rule says; exact in 1e-12 cents,
// printed payments rounded half up to the cent as the tables do.
func amortise(p plan, balance float64, monthly float64, months int,
	capital func(month int, balance, interest float64) float64) plan {
	for month := 1; month <= months && balance > 0.005; month++ {
		interest := balance * monthly
		c := min(capital(month, balance, interest), balance)
		if month == months {
			c = balance
		}
		p[month] += int64((c+interest)*100 + 0.5)
		balance -= c
	}
	return p
}

// euPlans says, for each printed X, what the example's narrative says is paid.
// Variants of one example (its "illustrative APR") follow each other.
var euPlans = map[int][]func(e euExample) plan{
	1: {func(euExample) plan { return drawn(196_000_00).pay(1432_86, 1, 240) }},
	3: {func(euExample) plan { return drawn(196_000_00).pay(1449_53, 1, 240) }},
	5: {func(euExample) plan { return drawn(196_000_00).pay(1490_18, 1, 240) }},
	7: {func(euExample) plan {
		return drawn(196_000_00).pay(1199_10, 1, 180).pay(142_097_69, 180, 180)
	}},
	9: {func(e euExample) plan { // 3 % more each year: the yearly totals are printed
		p := drawn(196_000_00)
		for year := range 20 {
			p.pay(cents(column(e.Tables[0].Sums[year], 3))/12, 12*year+1, 12*year+12)
		}
		p[0] = -196_000_00
		return p.pay(1130_33-p[1], 1, 12) // the first year's total holds the fee
	}},
	11: {func(euExample) plan {
		return drawn(196_000_00).pay(1500_00, 1, 220).pay(407_70, 221, 221)
	}},
	13: {func(euExample) plan { return equalCapital() }},
	15: {func(euExample) plan { // 2 % of balance and interest, at least 300
		return amortise(drawn(196_000_00), 200_000, 0.005, 228,
			func(_ int, balance, interest float64) float64 {
				return max(0.02*(balance+interest), 300) - interest
			})
	}},
	17: {func(euExample) plan { // interest and 2 % of capital, at least 100
		return amortise(drawn(196_000_00), 200_000, 0.005, 180,
			func(_ int, balance, _ float64) float64 { return max(0.02*balance, 100) })
	}},
	19: {func(euExample) plan {
		p := equalCapital()
		for n := range 10 {
			p.pay(100_00, 1+24*n, 1+24*n)
		}
		return p
	}},
	21: {
		func(euExample) plan { return drawn(196_000_00).pay(1319_91, 1, 9).pay(1374_06, 10, 240) },
		func(euExample) plan { return drawn(196_000_00).pay(1319_91, 1, 9).pay(1530_61, 10, 240) },
	},
	23: {
		func(euExample) plan { return drawn(196_000_00).pay(1319_91, 1, 240) },
		func(euExample) plan { return drawn(196_000_00).pay(1319_91, 1, 9).pay(1578_43, 10, 240) },
	},
	25: {func(euExample) plan {
		return drawn(196_000_00).pay(1319_91, 1, 9).pay(1578_43, 10, 240)
	}},
	27: {func(euExample) plan { return drawn(166_600_00).pay(1217_93, 1, 240) }},
	29: {func(euExample) plan { return drawn(195_992_00).pay(1352_61, 1, 240) }},
	31: {cashFlowColumn(3), illustrativeColumn},
	33: {illustrativeColumn},
	35: {func(euExample) plan { return drawn(2940_00).pay(100_00, 3, 3).pay(3000_00, 12, 12) }},
	37: {cashFlowColumn(2)},
	39: {func(euExample) plan { return drawn(2940_00).pay(3132_09, 6, 6) }},
	41: {func(euExample) plan { return drawn(188_500_00).pay(200_000_00, 6, 6) }},
	43: {func(euExample) plan { // the fee a year before the drawdown
		return plan{-12: 150_00, 0: -29_550_00}.pay(356_11, 1, 120)
	}},
}

func equalCapital() plan {
	return amortise(drawn(196_000_00), 200_000, 0.005, 240,
		func(int, float64, float64) float64 { return 200_000.0 / 240 })
}

// cashFlowColumn takes the printed cash flows, so many columns from the right.
func cashFlowColumn(fromEnd int) func(euExample) plan {
	return func(e euExample) plan {
		p := plan{}
		for _, row := range e.Tables[0].Rows {
			p[int(row[0].(float64))] = -cents(row[len(row)-fromEnd].(string))
		}
		return p
	}
}

// illustrativeColumn takes the last column, the payments at the highest rate;
// its first row holds the fee of 600 alone.
func illustrativeColumn(e euExample) plan {
	p := drawn(30_000_00)
	for _, row := range e.Tables[0].Rows {
		p[int(row[0].(float64))] += cents(row[len(row)-1].(string))
	}
	return p
}

func column(row []string, fromEnd int) string { return row[len(row)-fromEnd] }

func cents(s string) int64 {
	a, err := money.Parse(s, money.EUR)
	if err != nil {
		panic(fmt.Sprintf("%q: %v", s, err))
	}
	return a.Minor()
}

// euLoose are the printed X that the document's own spreadsheet found with its
// IRR function, which stops when a step is below 0.00001 % a period: they are
// off by less than that, times the periods in a year. TestAPRCLooseX shows that they are off.
var euLoose = map[int]struct {
	periodsPerYear int64
	x              string // of the flows, from a bisection outside this project
	left           int64  // by the printed X, in millionths of a euro
}{
	33: {12, "12.625687", 302},
	35: {4, "5.583645", 653},
	37: {12, "16.991553", 970},
	39: {2, "13.494236", 63},
	41: {12, "12.573789", 503},
}

// TestAPRCExamples: every printed X to its six decimals of a percent, the five
// of euLoose to the accuracy of their spreadsheet.
func TestAPRCExamples(t *testing.T) {
	for _, file := range dataFiles(t, "eu_aprc_examples.json.gz") {
		examples := readEU(t, file)
		if len(examples) < 22 {
			t.Fatalf("%s: %d examples", file, len(examples))
		}
		for _, e := range examples {
			plans := euPlans[e.Example]
			if len(plans) != len(e.X) {
				t.Errorf("example %d prints %d X, not %d", e.Example, len(e.X), len(plans))
				continue
			}
			for n, x := range e.X {
				rate, err := loan.APRC(plans[n](e).flows())
				if err != nil {
					t.Errorf("example %d: %v", e.Example, err)
					continue
				}
				checkX(t, e.Example, decimal.MustNew(int64(rate), 7).Round(6), number(t, x))
			}
		}
	}
}

func checkX(t *testing.T, example int, got, printed decimal.Decimal) {
	t.Helper()
	loose, isLoose := euLoose[example]
	if !isLoose {
		if !got.Equal(printed) {
			t.Errorf("example %d: X = %v %%, printed %v %%", example, got, printed)
		}
		return
	}
	off, err := got.SubAbs(printed)
	if err != nil {
		t.Fatal(err)
	}
	accuracy := decimal.MustNew(2*loose.periodsPerYear, 5) // of the spreadsheet, in percent
	if !got.Equal(dec(loose.x)) || accuracy.Less(off) {
		t.Errorf("example %d: X = %v %%, printed %v %%", example, got, printed)
	}
}

// TestAPRCLooseX shows that it is the printed X of euLoose that is off: put into
// the document's equation with the flows it prints, it leaves 63 to 970 millionths
// of a euro where ours leaves at most two, and no X that rounds to it leaves none.
//
// No rounding of payments explains it. 35 and 41 have nothing but whole euros of
// capital and fees; 41 can be done by hand: (200000/188500)^2 - 1 = 12.5737886 %,
// printed as 12.573788. Payments left unrounded give 12.625729, 16.991672 and
// 13.494377 for 33, 37 and 39, which is further off.
func TestAPRCLooseX(t *testing.T) {
	const halfDigit, ours = 0.5e-8, 2
	tested := 0
	for _, e := range readEU(t, "testdata/eu_aprc_examples.json.gz") {
		loose, isLoose := euLoose[e.Example]
		if !isLoose {
			continue
		}
		tested++
		p := euPlans[e.Example][0](e)
		printed := float(t, number(t, e.X[0])) / 100
		if left := math.Round(p.left(printed)); left != float64(loose.left) {
			t.Errorf("example %d: the printed X leaves %v", e.Example, left)
		}
		if p.left(printed+halfDigit) <= 0 { // what is left falls with X
			t.Errorf("example %d: an X that rounds to the printed one may solve it", e.Example)
		}
		rate, err := loan.APRC(p.flows())
		if left := p.left(float64(rate) / 1e9); err != nil || math.Abs(left) > ours {
			t.Errorf("example %d: ours leaves %v, %v", e.Example, left, err)
		}
	}
	if tested != len(euLoose) {
		t.Errorf("%d examples were tested", tested)
	}
}

// left is what the equation leaves over at X, in millionths of a euro: the
// present value of what is paid less that of what is drawn.
func (p plan) left(x float64) float64 {
	sum := 0.0
	for month, cents := range p {
		sum += float64(cents) * 1e4 * math.Pow(1+x, -float64(month)/12)
	}
	return sum
}

// TestAPRCPlansArePrinted: what the narratives make the consumer pay stands in
// the printed rows of the same month.
func TestAPRCPlansArePrinted(t *testing.T) {
	notMonthly := map[int]bool{35: true, 39: true, 43: true} // quarters, half-year, shifted
	rows := 0
	for _, e := range readEU(t, "testdata/eu_aprc_examples.json.gz") {
		if len(e.Tables) == 0 || notMonthly[e.Example] {
			continue
		}
		for n, p := range euPlans[e.Example] {
			p := p(e)
			for _, row := range e.Tables[0].Rows {
				month := int(row[0].(float64))
				amount := money.New(max(p[month], -p[month]), money.EUR).Decimal()
				if !slices.Contains(row, any(amount)) && n == 0 {
					t.Errorf("example %d month %d: %s is not in %v", e.Example, month, amount, row)
				}
				rows++
			}
		}
	}
	if rows < 200 {
		t.Errorf("only %d rows were compared", rows)
	}
}

// TestAPRCByDate: the first example on dates. X to more digits, by a bisection
// in forty decimals: 0.0643441248879.
func TestAPRCByDate(t *testing.T) {
	start := calendar.MustParseDate("2015-01-01")
	for _, start := range []calendar.Date{start, start.Days(30)} { // and 31 January: short months
		flows := []loan.DatedFlow{{On: start, Amount: dec("-196000.00")}}
		for month := 1; month <= 240; month++ {
			flows = append(flows, loan.DatedFlow{On: start.AddMonths(month), Amount: dec("1432.86")})
		}
		rate, err := loan.APRCByDate(flows)
		if err != nil || rate != 64_344_125 {
			t.Errorf("from %v: %v, %v; want 0.064344125", start, rate, err)
		}
	}
}

// TestAPRCYears shows how dates are measured, by what makes 1 into 1.01:
// then 1 + X is the 1/years-th power of that.
func TestAPRCYears(t *testing.T) {
	for _, c := range []struct {
		drawdown, on string
		years        float64
		why          string
	}{
		{"2015-01-01", "2015-02-01", 1.0 / 12, "a whole month"},
		{"2015-01-01", "2020-01-01", 5, "whole years, leap or not"},
		{"2015-01-15", "2015-03-20", 2.0/12 + 5.0/365, "months back to 20 January, then 5 days"},
		{"2015-01-01", "2015-01-02", 1.0 / 365, "a day"},
		{"2016-02-20", "2016-03-05", 14.0 / 366, "29 February among the days"},
		{"2016-02-29", "2016-03-05", 5.0 / 365, "the day of the drawdown is left out"},
		{"2016-01-20", "2016-03-05", 1.0/12 + 16.0/365, "the odd days lie next to the drawdown"},
		{"2016-03-05", "2016-03-20", 15.0 / 365, "29 February is not among them"},
		{"2015-01-31", "2015-02-28", 1.0 / 12, "month ends are a month apart"},
		{"2015-01-31", "2016-02-29", 13.0 / 12, "month ends, 13 months"},
		{"2015-01-30", "2015-03-01", 1.0/12 + 2.0/365, "back to 1 February, then 2 days"},
		{"2015-12-30", "2016-01-02", 3.0 / 365, "over the new year"},
	} {
		rate, err := loan.APRCByDate([]loan.DatedFlow{
			{On: calendar.MustParseDate(c.on), Amount: dec("1.01")},
			{On: calendar.MustParseDate(c.drawdown), Amount: dec("-1")},
		})
		want := math.Pow(1.01, 1/c.years) - 1
		if got := float64(rate) / 1e9; err != nil || math.Abs(got-want) > 1e-9*(1+want) {
			t.Errorf("%s to %s (%s): X %v, %v; want %v", c.drawdown, c.on, c.why, got, err, want)
		}
	}
}

func TestAPRCRefusals(t *testing.T) {
	day := calendar.MustParseDate("2015-01-01")
	rate, err := loan.APRCByDate(nil)
	checkRefusal(t, "no flows", rate, err, "loan.no_root", "")
	rate, err = loan.APRCByDate([]loan.DatedFlow{{day, dec("1")}, {day + 30, dec("1")}})
	checkRefusal(t, "no drawdown", rate, err, "loan.no_root", "")
	rate, err = loan.APRCByDate([]loan.DatedFlow{{day, dec("-1")}, {day + 1, dec("1.07")}})
	checkRefusal(t, "past nine decimals", rate, err, "money.overflow", "")
}
