#pragma once

#include "tests/faults/fault_proxy.hpp"
#include "tests/faults/message_reader.hpp"

#include <string>
#include <string_view>

namespace dw::faults {

/// The exchanges of one connection, one after the other.
class session {
public:
  /// @param client Is closed by whoever has opened it.
  session(fault_proxy& proxy, int client);

  /// Returns when the connection is to be closed.
  void run();

private:
  using request_reader = message_reader<true>;
  using reply_reader = message_reader<false>;

  /// @returns false if the client has gone.
  bool read_request();

  // Whether the connection may go on is what the others return.

  bool answer(const planned_fault& plan);
  bool spoil_reply(const planned_fault& plan);

  /// Hands the request on, and the reply back while it comes.
  bool pass_on();
  bool pass_back(int server, reply_reader& reader);

  /// Has the server do what is asked for. @returns its reply; of one that has
  /// no end what is there of it.
  std::string fetch();

  bool send_cut();
  bool send_in_pieces();
  bool send_endlessly();
  bool send_status(int status);
  bool reset();

  fault_proxy& proxy_;
  const int client_;
  std::string request_;
  bool is_head_ = false;
  std::string name_;
};

} // namespace dw::faults
