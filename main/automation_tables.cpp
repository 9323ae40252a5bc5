#include "main/automation_tables.hpp"

namespace dw {

namespace {

using namespace std::chrono_literals;

key_table<webhook> make_webhook_keys() {
  key_table<webhook> result;
  result.push_back(make_key<webhook>(
    "kind", push_sender_kind(), &webhook::from,
    "Who sends: a `registry` (the CNCF's, with its `notifications`), "
    "`dockerhub`, `github` (the event `package`) or `gitea` (the same)."));
  result.push_back(make_key<webhook>(
    "secret", secret_kind(), &webhook::key,
    "What the sender proves to know. GitHub and Gitea sign with it, a registry "
    "sends the header `Authorization: Bearer SECRET`, and for Docker Hub it is "
    "a part of the URL, `?secret=SECRET`. Required."));
  result.push_back(make_key<webhook>(
    "registry", registry_host_kind(), &webhook::registry,
    "The registry's host as the stages' images have it. Needed only if the "
    "sender knows itself by another name."));
  return result;
}

key_table<notification_settings> make_notification_keys() {
  using s = notification_settings;
  key_table<s> result;
  result.push_back(make_key<s>(
    "kind", notification_kind_kind(), &s::kind,
    "Who is told: any server as a `webhook`, a channel of `slack` or `discord` "
    "by its incoming webhook, a topic of `ntfy`, or a `command` on this "
    "machine. Required."));
  result.push_back(
    make_key<s>("url", secret_url_kind(), &s::url,
                "The address. Required but for a command. It is never shown, "
                "since who has it can often write there."));
  result.push_back(make_key<s>(
    "command", command_kind(), &s::command,
    "Of a command: the program and its arguments. It gets JSON as its standard "
    "input, only a few harmless variables, no shell, and ten seconds."));
  result.push_back(
    make_key<s>("secret", secret_kind(), &s::key,
                "What a webhook is signed with, or the access token of ntfy."));
  result.push_back(make_key<s>("on", notification_events_kind(), &s::on,
                               "What is told: `success`, `failure`, "
                               "`rollback`. Without it all of them."));
  result.push_back(make_key<s>("stages", stage_names_kind(), &s::stages,
                               "Of which stages. Without it of all."));
  return result;
}

key_table<auto_deploy> make_auto_deploy_keys() {
  key_table<auto_deploy> result;
  result.push_back(make_key<auto_deploy>(
    "tags", tag_pattern_kind(), &auto_deploy::tags,
    "Deploy what is pushed with this tag, or with one that fits a pattern such "
    "as `v*`, where `*`, `?` and `[..]` mean what they mean in a shell."));
  result.push_back(make_key<auto_deploy>(
    "semver", version_range_kind(), &auto_deploy::semver,
    "Instead of `tags`: deploy what is pushed with a version of this range as "
    "its tag, such as `>=1.2 <2` or `^1.4`, but never an older one than what "
    "serves. Prereleases only if the range names them, as `>=2.0.0-rc.1` "
    "does."));
  result.push_back(make_key<auto_deploy>(
    "poll", duration_kind(0s, 24h), &auto_deploy::poll,
    "For a registry that sends nothing: how often to ask it what `tag` points "
    "to, at least `10s`. A new image is deployed. `0` for never."));
  return result;
}

} // namespace

const key_table<webhook>& webhook_keys() {
  static const auto result = make_webhook_keys();
  return result;
}

const key_table<notification_settings>& notification_keys() {
  static const auto result = make_notification_keys();
  return result;
}

const key_table<auto_deploy>& auto_deploy_keys() {
  static const auto result = make_auto_deploy_keys();
  return result;
}

} // namespace dw
