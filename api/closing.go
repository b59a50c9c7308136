package api

import "openlend/closing"

// Closing is the report of the closing of one business date.
type Closing struct {
	On         Date          `json:"on"`
	State      string        `json:"state" doc:"running or done"`
	By         string        `json:"by"`
	StartedAt  Instant       `json:"started_at"`
	FinishedAt Instant       `json:"finished_at,omitzero"`
	Steps      []ClosingStep `json:"steps,omitempty" doc:"Not in lists."`
}

// ClosingStep is what one step did.
type ClosingStep struct {
	Name    string `json:"name"`
	State   string `json:"state"`
	Looked  int64  `json:"looked" doc:"Things that had something to do."`
	Changed int64  `json:"changed"`
	Failed  int64  `json:"failed" doc:"The next closing tries them again."`
}

// datedList shows a page of reports: a full page may be the last one.
func datedList(runs []closing.Run, limit int) List[Closing] {
	page := wholeList(runs, closingOf)
	if len(runs) > 0 && len(runs) >= limit {
		page.Next = runs[len(runs)-1].On.String()
	}
	return page
}

func closingOf(r closing.Run) Closing {
	shown := Closing{
		On: dateOf(r.On), State: string(r.State), By: r.Maker, StartedAt: Instant(r.StartedAt),
		FinishedAt: Instant(r.FinishedAt), Steps: make([]ClosingStep, len(r.Steps)),
	}
	for i, s := range r.Steps {
		shown.Steps[i] = ClosingStep{
			Name: s.Name, State: string(s.State), Looked: s.Counts.Looked,
			Changed: s.Counts.Changed, Failed: s.Counts.Failed,
		}
	}
	return shown
}
