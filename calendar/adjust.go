package calendar

// Adjustment says where a date goes that is not a business day.
type Adjustment string

// The adjustments. ModifiedFollowing is Following unless that would leave the
// month, and then Preceding.
const (
	Unadjusted        Adjustment = "none"
	Following         Adjustment = "following"
	ModifiedFollowing Adjustment = "modified_following"
	Preceding         Adjustment = "preceding"
)

// ParseAdjustment reads the name of an adjustment. Refusal: ErrAdjustment.
func ParseAdjustment(s string) (Adjustment, error) {
	switch a := Adjustment(s); a {
	case Unadjusted, Following, ModifiedFollowing, Preceding:
		return a, nil
	}
	return "", ErrAdjustment.With("%q", s)
}

// Adjust moves d to a business day as the adjustment says; Unadjusted leaves it
// and asks no table. Refusals: ErrNoTable when the way leads out of the table,
// ErrAdjustment.
func (w *Workdays) Adjust(d Date, a Adjustment) (Date, error) {
	switch a {
	case Unadjusted:
		return d, nil
	case Following:
		return w.step(d, 1)
	case Preceding:
		return w.step(d, -1)
	case ModifiedFollowing:
		if next, err := w.step(d, 1); err == nil && next <= d.EndOfMonth() {
			return next, nil
		}
		return w.step(d, -1) // also from the last days of the table
	}
	return 0, ErrAdjustment.With("%q", string(a))
}

// step returns the first business day from d on in the direction of by.
func (w *Workdays) step(d Date, by int) (Date, error) {
	for {
		open, err := w.IsBusinessDay(d)
		if err != nil {
			return 0, err
		}
		if open {
			return d, nil
		}
		d = d.Days(by)
	}
}
