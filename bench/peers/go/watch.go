package main

import (
	"context"
	"log"
	"strconv"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"
)

const pauseBeforeResubscribing = 100 * time.Millisecond

// watch hands the events of one engine to those who wait for a container. An
// event is only a hint to look again: a channel never holds more than one.
type watch struct {
	mutex   sync.Mutex
	waiting map[string]chan struct{}
}

// startWatch returns once the stream of events is open. It ends with ctx.
func startWatch(ctx context.Context, cli *client.Client) (*watch, error) {
	w := &watch{waiting: make(map[string]chan struct{})}
	messages, failures := subscribe(ctx, cli, time.Now())
	select {
	case err := <-failures:
		return nil, err
	default:
	}
	go w.run(ctx, cli, messages, failures)
	return w, nil
}

func subscribe(ctx context.Context, cli *client.Client,
	since time.Time) (<-chan events.Message, <-chan error) {
	return cli.Events(ctx, types.EventsOptions{
		Since: strconv.FormatInt(since.Unix(), 10),
		Filters: filters.NewArgs(
			filters.Arg("type", events.ContainerEventType),
			filters.Arg("event", "health_status"),
			filters.Arg("event", "die"),
			filters.Arg("label", projectLabel+"="+project)),
	})
}

func (w *watch) run(ctx context.Context, cli *client.Client,
	messages <-chan events.Message, failures <-chan error) {
	last := time.Now()
	for {
		select {
		case x := <-messages:
			last = time.Unix(0, x.TimeNano)
			w.wake(x.Actor.ID)
		case err := <-failures:
			if ctx.Err() != nil {
				return
			}
			log.Printf("the events of %s ended, subscribing again: %v", cli.DaemonHost(), err)
			time.Sleep(pauseBeforeResubscribing)
			messages, failures = subscribe(ctx, cli, last)
			w.wakeAll()
		}
	}
}

// follow returns what tells of the container's events from now on, and what
// ends that.
func (w *watch) follow(id string) (<-chan struct{}, func()) {
	hints := make(chan struct{}, 1)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.waiting[id] = hints
	return hints, func() {
		w.mutex.Lock()
		defer w.mutex.Unlock()
		delete(w.waiting, id)
	}
}

func (w *watch) wake(id string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if hints, ok := w.waiting[id]; ok {
		hint(hints)
	}
}

func (w *watch) wakeAll() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, hints := range w.waiting {
		hint(hints)
	}
}

func hint(hints chan<- struct{}) {
	select {
	case hints <- struct{}{}:
	default:
	}
}
