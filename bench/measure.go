// Package bench measures the house against limits of the machine it runs on.
// Machines are noisy, so no figure stands alone: every figure is measured in
// turns with its limit, round by round in the same run, and what is judged is
// their ratio. Durable settings only.
//
// Invariants: a limit does the least work that the same result needs (the
// engine's own bulk insert of the same rows into the same columns and
// indexes); nothing here runs in production.
package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"openlend/internal/clock"
)

// Figure is one line of the report.
type Figure struct {
	Name   string  `json:"name"`
	Engine string  `json:"engine,omitempty"`
	Value  float64 `json:"value"` // median of the rounds
	Unit   string  `json:"unit"`
	// Limit is what Value is compared with, measured in turns; Of names it.
	Limit float64 `json:"limit,omitempty"`
	Of    string  `json:"of,omitempty"`
	Ratio float64 `json:"ratio,omitempty"` // median of the rounds' ratios
	Floor float64 `json:"floor,omitempty"` // the ratio that is asked for
	P50   float64 `json:"p50_ms,omitempty"`
	P99   float64 `json:"p99_ms,omitempty"`
	// What the disk takes to make 4 kB durable, in the same rounds.
	Sync50 float64 `json:"fdatasync_p50_us,omitempty"`
	Sync99 float64 `json:"fdatasync_p99_us,omitempty"`
	RSS    float64 `json:"rss_mb,omitempty"`
	Note   string  `json:"note,omitempty"`
}

// Print writes the figure as a JSON line or as a sentence.
func (f Figure) Print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(f.rounded())
	}
	r := f.rounded()
	line := fmt.Sprintf("%-24s %-9s %12.6g %s", r.Name, r.Engine, r.Value, r.Unit)
	if r.Limit > 0 {
		line += fmt.Sprintf("  %.3g of %s (%.6g)", r.Ratio, r.Of, r.Limit)
	}
	if r.Floor > 0 {
		line += fmt.Sprintf(", asked %.3g", r.Floor)
	}
	if r.P50 > 0 {
		line += fmt.Sprintf("  p50 %.3g ms p99 %.3g ms", r.P50, r.P99)
	}
	if r.Sync50 > 0 {
		line += fmt.Sprintf("  fdatasync p50 %.0f us p99 %.0f us", r.Sync50, r.Sync99)
	}
	if r.RSS > 0 {
		line += fmt.Sprintf("  rss %.0f MB", r.RSS)
	}
	if r.Note != "" {
		line += "  " + r.Note
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

func (f Figure) rounded() Figure {
	for _, v := range []*float64{&f.Value, &f.Limit, &f.Ratio, &f.P50, &f.P99,
		&f.Sync50, &f.Sync99, &f.RSS} {
		*v = significant(*v)
	}
	return f
}

// significant keeps four digits: more would be noise.
func significant(v float64) float64 {
	for scale := 1.0; scale < 1e12; scale *= 10 {
		if v*scale >= 1000 || v == 0 {
			return float64(int64(v*scale+0.5)) / scale
		}
	}
	return v
}

// series collects what the rounds of one measurement gave.
type series struct {
	rates     []float64 // per second, one per round
	latencies []time.Duration
}

// run calls step until the time is up and adds one rate. step returns how many
// units it did.
func (s *series) run(d time.Duration, step func() (int, error)) error {
	watch := clock.Start()
	done := 0
	for watch.Elapsed() < d {
		n, err := step()
		if err != nil {
			return err
		}
		done += n
	}
	s.rates = append(s.rates, float64(done)/watch.Elapsed().Seconds())
	return nil
}

func (s *series) median() float64 { return median(s.rates) }

// ratio is the median of this series over another, round by round.
func (s *series) ratio(limit *series) float64 {
	ratios := make([]float64, 0, len(s.rates))
	for i, r := range s.rates {
		if i < len(limit.rates) && limit.rates[i] > 0 {
			ratios = append(ratios, r/limit.rates[i])
		}
	}
	return median(ratios)
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// percentile of durations, in milliseconds.
func percentile(d []time.Duration, p float64) float64 {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	at := int(p * float64(len(d)-1))
	return float64(d[at].Nanoseconds()) / 1e6
}
