#include "actors/journal_reader.hpp"
#include "main/commands.hpp"
#include "main/history_text.hpp"
#include "main/json_lines.hpp"
#include "main/remote/reading.hpp"
#include "main/state_directory.hpp"

#include <fmt/format.h>

namespace dw {

namespace {

// The journal of a server of this machine, which may be running.
caf::expected<journal_reader> open_journal() {
  return journal_reader::open(
    journal_path(state_directory(process_environment())));
}

caf::expected<std::vector<work_record>>
find_history(const command_context& x, const list_history& what) {
  if (x.server != nullptr)
    return read_history(*x.server, what);
  auto journal = open_journal();
  if (!journal)
    return std::move(journal.error());
  return journal->history(what);
}

caf::expected<work_record>
find_work(const command_context& x, const std::string& id) {
  if (x.server != nullptr)
    return read_record(*x.server, id);
  auto journal = open_journal();
  if (!journal)
    return std::move(journal.error());
  return journal->read(id);
}

exit_status show_work(const command_context& x, const std::string& id) {
  auto record = find_work(x, id);
  if (!record)
    return report_error(x.args, record.error());
  if (x.args.json)
    fmt::print("{}\n", to_json(*record, nullptr));
  else
    fmt::print("{}", describe_work(*record));
  return exit_status::done;
}

exit_status show_history(const command_context& x, const list_history& what) {
  auto records = find_history(x, what);
  if (!records)
    return report_error(x.args, records.error());
  if (!x.args.json)
    fmt::print("{}", describe_history(*records));
  else
    for (const auto& record : *records)
      fmt::print("{}\n", to_json(record, nullptr));
  return exit_status::done;
}

} // namespace

exit_status run_history(const command_context& x) {
  list_history what;
  what.limit = x.args.limit;
  if (x.args.stages.empty())
    return show_history(x, what);
  const auto& name = x.args.stages.front();
  auto slash = name.find('/');
  if (slash == std::string::npos)
    return show_work(x, name);
  what.project = name.substr(0, slash);
  what.stage = name.substr(slash + 1);
  return show_history(x, what);
}

} // namespace dw
