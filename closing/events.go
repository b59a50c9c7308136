package closing

import (
	"context"
	"encoding/json"

	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/outbox"
)

// TopicDateClosed says that a business date is closed and sealed.
const TopicDateClosed = "closing.date_closed"

// DateClosed is its payload.
type DateClosed struct {
	On string `json:"business_on"` // YYYY-MM-DD
}

// ParseDateClosed reads the date of an event.
func ParseDateClosed(e outbox.Event) (calendar.Date, error) {
	var d DateClosed
	if err := json.Unmarshal([]byte(e.Payload), &d); err != nil {
		return 0, err
	}
	return calendar.ParseDate(d.On)
}

func announce(ctx context.Context, tx *db.Tx, event int64, on calendar.Date) error {
	text, err := json.Marshal(DateClosed{on.String()})
	if err != nil {
		return err
	}
	return outbox.Write(ctx, tx, outbox.Event{
		ID: event, Topic: TopicDateClosed, Key: "closing", Payload: string(text),
	})
}
