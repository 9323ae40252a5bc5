package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const maxErrors = 5

// Which package of the SDK it is built with; set by the linker.
var sdkVersion = "unknown"

// report is the runner's result, in the form of bench/README.md.
type report struct {
	Runner    string    `json:"runner"`
	Version   string    `json:"version"`
	Deploys   int       `json:"deploys"`
	Failed    int       `json:"failed"`
	Errors    []string  `json:"errors"`
	Seconds   float64   `json:"seconds"`
	Durations []float64 `json:"durations_ms"`
	CPU       struct {
		User   float64 `json:"user_ms"`
		System float64 `json:"system_ms"`
	} `json:"cpu"`
	IdleRSS         int64 `json:"idle_rss_kib"`
	PeakRSS         int64 `json:"peak_rss_kib"`
	ContextSwitches struct {
		Voluntary   int64 `json:"voluntary"`
		Involuntary int64 `json:"involuntary"`
	} `json:"context_switches"`

	mutex sync.Mutex
}

func newReport(deploys int) *report {
	return &report{
		Runner:    "go",
		Version:   fmt.Sprintf("docker %s, %s", sdkVersion, runtime.Version()),
		Deploys:   deploys,
		Errors:    []string{},
		Durations: make([]float64, 0, deploys),
		IdleRSS:   residentKiB(),
	}
}

// add takes the outcome of one deploy; from any goroutine.
func (r *report) add(d *deploy, took time.Duration, err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err == nil {
		r.Durations = append(r.Durations, milliseconds(took))
		return
	}
	r.Failed++
	if len(r.Errors) < maxErrors {
		r.Errors = append(r.Errors, d.stage+":"+d.tag+": "+err.Error())
	}
}

// print measures the process and writes one line.
func (r *report) print() error {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	r.CPU.User = milliseconds(time.Duration(usage.Utime.Nano()))
	r.CPU.System = milliseconds(time.Duration(usage.Stime.Nano()))
	r.PeakRSS = usage.Maxrss
	r.ContextSwitches.Voluntary = usage.Nvcsw
	r.ContextSwitches.Involuntary = usage.Nivcsw
	return json.NewEncoder(os.Stdout).Encode(r)
}

func milliseconds(x time.Duration) float64 {
	return float64(x.Microseconds()) / 1000
}

// residentKiB is 0 where the kernel does not tell.
func residentKiB() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Fscan(bytes.NewReader(text), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize()) / 1024
}
