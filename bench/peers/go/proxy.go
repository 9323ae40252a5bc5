package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	requestTimeout = 2 * time.Minute
	maxVerifyWait  = time.Minute
	verifyInterval = 100 * time.Millisecond
)

// proxy is one Nginx Proxy Manager, and its visitors' side.
type proxy struct {
	api      *http.Client
	visitor  *http.Client
	base     string
	traffic  string
	token    string
	mutation sync.Mutex
}

type target struct {
	ForwardScheme string            `json:"forward_scheme"`
	ForwardHost   string            `json:"forward_host"`
	ForwardPort   int               `json:"forward_port"`
	Meta          map[string]string `json:"meta"`
}

type newHost struct {
	target
	DomainNames           []string   `json:"domain_names"`
	CertificateID         int        `json:"certificate_id"`
	AccessListID          int        `json:"access_list_id"`
	SSLForced             bool       `json:"ssl_forced"`
	HTTP2Support          bool       `json:"http2_support"`
	HSTSEnabled           bool       `json:"hsts_enabled"`
	HSTSSubdomains        bool       `json:"hsts_subdomains"`
	CachingEnabled        bool       `json:"caching_enabled"`
	BlockExploits         bool       `json:"block_exploits"`
	AllowWebsocketUpgrade bool       `json:"allow_websocket_upgrade"`
	AdvancedConfig        string     `json:"advanced_config"`
	Locations             []struct{} `json:"locations"`
}

type host struct {
	ID          int      `json:"id"`
	DomainNames []string `json:"domain_names"`
	Meta        struct {
		Project     string `json:"docker-watcher.project"`
		Stage       string `json:"docker-watcher.stage"`
		NginxOnline bool   `json:"nginx_online"`
		NginxError  string `json:"nginx_err"`
	} `json:"meta"`
}

func connectProxy(ctx context.Context, x options) (*proxy, error) {
	p := &proxy{
		api: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: x.concurrency},
			Timeout:   requestTimeout,
		},
		visitor: &http.Client{
			Transport: &http.Transport{DisableKeepAlives: true},
			Timeout:   requestTimeout,
		},
		base:    strings.TrimSuffix(x.npm, "/") + "/api",
		traffic: strings.TrimSuffix(x.traffic, "/") + "/",
	}
	var answer struct{ Token string }
	login := map[string]string{"identity": x.identity, "secret": x.password}
	if err := p.call(ctx, http.MethodPost, "/tokens", login, &answer); err != nil {
		return nil, err
	}
	p.token = answer.Token
	return p, nil
}

// call makes one exchange of JSON.
func (p *proxy) call(ctx context.Context, method, path string, body, result interface{}) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.base+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	response, err := p.api.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	// To its end, or else the connection cannot be used again.
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: status %d: %s", method, path, response.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, result); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// find returns the host of exactly this domain, or nil.
func (p *proxy) find(ctx context.Context, d *deploy) (*host, error) {
	var hosts []host
	path := "/nginx/proxy-hosts?query=" + url.QueryEscape(d.domain)
	if err := p.call(ctx, http.MethodGet, path, nil, &hosts); err != nil {
		return nil, fmt.Errorf("look for the proxy host: %w", err)
	}
	for i, x := range hosts {
		for _, name := range x.DomainNames {
			if name != d.domain {
				continue
			}
			if x.Meta.Project != project || x.Meta.Stage != d.stage {
				return nil, fmt.Errorf("the proxy host %d of %s is not ours", x.ID, d.domain)
			}
			return &hosts[i], nil
		}
	}
	return nil, nil
}

// route points the domain to a port, by the host that there is or a new one.
func (p *proxy) route(ctx context.Context, d *deploy, there *host, port int) error {
	to := target{"http", "127.0.0.1", port, d.labels()}
	var changed host
	if there != nil {
		path := fmt.Sprintf("/nginx/proxy-hosts/%d", there.ID)
		if err := p.mutate(ctx, http.MethodPut, path, to, &changed); err != nil {
			return fmt.Errorf("update the proxy host: %w", err)
		}
		return changed.check()
	}
	body := newHost{target: to, DomainNames: []string{d.domain}, BlockExploits: true,
		AllowWebsocketUpgrade: true, Locations: []struct{}{}}
	if err := p.mutate(ctx, http.MethodPost, "/nginx/proxy-hosts", body, &changed); err != nil {
		return fmt.Errorf("create the proxy host: %w", err)
	}
	// The answer to a POST does not tell whether nginx took it.
	path := fmt.Sprintf("/nginx/proxy-hosts/%d", changed.ID)
	if err := p.call(ctx, http.MethodGet, path, nil, &changed); err != nil {
		return fmt.Errorf("read the proxy host: %w", err)
	}
	return changed.check()
}

// mutate makes one change at a time: NPM does not bear two.
func (p *proxy) mutate(ctx context.Context, method, path string, body, result interface{}) error {
	p.mutation.Lock()
	defer p.mutation.Unlock()
	return p.call(ctx, method, path, body, result)
}

func (x *host) check() error {
	if !x.Meta.NginxOnline {
		return fmt.Errorf("nginx did not take the proxy host %d: %s", x.ID, x.Meta.NginxError)
	}
	return nil
}

// verify visits the domain until the new instance answers.
func (p *proxy) verify(ctx context.Context, d *deploy) error {
	deadline := time.Now().Add(maxVerifyWait)
	for {
		seen, err := p.visit(ctx, d.domain)
		switch {
		case err == nil && seen == d.instance:
			return nil
		case time.Now().Before(deadline):
			time.Sleep(verifyInterval)
		case err != nil:
			return fmt.Errorf("visit %s: %w", d.domain, err)
		default:
			return fmt.Errorf("%s is answered by %q in the place of %s", d.domain, seen, d.instance)
		}
	}
}

// visit returns which instance answers.
func (p *proxy) visit(ctx context.Context, domain string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.traffic, nil)
	if err != nil {
		return "", err
	}
	request.Host = domain
	response, err := p.visitor.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.Header.Get("X-Instance-Id"), err
}
