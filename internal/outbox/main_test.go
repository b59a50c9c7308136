package outbox_test

import (
	"testing"

	"go.uber.org/goleak"
)

// No goroutine outlives its source, lease or service.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
