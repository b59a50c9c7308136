package calendar

// DayCount names how the time between two dates is measured.
type DayCount string

// The day counts.
const (
	Thirty360US      DayCount = "30/360"  // US (NASD)
	Thirty360E       DayCount = "30E/360" // European
	Actual360        DayCount = "actual/360"
	Actual365F       DayCount = "actual/365" // fixed 365
	ActualActualISDA DayCount = "actual/actual-isda"
	ActualActualICMA DayCount = "actual/actual-icma"
	ActualActual     DayCount = "actual/actual" // the loan variant: leaves out the first day, counts the last
)
