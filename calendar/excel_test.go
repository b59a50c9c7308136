package calendar

import (
	"encoding/csv"
	"errors"
	"math/big"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// excelEpoch is serial number 0: serials count from the end of 1899 as if 1900
// had been a leap year, which holds from 1 March 1900 on.
const excelEpoch = "1899-12-30"

// excelDate reads an argument: a serial number or "MM/DD/YYYY".
func excelDate(t *testing.T, arg string) Date {
	t.Helper()
	if serial, err := strconv.Atoi(arg); err == nil {
		return d(excelEpoch).Days(serial)
	}
	day, err := time.Parse("1/2/2006", arg)
	if err != nil {
		t.Fatalf("not a date: %q", arg)
	}
	return DateOf(day)
}

// excelCall splits `NAME("a", b)` into its arguments without their quotes.
func excelCall(expression string) []string {
	_, list, _ := strings.Cut(expression, "(")
	list = strings.NewReplacer(`"`, "", " ", "", "INT(", "", ")", "").Replace(list)
	return strings.Split(list, ",")
}

// evaluate returns what the worksheet shows for one of the date functions.
func evaluate(t *testing.T, function string, args []string) *big.Rat {
	t.Helper()
	number := func(i int) int {
		if i >= len(args) {
			return 0
		}
		n, err := strconv.Atoi(args[i])
		if err != nil {
			t.Fatalf("%s: %q is no number", function, args[i])
		}
		return n
	}
	serial := func(day Date) int { return day.Sub(d(excelEpoch)) }
	whole := func(n int) *big.Rat { return big.NewRat(int64(n), 1) }
	from := excelDate(t, args[0])
	switch function {
	case "DAYS":
		return whole(from.Sub(excelDate(t, args[1]))) // the later date comes first
	case "DAYS360":
		european := len(args) > 2 && args[2] == "TRUE"
		return whole(ExcelDays360(from, excelDate(t, args[1]), european))
	case "EDATE":
		return whole(serial(from.AddMonths(number(1))))
	case "EOMONTH":
		return whole(serial(from.AddMonths(number(1)).EndOfMonth()))
	case "YEARFRAC":
		f, err := ExcelYearFrac(from, excelDate(t, args[1]), number(2))
		if err != nil {
			t.Fatal(err)
		}
		return rat(f)
	}
	t.Fatalf("no rule for %s", function)
	return nil
}

// TestExcelRows compares with every date row of the worksheet vectors
// (testdata/excel_dates.csv; excelize and others, see its source column).
func TestExcelRows(t *testing.T) {
	file, err := os.Open("testdata/excel_dates.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) < 19 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		got := evaluate(t, row[0], excelCall(row[1]))
		checkPrinted(t, row[1], got, row[2])
	}
}

// checkPrinted compares to the fifteen digits that a worksheet keeps.
func checkPrinted(t *testing.T, what string, got *big.Rat, printed string) {
	t.Helper()
	want := ratOf(printed)
	diff := new(big.Rat).Sub(got, want)
	if diff.Abs(diff).Cmp(ratOf("0.00000000000001")) > 0 {
		t.Errorf("%s = %s, want %s", what, got.FloatString(16), printed)
	}
}

// TestExcelPublished adds worksheet results from elsewhere: the examples of
// Microsoft's YEARFRAC page, and excelize's test of what the rows leave out.
func TestExcelPublished(t *testing.T) {
	for expression, want := range map[string]string{
		`YEARFRAC("1/1/2012","7/30/2012",0)`:    "0.580555555555556",
		`YEARFRAC("1/1/2012","7/30/2012",1)`:    "0.576502732240437",
		`YEARFRAC("1/1/2012","7/30/2012",3)`:    "0.578082191780822",
		`YEARFRAC("02/29/2000","02/29/2008",0)`: "8",
		`YEARFRAC("02/29/2000","02/29/2008",1)`: "7.998175182481752",
		`YEARFRAC("01/31/2015","03/31/2015",0)`: "0.166666666666667",
		`YEARFRAC("03/31/2015","01/30/2015",0)`: "0.166666666666667",
		`YEARFRAC("02/28/1995","08/31/1995",0)`: "0.502777777777778", // 181: not NASD's 180
		`YEARFRAC("02/28/2003","02/29/2004",1)`: "1.00136798905609",  // over a year: 366/365.5
		`YEARFRAC("02/28/2003","02/28/2004",1)`: "1",
		`YEARFRAC("03/01/2003","02/29/2004",1)`: "0.997267759562842", // 365/366
		`YEARFRAC("02/28/2004","02/28/2005",1)`: "1",
		`YEARFRAC("12/31/2004","01/01/2005",1)`: "0.00273972602739726",
		`DAYS360("01/30/1999","02/28/1999")`:    "28",
		`DAYS360("01/31/1999","02/28/1999")`:    "28",
		`DAYS360("12/12/1999","08/31/1999")`:    "-101",
		`DAYS360("12/12/1999","11/30/1999")`:    "-12",
		`DAYS360("02/28/1995","08/31/1995")`:    "180",
		`DAYS360("02/29/1996","02/28/1997")`:    "358",
		`DAYS360("02/02/1999","03/31/2000")`:    "419",
		`DAYS360("03/31/2000","02/02/1999")`:    "-418",
	} {
		function, _, _ := strings.Cut(expression, "(")
		checkPrinted(t, expression, evaluate(t, function, excelCall(expression)), want)
	}
	for _, basis := range []int{-1, 5} {
		if _, err := ExcelYearFrac(d("2024-01-01"), d("2024-02-01"), basis); !errors.Is(err, ErrBasis) {
			t.Errorf("basis %d: %v, want ErrBasis", basis, err)
		}
	}
}
