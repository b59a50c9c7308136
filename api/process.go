package api

import "openlend/internal/saga"

// Process is something that takes longer than one request, step by step.
type Process struct {
	ID        ID[saga.ID] `json:"id"`
	Kind      string      `json:"kind" example:"disbursement"`
	Subject   int64       `json:"subject" doc:"What it is about."`
	State     string      `json:"state"`
	Step      string      `json:"step,omitempty" doc:"That runs or waits."`
	Attempts  int         `json:"attempts" doc:"Since its last progress."`
	Why       string      `json:"why,omitempty" doc:"It waits."`
	UndoWhy   string      `json:"undo_why,omitempty" doc:"It is undone."`
	SinceAt   Instant     `json:"since_at" doc:"Of the last progress."`
	NextAt    Instant     `json:"next_at,omitzero" doc:"When it runs by itself."`
	StartedAt Instant     `json:"started_at"`
	EndedAt   Instant     `json:"ended_at,omitzero"`
}

func (p Process) resource() int64 { return int64(p.ID.Value) }

func processOf(s saga.Saga) Process {
	return Process{
		ID: idOf(s.ID), Kind: s.Kind, Subject: s.Subject, State: string(s.State), Step: s.Step,
		Attempts: s.Attempts, Why: s.Why, UndoWhy: s.UndoWhy, SinceAt: Instant(s.SinceAt),
		NextAt: Instant(s.NextAt), StartedAt: Instant(s.StartedAt), EndedAt: Instant(s.EndedAt),
	}
}

func processID(s saga.Saga) saga.ID { return s.ID }
