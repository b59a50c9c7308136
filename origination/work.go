package origination

import (
	"maps"
	"slices"

	"openlend/internal/outbox"
)

// Consumers are what this room hears.
func Consumers() []*outbox.Consumer {
	return []*outbox.Consumer{{
		Name:   "origination",
		Topics: slices.Sorted(maps.Keys(heard)),
		Handle: HandleExposureNews,
	}}
}
