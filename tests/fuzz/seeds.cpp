// Writes what the fuzz targets begin with, from what the other tests have: the
// recorded exchanges and the documented configuration.
//
//   fuzz_seeds REPOSITORY DIRECTORY
//
// DIRECTORY/TARGET/ gets the inputs of each target, and DIRECTORY/TARGET.dict
// the names in them: members of JSON, keys of YAML, headers. Where a target
// chooses by the last bytes of an input, it gets a text with many of them;
// libFuzzer keeps those that do something new. What cannot be had from other
// tests is in tests/fuzz/seeds/TARGET/.

#include "actors/journal_text.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"
#include "tests/fuzz/message_system.hpp"
#include "tests/support/transcript.hpp"
#include "transports/json.hpp"

#include <caf/binary_serializer.hpp>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

namespace fs = std::filesystem;

using namespace dw;
using namespace dw::test;

namespace {

class seed_writer {
public:
  explicit seed_writer(fs::path directory) : directory_{std::move(directory)} {
    // nop
  }

  void add(const std::string& target, const std::string& text) {
    write(target, text);
    add_names(target, text);
  }

  /// With each value of the last byte below `count`.
  void add_choices(const std::string& target, const std::string& text,
                   size_t count) {
    for (size_t i = 0; i < count; ++i)
      write(target, text + static_cast<char>(i));
    add_names(target, text);
  }

  void write_dictionaries() const {
    for (const auto& [target, names] : names_) {
      std::ofstream out{directory_ / (target + ".dict")};
      for (const auto& x : names)
        out << '"' << x << "\"\n";
    }
  }

private:
  void write(const std::string& target, const std::string& text) {
    if (!written_.insert(target + text).second)
      return;
    fs::create_directories(directory_ / target);
    std::ofstream out{directory_ / target / std::to_string(++count_),
                      std::ios::binary};
    out << text;
    if (!out.flush())
      throw std::runtime_error{"cannot write to " + directory_.string()};
  }

  // A name is what stands before a colon.
  void add_names(const std::string& target, const std::string& text) {
    constexpr size_t longest = 40;
    for (size_t i = 0; i = text.find(':', i), i != std::string::npos; ++i) {
      auto end = i > 0 && text[i - 1] == '"' ? i - 1 : i;
      auto begin = end;
      while (begin > 0 && is_name_char(text[begin - 1]))
        --begin;
      if (end > begin + 1 && end - begin <= longest)
        names_[target].insert(text.substr(begin, end - begin));
    }
  }

  static bool is_name_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'
           || c == '.' || c == '-';
  }

  fs::path directory_;
  std::set<std::string> written_;
  std::map<std::string, std::set<std::string>> names_;
  size_t count_ = 0;
};

std::string read(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw std::runtime_error{"cannot read " + file.string()};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string as_request(const transcript& x) {
  auto result = x.method + " " + x.path + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : x.request.headers)
    result += name + ": " + value + "\r\n";
  return result + "Content-Length: " + std::to_string(x.request.body.size())
         + "\r\n\r\n" + x.request.body;
}

std::string as_headers(const transcript& x) {
  std::string result;
  for (const auto& [name, value] : x.response.headers)
    result += name + ": " + value + "\r\n";
  return result + "\r\n" + x.response.body;
}

template <class F>
void for_each_transcript(const fs::path& folder, F f) {
  for (const auto& entry : fs::recursive_directory_iterator{folder})
    if (entry.path().extension() == ".json")
      f(load_transcript(entry.path().string()));
}

// -- recorded exchanges -------------------------------------------------------

void add_docker(const transcript& x, seed_writer& out) {
  constexpr size_t readers = 20;
  const auto& body = x.response.body;
  out.add("http_requests", as_request(x));
  out.add("headers", as_headers(x));
  out.add("json_text", body);
  if (x.path.find("/images/create") != std::string::npos)
    out.add("pull_stream", body);
  if (x.path.find("/events") != std::string::npos)
    out.add("engine_events", body);
  if (x.path.find("/logs") != std::string::npos)
    out.add_choices("container_logs", body, 3);
  if (x.path.find("/containers/json") != std::string::npos
      || x.path.find("/services") != std::string::npos)
    out.add("container_labels", body);
  // The status is one before the last byte: 200 or 404.
  auto status = x.status < 400 ? '\0' : '\7';
  out.add_choices("docker_answers", body + '\0' + status, readers);
}

void add_npm(const transcript& x, seed_writer& out) {
  constexpr size_t readers = 6;
  const auto& body = x.response.body;
  out.add("http_requests", as_request(x));
  out.add("headers", as_headers(x));
  out.add("json_text", body);
  auto status = x.status < 400 ? '\0' : '\2';
  out.add_choices("npm_answers", body + status, readers);
}

// -- what we write ourselves --------------------------------------------------

deploy_spec make_spec() {
  deploy_spec x;
  x.project = "shop";
  x.stage = "prod";
  x.image = "registry.example.com:5000/team/shop";
  x.tag = "v1.2.3-rc.1";
  x.digest = "sha256:" + std::string(64, 'a');
  x.command = {"serve", "--all"};
  x.env = {{"PASSWORD", secret{"hidden"}}};
  x.labels = {{"team", "a"}};
  x.volumes = {"data:/data"};
  x.domains = {"shop.example.com"};
  return x;
}

deploy_report make_report() {
  deploy_report x;
  x.deploy_id = "0123456789ab";
  x.project = "shop";
  x.stage = "prod";
  x.leftovers = {"dw-shop-prod-1"};
  x.nodes.resize(1);
  x.nodes.front().node = "a";
  x.error = make_failure(errc::unhealthy, {.operation = "bring up",
                                           .object = "dw-shop-prod-2",
                                           .reply = "it is unhealthy"});
  return x;
}

void add_journal(seed_writer& out) {
  for (const auto& text : {write_spec(make_spec()), write_report(make_report()),
                           write_record(make_spec())})
    out.add_choices("journal_texts", text, 3);
}

/// A container that says of itself what ours do.
void add_labels(seed_writer& out) {
  json::writer x;
  x.begin_array().begin_object();
  x.text("Id", std::string(64, 'a'))
    .texts("Names", {"/dw-shop-prod-1"})
    .text("State", "running")
    .text_map("Labels", {{label::project, "shop"},
                         {label::stage, "prod"},
                         {label::instance_id, "0123456789ab"},
                         {label::tag, "1"},
                         {label::record, write_record(make_spec())}})
    .end_object()
    .end_array();
  out.add("container_labels", x.str());
}

template <class T>
void add_message(seed_writer& out, T x) {
  constexpr size_t readers = 18;
  std::vector<char> bytes;
  caf::binary_serializer sink{fuzz::message_system(), bytes};
  if (sink(x))
    throw std::runtime_error{"cannot write a message"};
  out.add_choices("node_messages", {bytes.data(), bytes.size()}, readers);
}

void add_messages(seed_writer& out) {
  submit_work work;
  work.spec = make_spec();
  work.deploy_id = "0123456789ab";
  work_record record;
  record.work = work;
  record.report = make_report();
  deploy_event event;
  event.project = "shop";
  event.progress = pull_progress{};
  add_message(out, work);
  add_message(out, record);
  add_message(out, event);
  add_message(out, make_report());
  add_message(out, make_report().error);
  add_message(out, look_after{{make_spec()}});
  add_message(out, node_hello{"0123abcd", std::string(64, 'b'), "1.0"});
  add_message(out, node_welcome{});
  add_message(out, container_summary{});
  add_message(out, drift{});
  add_message(out, caf::make_message(node_pass{}, work));
}

// -- files of the other tests -------------------------------------------------

void add_files(const fs::path& repository, seed_writer& out) {
  out.add("configuration",
          read(repository / "docs" / "docker-watcher.example.yml"));
  out.add("configuration", read(repository / "tests" / "unit" / "configuration"
                                / "every_key.yml"));
  constexpr size_t choices = 8;
  auto own = repository / "tests" / "fuzz" / "seeds";
  for (const auto& entry : fs::recursive_directory_iterator{own})
    if (entry.is_regular_file())
      out.add_choices(entry.path().parent_path().filename().string(),
                      read(entry.path()), choices);
}

void write_all(const fs::path& repository, seed_writer& out) {
  auto contract = repository / "tests" / "contract";
  for_each_transcript(contract / "docker",
                      [&out](const auto& x) { add_docker(x, out); });
  for_each_transcript(contract / "npm",
                      [&out](const auto& x) { add_npm(x, out); });
  add_journal(out);
  add_labels(out);
  add_messages(out);
  add_files(repository, out);
  out.write_dictionaries();
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: fuzz_seeds REPOSITORY DIRECTORY\n";
    return 2;
  }
  try {
    seed_writer out{argv[2]};
    write_all(argv[1], out);
  } catch (const std::exception& e) {
    std::cerr << "fuzz_seeds: " << e.what() << "\n";
    return 1;
  }
  return 0;
}
