package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/docker/docker/pkg/jsonmessage"
	"github.com/docker/go-connections/nat"
)

const (
	containerPort = nat.Port("8080/tcp")
	maxHealthWait = 5 * time.Minute
)

var stopTimeout = 30 * time.Second

// engine is one Docker engine: its client, its events and its network.
type engine struct {
	*client.Client
	watch       *watch
	networkName string
	pullOptions types.ImagePullOptions

	mutex       sync.Mutex
	madeNetwork string
}

// connectEngine negotiates the API's version and opens the stream of events,
// which ends with ctx.
func connectEngine(ctx context.Context, url string, x options) (*engine, error) {
	// By default only two idle connections per host are kept.
	transport := &http.Transport{MaxIdleConnsPerHost: x.concurrency}
	cli, err := client.NewClientWithOpts(
		client.WithHTTPClient(&http.Client{Transport: transport}),
		client.WithHost(strings.Replace(url, "http://", "tcp://", 1)))
	if err != nil {
		return nil, err
	}
	ping, err := cli.Ping(ctx)
	if err != nil {
		return nil, fmt.Errorf("ping %s: %w", url, err)
	}
	cli.NegotiateAPIVersionPing(ping)
	watch, err := startWatch(ctx, cli)
	if err != nil {
		return nil, fmt.Errorf("events of %s: %w", url, err)
	}
	return &engine{
		Client:      cli,
		watch:       watch,
		networkName: x.network,
		pullOptions: types.ImagePullOptions{RegistryAuth: x.registryAuth},
	}, nil
}

// pull reads the progress to its end, since errors are inside of it, and
// proves by an inspection that the image is there and can be deployed.
func (e *engine) pull(ctx context.Context, image string) error {
	progress, err := e.ImagePull(ctx, image, e.pullOptions)
	if err != nil {
		return fmt.Errorf("pull %s: %w", image, err)
	}
	defer progress.Close()
	if err := jsonmessage.DisplayJSONMessagesStream(progress, io.Discard, 0, false, nil); err != nil {
		return fmt.Errorf("pull %s: %w", image, err)
	}
	found, _, err := e.ImageInspectWithRaw(ctx, image)
	if err != nil {
		return fmt.Errorf("inspect the image %s: %w", image, err)
	}
	if len(found.RepoDigests) == 0 {
		return fmt.Errorf("the image %s has no digest", image)
	}
	if _, ok := found.Config.ExposedPorts[containerPort]; !ok {
		return fmt.Errorf("the image %s does not expose %s", image, containerPort)
	}
	if found.Config.Healthcheck == nil {
		return fmt.Errorf("the image %s has no health check", image)
	}
	return nil
}

// ensureNetwork returns the network's id.
func (e *engine) ensureNetwork(ctx context.Context) (string, error) {
	id, err := e.findNetwork(ctx)
	if err != nil || id != "" {
		return id, err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	// Another deploy may have made it since.
	if e.madeNetwork != "" {
		return e.madeNetwork, nil
	}
	made, err := e.NetworkCreate(ctx, e.networkName,
		types.NetworkCreate{CheckDuplicate: true, Driver: "bridge"})
	if err != nil {
		return "", fmt.Errorf("create the network %s: %w", e.networkName, err)
	}
	e.madeNetwork = made.ID
	return made.ID, nil
}

// findNetwork returns the network's id, or nothing if there is none.
func (e *engine) findNetwork(ctx context.Context) (string, error) {
	networks, err := e.NetworkList(ctx, types.NetworkListOptions{
		Filters: filters.NewArgs(filters.Arg("name", "^"+e.networkName+"$")),
	})
	if err != nil {
		return "", fmt.Errorf("look for the network %s: %w", e.networkName, err)
	}
	for _, x := range networks {
		if x.Name == e.networkName {
			return x.ID, nil
		}
	}
	return "", nil
}

// running returns the ids of the stage's containers that run.
func (e *engine) running(ctx context.Context, stage string) ([]string, error) {
	containers, err := e.ContainerList(ctx, types.ContainerListOptions{
		All: true,
		Filters: filters.NewArgs(
			filters.Arg("label", projectLabel+"="+project),
			filters.Arg("label", stageLabel+"="+stage)),
	})
	if err != nil {
		return nil, fmt.Errorf("list the containers of %s: %w", stage, err)
	}
	var result []string
	for _, x := range containers {
		if x.State == "running" {
			result = append(result, x.ID)
		}
	}
	return result, nil
}

func (e *engine) create(ctx context.Context, d *deploy, networkID string) (string, error) {
	name := "dw-bench-" + d.stage + "-" + d.tag
	made, err := e.ContainerCreate(ctx,
		&container.Config{
			Image:        d.image,
			Env:          d.environment(),
			Labels:       d.containerLabels(),
			ExposedPorts: nat.PortSet{containerPort: {}},
		},
		&container.HostConfig{
			NetworkMode:   container.NetworkMode(networkID),
			PortBindings:  nat.PortMap{containerPort: {{HostIP: "127.0.0.1"}}},
			RestartPolicy: container.RestartPolicy{Name: "unless-stopped"},
		},
		&network.NetworkingConfig{
			EndpointsConfig: map[string]*network.EndpointSettings{
				networkID: {Aliases: []string{d.stage}},
			},
		},
		nil, name)
	if err != nil {
		return "", fmt.Errorf("create the container %s: %w", name, err)
	}
	return made.ID, nil
}

// start returns the container's host port once it is healthy.
func (e *engine) start(ctx context.Context, id string) (string, error) {
	hints, unfollow := e.watch.follow(id)
	defer unfollow()
	if err := e.ContainerStart(ctx, id, types.ContainerStartOptions{}); err != nil {
		return "", fmt.Errorf("start the container %.12s: %w", id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, maxHealthWait)
	defer cancel()
	for {
		found, err := e.ContainerInspect(ctx, id)
		if err != nil {
			return "", fmt.Errorf("inspect the container %.12s: %w", id, err)
		}
		healthy, err := isHealthy(found.State)
		if err != nil {
			return "", fmt.Errorf("the container %.12s: %w", id, err)
		}
		if healthy {
			return hostPort(found)
		}
		select {
		case <-hints:
		case <-ctx.Done():
			return "", fmt.Errorf("the container %.12s is not healthy: %w", id, ctx.Err())
		}
	}
}

func isHealthy(x *types.ContainerState) (bool, error) {
	switch {
	case !x.Running:
		return false, fmt.Errorf("it is %s with exit code %d", x.Status, x.ExitCode)
	case x.Health == nil:
		return false, errors.New("it has no health check")
	case x.Health.Status == types.Unhealthy:
		return false, errors.New("it is unhealthy")
	}
	return x.Health.Status == types.Healthy, nil
}

func hostPort(x types.ContainerJSON) (string, error) {
	bindings := x.NetworkSettings.Ports[containerPort]
	if len(bindings) == 0 {
		return "", fmt.Errorf("the container %.12s has no host port for %s", x.ID, containerPort)
	}
	return bindings[0].HostPort, nil
}
