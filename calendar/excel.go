package calendar

// Spreadsheets measure time in ways of their own. They are here so that figures
// can be compared with a lender's workbook; no contract should name them.

// ExcelDays360 is the worksheet function DAYS360: days from one date to another
// in months of 30, by the European or the US method. As in the spreadsheet,
// dates in the wrong order are not swapped, so the US method is not symmetric,
// and an end on the last of February stays as it is.
func ExcelDays360(from, to Date, european bool) int {
	if european {
		return thirty360E(from, to)
	}
	y1, m1, d1 := from.Civil()
	y2, m2, d2 := to.Civil()
	if from.IsEndOfMonth() {
		d1 = 30
	}
	if d1 == 30 {
		d2 = min(d2, 30)
	}
	return 360*(y2-y1) + 30*int(m2-m1) + d2 - d1
}

// ExcelYearFrac is the worksheet function YEARFRAC for the bases 0 (US 30/360),
// 1 (the spreadsheet's own actual/actual), 2 (actual/360), 3 (actual/365) and 4
// (European 30/360). The order of the dates does not matter.
// Source: Wheeler, YEARFRAC Incompatibilities between Office 2007 and OOXML, 2008,
// section 4. Refusal: ErrBasis.
func ExcelYearFrac(from, to Date, basis int) (Fraction, error) {
	if to < from {
		from, to = to, from
	}
	switch basis {
	case 0:
		return Fraction{int64(excelThirty360(from, to)), 360}, nil
	case 1:
		return excelActualActual(from, to), nil
	case 2:
		return Actual360.Fraction(from, to), nil
	case 3:
		return Actual365F.Fraction(from, to), nil
	case 4:
		return Thirty360E.Fraction(from, to), nil
	}
	return Fraction{}, ErrBasis.With("%d", basis)
}

// excelThirty360 differs from the NASD rule in one case: an end on the 31st
// stays the 31st after a start on the last of February.
func excelThirty360(from, to Date) int {
	days := thirty360US(from, to)
	_, month, _ := from.Civil()
	_, _, last := to.Civil()
	if month == 2 && from.IsEndOfMonth() && last == 31 {
		days++
	}
	return days
}

// excelActualActual divides the days by 365 or 366 when the dates are at most a
// year apart, depending on whether a 29 February is touched, and otherwise by
// the mean length of all calendar years from the first to the last.
func excelActualActual(from, to Date) Fraction {
	days := int64(to - from)
	y1, y2 := from.Year(), to.Year()
	if to > from.AddMonths(12) {
		years := int64(y2 - y1 + 1)
		all := int64(daysBeforeYear(y2+1) - daysBeforeYear(y1))
		return Fraction{days * years, all}
	}
	if y1 == y2 && IsLeap(y1) || touchesLeapDay(from, to) {
		return Fraction{days, 366}
	}
	return Fraction{days, 365}
}

// touchesLeapDay says whether a 29 February lies from the first to the last of
// two dates at most a year apart.
func touchesLeapDay(from, to Date) bool {
	for _, y := range [2]int{from.Year(), to.Year()} {
		leapDay := NewDate(y, 2, 29) // 1 March in a common year
		if IsLeap(y) && from <= leapDay && leapDay <= to {
			return true
		}
	}
	return false
}
