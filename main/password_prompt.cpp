#include "main/password_prompt.hpp"

#include "messages/error.hpp"

#include <fmt/format.h>

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <iterator>

namespace dw {

namespace {

/// A terminal that does not show what is typed, for as long as this lives.
class hidden_input {
public:
  explicit hidden_input(int file) : file_{file} {
    if (::tcgetattr(file_, &before_) != 0)
      return;
    auto hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    hidden.c_lflag |= ECHONL;
    // What was typed ahead was shown: it is not the password.
    is_hidden_ = ::tcsetattr(file_, TCSAFLUSH, &hidden) == 0;
  }

  hidden_input(const hidden_input&) = delete;
  hidden_input& operator=(const hidden_input&) = delete;

  ~hidden_input() {
    if (is_hidden_)
      ::tcsetattr(file_, TCSAFLUSH, &before_);
  }

  explicit operator bool() const noexcept {
    return is_hidden_;
  }

private:
  int file_;
  bool is_hidden_ = false;
  termios before_{};
};

caf::error no_password(std::string reply, std::string hint) {
  return make_failure(errc::invalid_argument, {.operation = "read the password",
                                               .reply = std::move(reply),
                                               .hint = std::move(hint)});
}

} // namespace

caf::expected<secret>
ask_password(const std::string& question, const std::string& hint) {
  hidden_input hidden{STDIN_FILENO};
  if (!hidden)
    return no_password("there is no terminal to ask for it", hint);
  // Standard output is for results.
  fmt::print(stderr, "{}", question);
  std::fflush(stderr);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer.empty())
    return no_password("nothing was typed", {});
  return secret{std::move(answer)};
}

caf::expected<secret> read_password() {
  std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
  if (text.ends_with('\n'))
    text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
  if (text.empty())
    return no_password("standard input is empty", {});
  return secret{std::move(text)};
}

} // namespace dw
