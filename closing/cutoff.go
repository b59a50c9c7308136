package closing

import (
	"time"

	"openlend/calendar"
)

// Cutoff is when a business date is over: so long after the midnight that ends
// it, in the platform's one zone. The zero value is midnight UTC.
type Cutoff struct {
	Zone  *time.Location
	After time.Duration
}

// Ends is the instant at which a date is over. In a zone with summer time a
// midnight that does not exist is the first instant after it.
func (c Cutoff) Ends(on calendar.Date) time.Time {
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	year, month, day := on.Days(1).Civil()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, zone)
	for calendar.DateOf(midnight) <= on { // Go reads a missing time by either offset
		midnight = midnight.Add(15 * time.Minute)
	}
	return midnight.Add(c.After)
}

// LastOver is the latest date that is over at an instant.
func (c Cutoff) LastOver(now time.Time) calendar.Date {
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	on := calendar.DateOf(now.In(zone))
	for now.Before(c.Ends(on)) {
		on = on.Days(-1)
	}
	return on
}
