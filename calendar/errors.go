package calendar

import "openlend/refusal"

// What this package refuses.
var (
	ErrDate       = refusal.New("calendar.date", "not a date of the form YYYY-MM-DD")
	ErrPeriod     = refusal.New("calendar.period", "not a period such as 1 month, 2 weeks or 15 days")
	ErrDayCount   = refusal.New("calendar.day_count", "not a known day count")
	ErrBasis      = refusal.New("calendar.basis", "a spreadsheet basis is 0, 1, 2, 3 or 4")
	ErrAdjustment = refusal.New("calendar.adjustment", "not a known business-day adjustment")
	ErrHolidays   = refusal.New("calendar.holidays", "no such holiday table")
	ErrNoTable    = refusal.New("calendar.outside_table", "the holiday table does not cover the date")
)
