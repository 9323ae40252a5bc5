// The runner on the official Docker SDK for Go; bench/README.md says what it
// does.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("go-runner: ")
	x, err := readOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		log.Print(err)
		os.Exit(2)
	}
	if err := run(x); err != nil {
		log.Fatal(err)
	}
}

func run(x options) error {
	// Ends the streams of events.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	engines, err := connectEngines(ctx, x)
	if err != nil {
		return err
	}
	var npm *proxy
	if x.npm != "" {
		if npm, err = connectProxy(ctx, x); err != nil {
			return err
		}
	}
	result := newReport(x.deploys * len(x.tags))
	begin := time.Now()
	for _, tag := range x.tags {
		deployAll(ctx, x, engines, npm, tag, result)
	}
	result.Seconds = time.Since(begin).Seconds()
	return result.print()
}

func connectEngines(ctx context.Context, x options) ([]*engine, error) {
	engines := make([]*engine, len(x.engines))
	var group errgroup.Group
	group.SetLimit(x.concurrency)
	for i, url := range x.engines {
		i, url := i, url
		group.Go(func() (err error) {
			engines[i], err = connectEngine(ctx, url, x)
			return err
		})
	}
	return engines, group.Wait()
}

// deployAll deploys each stage once. A deploy that fails stops no other.
func deployAll(ctx context.Context, x options, engines []*engine, npm *proxy,
	tag string, result *report) {
	var group errgroup.Group
	group.SetLimit(x.concurrency)
	for i := 0; i < x.deploys; i++ {
		d := newDeploy(engines[i%len(engines)], npm, i, x.image, tag)
		group.Go(func() error {
			begin := time.Now()
			err := d.run(ctx)
			result.add(d, time.Since(begin), err)
			return nil
		})
	}
	// No function of the group fails.
	_ = group.Wait()
}
