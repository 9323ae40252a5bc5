#include "main/yaml_tree.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <sstream>

namespace dw {

namespace {

using node_kind = yaml_node::kind;

text_position position_of(const YAML::Mark& mark) {
  // The parser's marks count from 0, and are -1 for nowhere.
  if (mark.is_null())
    return {};
  return {mark.line + 1, mark.column + 1};
}

/// Builds a tree from the parser's events.
class tree_builder : public YAML::EventHandler {
public:
  explicit tree_builder(problem_list& problems) : problems_{problems} {
    // nop
  }

  yaml_node_ptr root() const {
    return root_;
  }

  // -- the parser's events ----------------------------------------------------

  void OnDocumentStart(const YAML::Mark&) override {
    // nop
  }

  void OnDocumentEnd() override {
    // nop
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(make_node(node_kind::null, mark), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    refuse_tag(mark, tag);
    auto node = make_node(node_kind::scalar, mark);
    node->text = value;
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (auto i = anchors_.find(anchor); i != anchors_.end()) {
      add(i->second);
      return;
    }
    // Only a node that is not complete is unknown here.
    problems_.add(position_of(mark), next_path(),
                  "is an alias within what it stands for");
    add(make_node(node_kind::null, mark));
  }

  void
  OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    start(node_kind::sequence, mark, tag, anchor);
  }

  void OnSequenceEnd() override {
    auto top = std::move(open_.back());
    open_.pop_back();
    finish(std::move(top.node), top.anchor);
  }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    start(node_kind::mapping, mark, tag, anchor);
  }

  void OnMapEnd() override {
    auto top = std::move(open_.back());
    open_.pop_back();
    merge(top);
    finish(std::move(top.node), top.anchor);
  }

private:
  /// A sequence or mapping that has begun.
  struct open_node {
    std::shared_ptr<yaml_node> node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::string path;
    /// Of a mapping: the key whose value comes next.
    std::optional<yaml_entry> pending;
    /// Of a mapping: where its keys are, and the values of `<<`.
    std::map<std::string, text_position> keys;
    std::vector<yaml_node_ptr> merged;
  };

  static std::shared_ptr<yaml_node>
  make_node(node_kind type, const YAML::Mark& mark) {
    auto result = std::make_shared<yaml_node>();
    result->type = type;
    result->at = position_of(mark);
    return result;
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    // What the parser calls plain and quoted.
    if (!tag.empty() && tag != "?" && tag != "!")
      problems_.add(position_of(mark), next_path(),
                    "has a YAML tag, which means nothing here: remove it");
  }

  void start(node_kind type, const YAML::Mark& mark, const std::string& tag,
             YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    open_.push_back({make_node(type, mark), anchor, next_path(), {}, {}, {}});
  }

  void finish(std::shared_ptr<yaml_node> node, YAML::anchor_t anchor) {
    // The parser gives a missing value the position of what follows it.
    if (node->type == node_kind::null && !open_.empty() && open_.back().pending)
      node->at = open_.back().pending->key_at;
    if (anchor != YAML::NullAnchor)
      anchors_[anchor] = node;
    add(std::move(node));
  }

  void add(yaml_node_ptr node) {
    if (open_.empty())
      root_ = std::move(node);
    else if (auto& top = open_.back(); top.node->type == node_kind::sequence)
      top.node->items.push_back(std::move(node));
    else if (top.pending)
      add_value(top, std::move(node));
    else
      add_key(top, *node);
  }

  void add_key(open_node& top, const yaml_node& key) {
    if (key.type != node_kind::scalar)
      problems_.add(key.at, top.path,
                    "has " + describe(key) + " as a key, expected text");
    top.pending = yaml_entry{key.text, key.at, nullptr};
  }

  void add_value(open_node& top, yaml_node_ptr value) {
    auto entry = std::move(*top.pending);
    top.pending.reset();
    if (entry.key == "<<") {
      top.merged.push_back(std::move(value));
      return;
    }
    auto [i, is_new] = top.keys.emplace(entry.key, entry.key_at);
    if (!is_new) {
      problems_.add(entry.key_at, join_key(top.path, entry.key),
                    "is there already, in line "
                      + std::to_string(i->second.line));
      return;
    }
    entry.value = std::move(value);
    top.node->entries.push_back(std::move(entry));
  }

  /// The path of the node that comes next.
  std::string next_path() const {
    if (open_.empty())
      return {};
    const auto& top = open_.back();
    if (top.node->type == node_kind::sequence)
      return top.path + "[" + std::to_string(top.node->items.size()) + "]";
    return top.pending ? join_key(top.path, top.pending->key) : top.path;
  }

  /// Adds the entries of what `<<` names, unless the mapping has the key.
  void merge(open_node& top) {
    for (const auto& value : top.merged) {
      if (value->type == node_kind::sequence)
        for (const auto& item : value->items)
          merge(top, *item);
      else
        merge(top, *value);
    }
  }

  void merge(open_node& top, const yaml_node& from) {
    if (from.type != node_kind::mapping) {
      problems_.add(from.at, join_key(top.path, "<<"),
                    "found " + describe(from)
                      + ", expected a mapping or a list of mappings");
      return;
    }
    for (const auto& x : from.entries)
      if (top.keys.emplace(x.key, x.key_at).second)
        top.node->entries.push_back(x);
  }

  problem_list& problems_;
  yaml_node_ptr root_;
  std::vector<open_node> open_;
  std::map<YAML::anchor_t, yaml_node_ptr> anchors_;
};

/// Whatever follows the first document.
class document_detector : public tree_builder {
public:
  using tree_builder::tree_builder;

  void OnDocumentStart(const YAML::Mark& mark) override {
    start_ = position_of(mark);
  }

  text_position start() const {
    return start_;
  }

private:
  text_position start_;
};

} // namespace

const yaml_entry* find_entry(const yaml_node& mapping, std::string_view key) {
  for (const auto& x : mapping.entries)
    if (x.key == key)
      return &x;
  return nullptr;
}

std::string describe(const yaml_node& x) {
  switch (x.type) {
    case node_kind::scalar:
      return "text";
    case node_kind::sequence:
      return "a list";
    case node_kind::mapping:
      return "a mapping";
    default:
      return "nothing";
  }
}

yaml_node_ptr read_yaml(const std::string& text, problem_list& problems) {
  try {
    std::istringstream in{text};
    YAML::Parser parser{in};
    tree_builder builder{problems};
    // An empty document is nowhere, whatever the parser says.
    if (!parser.HandleNextDocument(builder)
        || builder.root()->type == node_kind::null)
      return std::make_shared<yaml_node>();
    document_detector second{problems};
    if (parser.HandleNextDocument(second))
      problems.add(second.start(), {},
                   "a second document begins, expected one");
    return builder.root();
  } catch (const YAML::DeepRecursion& e) {
    problems.add(position_of(e.mark), {}, "is nested too deeply");
    return nullptr;
  } catch (const YAML::Exception& e) {
    problems.add(position_of(e.mark), {}, "is not valid YAML: " + e.msg);
    return nullptr;
  }
}

} // namespace dw
