package closing

import (
	"testing"
	"time"

	"openlend/calendar"
)

func TestCutoff(t *testing.T) {
	t.Parallel()
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	for _, c := range []struct {
		cutoff Cutoff
		on     string
		ends   string
	}{
		{Cutoff{}, "2026-03-01", "2026-03-02T00:00:00Z"},
		{Cutoff{Zone: zone("Asia/Shanghai")}, "2026-03-01", "2026-03-01T16:00:00Z"},
		{Cutoff{Zone: zone("Asia/Shanghai"), After: 2 * time.Hour}, "2026-03-01", "2026-03-01T18:00:00Z"},
		// Berlin: the clock goes forward on 29 March and back on 25 October, at night.
		{Cutoff{Zone: zone("Europe/Berlin")}, "2026-03-28", "2026-03-28T23:00:00Z"},
		{Cutoff{Zone: zone("Europe/Berlin")}, "2026-03-29", "2026-03-29T22:00:00Z"},
		{Cutoff{Zone: zone("Europe/Berlin")}, "2026-10-25", "2026-10-25T23:00:00Z"},
		// Santiago: there is no midnight on 6 September 2026.
		{Cutoff{Zone: zone("America/Santiago")}, "2026-09-05", "2026-09-06T04:00:00Z"},
		{Cutoff{}, "2024-02-28", "2024-02-29T00:00:00Z"},
	} {
		on := calendar.MustParseDate(c.on)
		ends := c.cutoff.Ends(on)
		if got := ends.UTC().Format(time.RFC3339); got != c.ends {
			t.Errorf("%s in %s ends at %s, want %s", c.on, c.cutoff.Zone, got, c.ends)
		}
		if got := c.cutoff.LastOver(ends); got != on {
			t.Errorf("over at %s is %s, want %s", ends, got, on)
		}
		if got := c.cutoff.LastOver(ends.Add(-time.Microsecond)); got != on.Days(-1) {
			t.Errorf("over before %s is %s, want %s", ends, got, on.Days(-1))
		}
	}
}
