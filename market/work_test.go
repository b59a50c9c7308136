package market

import (
	"context"
	"time"
)

// The service opens what is due without being asked, and ends with its context.
func serveOpening(f *fair) {
	l := f.in(InReview)
	_, err := f.review(l, Publish, f.clock.Now().Add(time.Minute))
	mustState(f, l, Scheduled, err)
	ctx, stop := context.WithCancel(f.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ServeOpening(ctx, f.db, f.ids, f.clock, "test", time.Millisecond,
			func(err error) { f.Error(err) })
	}()
	f.clock.Advance(time.Minute)
	for f.listing(l).State != Open { // or the test runs out of its time
		time.Sleep(time.Millisecond)
	}
	stop()
	<-ended
}
