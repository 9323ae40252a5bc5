package main

import (
	"errors"
	"flag"
	"os"
	"strings"
)

// options is what the command line and the environment say; see
// bench/README.md.
type options struct {
	engines     []string
	npm         string
	traffic     string
	deploys     int
	concurrency int
	image       string
	tags        []string
	network     string
	identity    string
	password    string
	// registryAuth is empty for a registry that asks for no login.
	registryAuth string
}

func readOptions(args []string) (options, error) {
	x := options{
		identity: os.Getenv("BENCH_NPM_IDENTITY"),
		password: os.Getenv("BENCH_NPM_PASSWORD"),

		registryAuth: os.Getenv("BENCH_REGISTRY_AUTH"),
	}
	var tags string
	flags := flag.NewFlagSet("go-runner", flag.ContinueOnError)
	flags.Func("engine", "unix:///PATH or http://HOST:PORT; repeated", func(url string) error {
		x.engines = append(x.engines, url)
		return nil
	})
	flags.StringVar(&x.npm, "npm", "", "base of the API without /api; empty for no proxy")
	flags.StringVar(&x.traffic, "traffic", "", "base of the visitors' side")
	flags.IntVar(&x.deploys, "deploys", 1, "number of stages")
	flags.IntVar(&x.concurrency, "concurrency", 1, "deploys at a time")
	flags.StringVar(&x.image, "image", "", "repository without a tag")
	flags.StringVar(&tags, "tags", "1", "TAG[,TAG]...; the second is a redeploy")
	flags.StringVar(&x.network, "network", "bench-net", "network of all containers")
	if err := flags.Parse(args); err != nil {
		return x, err
	}
	x.tags = strings.Split(tags, ",")
	return x, x.check(flags.NArg())
}

func (x *options) check(left int) error {
	switch {
	case left > 0:
		return errors.New("there are no arguments but options")
	case len(x.engines) == 0:
		return errors.New("--engine is missing")
	case x.image == "":
		return errors.New("--image is missing")
	case x.deploys < 1 || x.concurrency < 1:
		return errors.New("--deploys and --concurrency must be at least 1")
	case x.npm != "" && x.traffic == "":
		return errors.New("--npm needs --traffic")
	}
	return nil
}
