#pragma once

#include "actors/journal_store.hpp"
#include "messages/error.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace dw::test {

/// Opens a journal's file with a key that is always the same.
/// @throws std::runtime_error if that fails.
inline std::shared_ptr<journal_store> open_store(const std::string& path) {
  auto key = sealer::from_text(secret{std::string(64, 'a')}, "a test");
  auto result = journal_store::open({path}, std::move(*key));
  if (!result)
    throw std::runtime_error{render(result.error())};
  return std::make_shared<journal_store>(std::move(*result));
}

} // namespace dw::test
