package clock_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"openlend/internal/clock"
)

// Instants are stored as microseconds: what a clock says must survive that.
func TestClocksTellUTCToTheMicrosecond(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	at := time.Date(2026, 11, 22, 15, 4, 5, 123_456_789, shanghai)
	for name, c := range map[string]clock.Clock{
		"system": clock.System{}, "manual": clock.NewManual(at),
	} {
		now := c.Now()
		if now.Location() != time.UTC || !now.Equal(time.UnixMicro(now.UnixMicro())) {
			t.Errorf("%s: %v is not UTC to the microsecond", name, now)
		}
	}
	if got, want := clock.NewManual(at).Now(), at.Truncate(time.Microsecond); !got.Equal(want) {
		t.Errorf("a clock set to %v stands at %v", want, got)
	}
}

func TestTheSystemClockIsTheMachines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := clock.System{}.Now()
		time.Sleep(time.Hour)
		if after := (clock.System{}).Now(); after.Sub(before) != time.Hour {
			t.Errorf("an hour after %v it is %v", before, after)
		}
	})
}

func TestAManualClockStandsStillUntilMoved(t *testing.T) {
	m := clock.NewManual(time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC))
	if before, after := m.Now(), m.Now(); before != after {
		t.Error("it moves by itself")
	}
	m.Advance(time.Second)
	if got := m.Now(); !got.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("it stands at %v", got)
	}
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { m.Advance(time.Minute) })
	}
	all.Wait()
	if got := m.Now(); !got.Equal(time.Date(2026, 3, 1, 1, 40, 0, 0, time.UTC)) {
		t.Errorf("a hundred minutes later it stands at %v", got)
	}
	m.Advance(-time.Hour)
	if got := m.Now(); !got.Equal(time.Date(2026, 3, 1, 0, 40, 0, 0, time.UTC)) {
		t.Errorf("set back it stands at %v", got)
	}
}

func TestStopwatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := clock.Start()
		if got := watch.Elapsed(); got != 0 {
			t.Errorf("at once it shows %v", got)
		}
		time.Sleep(1500 * time.Millisecond)
		if got := watch.Elapsed(); got != 1500*time.Millisecond {
			t.Errorf("after 1.5 s it shows %v", got)
		}
	})
}
