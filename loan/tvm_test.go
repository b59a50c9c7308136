package loan_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"openlend/calendar"
	"openlend/loan"
)

// TestSpreadsheetFunctions runs every row of excel_functions.csv whose function
// this package has: the expression text is read and evaluated with it. The
// other rows (dates, bonds, rounding) belong to others.
func TestSpreadsheetFunctions(t *testing.T) {
	for _, file := range dataFiles(t, "excel_functions.csv") {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, row := range rows[1:] {
			if spreadsheet()[row[0]] == nil {
				continue
			}
			checkExpression(t, row[1], row[2])
			checked++
		}
		if checked < 25 {
			t.Errorf("%s: only %d rows are of this package", file, checked)
		}
	}
}

// TestSpreadsheetFormulas: rows from the functions' own documentation
// (support.microsoft.com), payments in advance, zero rates and guesses.
func TestSpreadsheetFormulas(t *testing.T) {
	for expression, expected := range map[string]string{
		"PMT(8%/12,10,10000)":                   "-1037.032089",
		"PMT(8%/12,10,10000,0,1)":               "-1030.164327",
		"PMT(6%/12,18*12,0,50000)":              "-129.0811609",
		"PMT(0,8,0,5000,1)":                     "-625",
		"IPMT(10%/12,1,3*12,8000)":              "-66.66666667",
		"IPMT(10%,3,3,8000)":                    "-292.4471299",
		"IPMT(10%/12,1,36,8000,0,1)":            "0",
		"PPMT(10%/12,1,2*12,2000)":              "-75.62318601",
		"PPMT(8%,10,10,200000)":                 "-27598.05346",
		"CUMIPMT(9%/12,30*12,125000,13,24,0)":   "-11135.23213",
		"CUMIPMT(9%/12,30*12,125000,1,1,0)":     "-937.5",
		"CUMPRINC(9%/12,30*12,125000,13,24,0)":  "-934.1071234",
		"CUMPRINC(9%/12,30*12,125000,1,1,0)":    "-68.27827118",
		"NPER(12%/12,-100,-1000,10000,1)":       "59.6738657",
		"NPER(12%/12,-100,-1000,10000)":         "60.0821229",
		"NPER(12%/12,-100,-1000)":               "-9.57859404",
		"NPER(0,-100,1000)":                     "10",
		"PV(8%/12,12*20,500)":                   "-59777.14585",
		"FV(6%/12,10,-200,-500,1)":              "2581.403374",
		"FV(0,10,-200,-500)":                    "2500",
		"RATE(4*12,-200,8000)":                  "0.007701472",
		"RATE(12,-100,1200)":                    "0",
		"EFFECT(5.25%,4)":                       "0.053542667",
		"NOMINAL(5.3543%,4)":                    "0.052500319",
		"IRR({-70000,12000,15000,18000,21000})": "-0.021244848",
		"IRR({-70000,12000,15000},-10%)":        "-0.443506941",
		"NPV(10%,-10000,3000,4200,6800)":        "1188.443412",
		"XNPV(0.09,-10000@2008-01-01,2750@2008-03-01,4250@2008-10-30,3250@2009-02-15,2750@2009-04-01)": "2086.647602",
		"MIRR({-120000,39000,30000,21000,37000,46000},10%,12%)":                                        "0.126094",
	} {
		checkExpression(t, expression, expected)
	}
}

func checkExpression(t *testing.T, expression, expected string) {
	t.Helper()
	p := &formula{text: expression}
	got, err := p.sum()
	switch {
	case err == nil && p.text != "":
		t.Errorf("%s: cannot read %q", expression, p.text)
	case err != nil:
		t.Errorf("%s: %v", expression, err)
	case len(got.list) != 0 || !near(expression, got.number, expected):
		t.Errorf("%s = %v, want %s", expression, got.number, expected)
	}
}

// near allows a billionth, one unit of the last decimal that is printed (some
// tables cut instead of rounding), and 1e-8 where the table's own solver stopped.
func near(expression string, got float64, expected string) bool {
	want, err := strconv.ParseFloat(expected, 64)
	if err != nil {
		return false
	}
	allowed := 1e-9 * math.Abs(want)
	if _, decimals, ok := strings.Cut(expected, "."); ok {
		allowed = max(allowed, 1.001*math.Pow(10, -float64(len(decimals))))
	}
	if function, _, _ := strings.Cut(expression, "("); strings.HasSuffix(function, "IRR") {
		allowed = max(allowed, 1e-8)
	}
	return math.Abs(got-want) <= allowed
}

// value is what a part of a formula is: a number, a list, or money on a day.
type value struct {
	number float64
	list   []value
	on     calendar.Date
}

// formula reads what stands in the table: numbers, percents, + - * / and
// brackets, {lists}, amount@date, TRUE and FALSE, and the functions.
type formula struct{ text string }

func (p *formula) take(token string) bool {
	p.text = strings.TrimLeft(p.text, " ")
	rest, ok := strings.CutPrefix(p.text, token)
	if ok {
		p.text = rest
	}
	return ok
}

func (p *formula) sum() (value, error) {
	left, err := p.product()
	for err == nil {
		sign := 1.0
		if p.take("-") {
			sign = -1
		} else if !p.take("+") {
			break
		}
		var right value
		right, err = p.product()
		left.number += sign * right.number
	}
	return left, err
}

func (p *formula) product() (value, error) {
	left, err := p.atom()
	for err == nil {
		divide := p.take("/")
		if !divide && !p.take("*") {
			break
		}
		var right value
		right, err = p.atom()
		if divide {
			right.number = 1 / right.number
		}
		left.number *= right.number
	}
	return left, err
}

func (p *formula) atom() (value, error) {
	switch {
	case p.take("-"):
		v, err := p.atom()
		v.number = -v.number
		return v, err
	case p.take("("):
		v, err := p.sum()
		p.take(")")
		return v, err
	case p.take("{"):
		list, err := p.list("}")
		return value{list: list}, err
	case p.take("TRUE"):
		return value{number: 1}, nil
	case p.take("FALSE"):
		return value{}, nil
	}
	for name, function := range spreadsheet() {
		if p.take(name + "(") {
			arguments, err := p.list(")")
			if err != nil {
				return value{}, err
			}
			result, err := function(arguments)
			return value{number: result}, err
		}
	}
	return p.number()
}

func (p *formula) list(end string) ([]value, error) {
	var list []value
	for !p.take(end) {
		v, err := p.sum()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if !p.take(",") && !strings.HasPrefix(p.text, end) {
			return nil, strconv.ErrSyntax
		}
	}
	return list, nil
}

func (p *formula) number() (value, error) {
	digits := len(p.text) - len(strings.TrimLeft(p.text, "0123456789."))
	number, err := strconv.ParseFloat(p.text[:digits], 64)
	p.text = p.text[digits:]
	v := value{number: number}
	if p.take("%") {
		v.number /= 100
	}
	if err == nil && p.take("@") {
		if len(p.text) < len("2008-01-01") {
			return v, strconv.ErrSyntax
		}
		v.on, err = calendar.ParseDate(p.text[:10])
		p.text = p.text[10:]
	}
	return v, err
}

// arguments of a spreadsheet function: missing ones are zero.
type arguments []value

func (a arguments) at(n int) decimal.Decimal {
	if n >= len(a) {
		return decimal.Zero
	}
	d, err := decimal.Parse(strconv.FormatFloat(a[n].number, 'e', -1, 64))
	if err != nil {
		panic(err)
	}
	return d
}

func (a arguments) int(n int) int { return int(a[n].number) }

func (a arguments) guess(n int) decimal.Decimal {
	if n >= len(a) {
		return dec("0.1")
	}
	return a.at(n)
}

func (a arguments) inAdvance(n int) bool { return n < len(a) && a[n].number != 0 }

// numbers are those of a list, or all arguments when the first is none.
func (a arguments) numbers() []decimal.Decimal {
	if len(a) > 0 && len(a[0].list) > 0 {
		a = a[0].list
	}
	var numbers []decimal.Decimal
	for n := range a {
		numbers = append(numbers, a.at(n))
	}
	return numbers
}

func (a arguments) flows() []loan.DatedFlow {
	var flows []loan.DatedFlow
	for n, v := range a {
		flows = append(flows, loan.DatedFlow{On: v.on, Amount: a.at(n)})
	}
	return flows
}

func result(d decimal.Decimal, err error) (float64, error) {
	f, _ := d.Float64()
	return f, err
}

// spreadsheet maps the spreadsheet's names and orders of arguments to ours.
func spreadsheet() map[string]func(a arguments) (float64, error) {
	loanOf := func(a arguments) loan.Annuity { // IPMT, PPMT: rate, per, nper, pv, fv, type
		return loan.Annuity{Rate: a.at(0), Periods: a.at(2), Present: a.at(3), Future: a.at(4),
			InAdvance: a.inAdvance(5)}
	}
	cumulated := func(a arguments) loan.Annuity { // CUM…: rate, nper, pv, start, end, type
		return loan.Annuity{Rate: a.at(0), Periods: a.at(1), Present: a.at(2),
			InAdvance: a.inAdvance(5)}
	}
	return map[string]func(a arguments) (float64, error){
		"PMT": func(a arguments) (float64, error) {
			return result(loan.Annuity{Rate: a.at(0), Periods: a.at(1), Present: a.at(2),
				Future: a.at(3), InAdvance: a.inAdvance(4)}.SolvePayment())
		},
		"PV": func(a arguments) (float64, error) {
			return result(loan.Annuity{Rate: a.at(0), Periods: a.at(1), Payment: a.at(2),
				Future: a.at(3), InAdvance: a.inAdvance(4)}.SolvePresent())
		},
		"FV": func(a arguments) (float64, error) {
			return result(loan.Annuity{Rate: a.at(0), Periods: a.at(1), Payment: a.at(2),
				Present: a.at(3), InAdvance: a.inAdvance(4)}.SolveFuture())
		},
		"NPER": func(a arguments) (float64, error) {
			return result(loan.Annuity{Rate: a.at(0), Payment: a.at(1), Present: a.at(2),
				Future: a.at(3), InAdvance: a.inAdvance(4)}.SolvePeriods())
		},
		"RATE": func(a arguments) (float64, error) {
			return result(loan.Annuity{Periods: a.at(0), Payment: a.at(1), Present: a.at(2),
				Future: a.at(3), InAdvance: a.inAdvance(4)}.SolveRate(a.guess(5)))
		},
		"IPMT": func(a arguments) (float64, error) {
			return result(loanOf(a).InterestBetween(a.int(1), a.int(1)))
		},
		"PPMT": func(a arguments) (float64, error) {
			return result(loanOf(a).PrincipalBetween(a.int(1), a.int(1)))
		},
		"CUMIPMT": func(a arguments) (float64, error) {
			return result(cumulated(a).InterestBetween(a.int(3), a.int(4)))
		},
		"CUMPRINC": func(a arguments) (float64, error) {
			return result(cumulated(a).PrincipalBetween(a.int(3), a.int(4)))
		},
		"EFFECT": func(a arguments) (float64, error) {
			return result(loan.EffectiveRate(a.at(0), a.int(1)))
		},
		"NOMINAL": func(a arguments) (float64, error) {
			return result(loan.NominalRate(a.at(0), a.int(1)))
		},
		"NPV": func(a arguments) (float64, error) {
			return result(loan.PresentValue(a.at(0), a[1:].numbers()))
		},
		"IRR": func(a arguments) (float64, error) {
			if len(a) > 1 && len(a[0].list) > 0 {
				return result(loan.InternalRate(a.numbers(), a.at(1)))
			}
			return result(loan.InternalRate(a.numbers(), dec("0.1")))
		},
		"MIRR": func(a arguments) (float64, error) {
			return result(loan.ModifiedInternalRate(a.numbers(), a.at(1), a.at(2)))
		},
		"XIRR": func(a arguments) (float64, error) {
			return result(loan.XIRR(a.flows(), calendar.Actual365F))
		},
		"XNPV": func(a arguments) (float64, error) {
			return result(loan.XNPV(a.at(0), a[1:].flows(), calendar.Actual365F))
		},
	}
}

// TestAnnuityRefusals: what a spreadsheet answers with #NUM! or #DIV/0!.
func TestAnnuityRefusals(t *testing.T) {
	a := loan.Annuity{Rate: dec("0.01"), Periods: dec("12"), Present: dec("1000")}
	check := func(name string, d decimal.Decimal, err error) {
		t.Helper()
		checkRefusal(t, name, d, err, "loan.no_value", "")
	}
	d, err := loan.Annuity{Rate: dec("-1"), Periods: dec("12")}.SolvePayment()
	check("a rate of -100 %", d, err)
	d, err = loan.Annuity{Rate: dec("0.1"), Present: dec("1")}.SolvePayment()
	check("no periods", d, err)
	d, err = loan.Annuity{Rate: dec("1"), Periods: dec("10000")}.SolveFuture()
	check("overflow", d, err)
	d, err = loan.Annuity{Rate: dec("0.1"), Payment: dec("-5"), Present: dec("100")}.SolvePeriods()
	check("a payment below the interest", d, err)
	d, err = loan.Annuity{Present: dec("100")}.SolvePeriods()
	check("no payment", d, err)
	d, err = loan.Annuity{}.SolveRate(dec("0.1"))
	check("a rate over no periods", d, err)
	d, err = a.InterestBetween(0, 1)
	check("period 0", d, err)
	d, err = a.InterestBetween(2, 1)
	check("backwards", d, err)
	d, err = a.PrincipalBetween(1, 13)
	check("past the end", d, err)
	d, err = loan.EffectiveRate(dec("0.1"), 0)
	check("never compounded", d, err)
	d, err = loan.NominalRate(dec("-1"), 12)
	check("all lost", d, err)
	d, err = loan.ModifiedInternalRate([]decimal.Decimal{dec("1"), dec("2")},
		dec("0.1"), dec("0.1"))
	check("nothing paid", d, err)
	a = loan.Annuity{Periods: dec("10"), Payment: dec("1"), Present: dec("1")}
	d, err = a.SolveRate(dec("0.1"))
	checkRefusal(t, "all one way", d, err, "loan.no_root", "")
}
