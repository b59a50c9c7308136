package bench

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"openlend/internal/clock"
)

// disk measures what it takes to make 4 kB durable where the data lies.
type disk struct {
	file  *os.File
	times []time.Duration
}

func newDisk(dir string) (*disk, error) {
	f, err := os.Create(filepath.Join(dir, "fdatasync"))
	return &disk{file: f}, err
}

// probe writes and syncs a few times.
func (d *disk) probe() error {
	page := make([]byte, 4096)
	for range 20 {
		watch := clock.Start()
		if _, err := d.file.Write(page); err != nil {
			return err
		}
		if err := syscall.Fdatasync(int(d.file.Fd())); err != nil {
			return err
		}
		d.times = append(d.times, watch.Elapsed())
	}
	return nil
}

func (d *disk) close() error {
	return errors.Join(d.file.Close(), os.Remove(d.file.Name()))
}

// residentMB is the memory of this process that is in use now, in MB.
func residentMB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			return n / 1024
		}
	}
	return 0
}
