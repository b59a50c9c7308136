package customer

import (
	"fmt"
	"log/slog"
)

// hidden makes whatever embeds it print, log and travel as JSON as one word, so
// that no log, error, event or stored answer shows personal data by accident. Who
// means to show a field names it.
type hidden struct{}

const hiddenText = "[personal data]"

// Format implements fmt.Formatter for every verb.
func (hidden) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hiddenText)) }

// LogValue implements slog.LogValuer.
func (hidden) LogValue() slog.Value { return slog.StringValue(hiddenText) }

// MarshalText implements encoding.TextMarshaler, which JSON uses too.
func (hidden) MarshalText() ([]byte, error) { return []byte(hiddenText), nil }
