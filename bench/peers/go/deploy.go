package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log"
	"strconv"

	"github.com/docker/docker/api/types"
)

const (
	project       = "bench"
	projectLabel  = "docker-watcher.project"
	stageLabel    = "docker-watcher.stage"
	instanceLabel = "docker-watcher.instance-id"
	tagLabel      = "docker-watcher.tag"
)

// deploy is one deploy of one stage.
type deploy struct {
	engine   *engine
	proxy    *proxy // nil without one
	stage    string
	domain   string
	image    string
	tag      string
	instance string
}

func newDeploy(e *engine, p *proxy, number int, repository, tag string) *deploy {
	stage := fmt.Sprintf("s%06d", number)
	var id [6]byte
	if _, err := rand.Read(id[:]); err != nil {
		panic(err)
	}
	return &deploy{
		engine: e, proxy: p, stage: stage, domain: stage + ".bench.test",
		image: repository + ":" + tag, tag: tag, instance: hex.EncodeToString(id[:]),
	}
}

// labels are those that a proxy host has, too.
func (d *deploy) labels() map[string]string {
	return map[string]string{
		projectLabel: project, stageLabel: d.stage, instanceLabel: d.instance,
	}
}

func (d *deploy) containerLabels() map[string]string {
	result := d.labels()
	result[tagLabel] = d.tag
	return result
}

func (d *deploy) environment() []string {
	return []string{
		"DOCKER_WATCHER_PROJECT=" + project,
		"DOCKER_WATCHER_STAGE=" + d.stage,
		"DOCKER_WATCHER_TAG=" + d.tag,
		"DOCKER_WATCHER_INSTANCE_ID=" + d.instance,
	}
}

// run makes the exchanges of bench/README.md in their order.
func (d *deploy) run(ctx context.Context) error {
	if err := d.engine.pull(ctx, d.image); err != nil {
		return err
	}
	network, err := d.engine.ensureNetwork(ctx)
	if err != nil {
		return err
	}
	old, err := d.engine.running(ctx, d.stage)
	if err != nil {
		return err
	}
	var there *host
	if d.proxy != nil {
		if there, err = d.proxy.find(ctx, d); err != nil {
			return err
		}
	}
	port, err := d.bringUp(ctx, network)
	if err != nil {
		return err
	}
	if d.proxy != nil {
		if err := d.proxy.route(ctx, d, there, port); err != nil {
			return err
		}
		if err := d.proxy.verify(ctx, d); err != nil {
			return err
		}
	}
	for _, id := range old {
		if err := d.engine.ContainerStop(ctx, id, &stopTimeout); err != nil {
			return fmt.Errorf("stop the container %.12s: %w", id, err)
		}
	}
	return nil
}

// bringUp returns the host port of a healthy container, or leaves none.
func (d *deploy) bringUp(ctx context.Context, network string) (int, error) {
	id, err := d.engine.create(ctx, d, network)
	if err != nil {
		return 0, err
	}
	text, err := d.engine.start(ctx, id)
	if err == nil {
		var port int
		if port, err = strconv.Atoi(text); err == nil {
			return port, nil
		}
	}
	if failure := d.engine.ContainerRemove(ctx, id, types.ContainerRemoveOptions{Force: true}); failure != nil {
		log.Printf("remove the container %.12s: %v", id, failure)
	}
	return 0, err
}
