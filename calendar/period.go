package calendar

// Unit is the unit of a Period.
type Unit string

// The units.
const (
	Day   Unit = "day"
	Week  Unit = "week"
	Month Unit = "month"
	Year  Unit = "year"
)

// Period is a distance between due dates: 15 days, 2 weeks, 1 month, 1 year.
type Period struct {
	N    int
	Unit Unit
}
