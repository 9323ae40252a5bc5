#include "transports/node_middleman.hpp"

#include "transports/node_network.hpp"

#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/doorman_impl.hpp>
#include <caf/io/network/scribe_impl.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/openssl/session.hpp>
#include <caf/sec.hpp>

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <string>
#include <utility>
#include <vector>

namespace dw {

namespace {

namespace net = caf::io::network;
using net::default_multiplexer;
using net::native_socket;
using net::rw_state;

// Call after a failure.
void note(tls_problem& problem) {
  auto code = ERR_peek_error();
  if (ERR_GET_LIB(code) == ERR_LIB_SSL
      && ERR_GET_REASON(code) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
    problem.store(ERR_reason_error_string(code));
}

/// What CAF asks when bytes may be read or written. SSL_get_error(3) requires
/// that the thread's queue of errors is empty before each call; CAF leaves
/// there what a connection has ended with.
class tls_policy {
public:
  tls_policy(caf::openssl::session_ptr session,
             std::shared_ptr<tls_problem> problem, const bool& is_refused)
    : session_{std::move(session)}, problem_{std::move(problem)},
      is_refused_{is_refused} {
    // nop
  }

  rw_state
  read_some(size_t& result, native_socket fd, void* bytes, size_t size) {
    if (is_refused_)
      return rw_state::failure;
    ERR_clear_error();
    return noted(session_->read_some(result, fd, bytes, size));
  }

  rw_state
  write_some(size_t& result, native_socket fd, const void* bytes, size_t size) {
    if (is_refused_)
      return rw_state::failure;
    ERR_clear_error();
    return noted(session_->write_some(result, fd, bytes, size));
  }

  bool must_read_more(native_socket fd, size_t threshold) {
    return session_->must_read_more(fd, threshold);
  }

private:
  rw_state noted(rw_state state) {
    if (state == rw_state::failure)
      note(*problem_);
    return state;
  }

  caf::openssl::session_ptr session_;
  std::shared_ptr<tls_problem> problem_;
  const bool& is_refused_;
};

/// A connection.
class tls_scribe : public caf::io::scribe {
public:
  tls_scribe(default_multiplexer& backend, native_socket fd,
             caf::openssl::session_ptr session,
             std::shared_ptr<tls_problem> problem)
    : scribe{net::conn_hdl_from_socket(fd)}, stream_{backend, fd,
                                                     std::move(session),
                                                     std::move(problem),
                                                     is_refused_} {
    // nop
  }

  // BASP wants as many bytes as the other side has announced, up to 4 GiB.
  void configure_read(caf::io::receive_policy::config config) override {
    is_refused_ = config.second > max_node_message;
    if (is_refused_)
      return;
    stream_.configure_read(config);
    if (std::exchange(is_started_, true))
      return;
    stream_.start(this);
    // The handshake may have to be the first to write.
    stream_.force_empty_write(this);
  }

  // Only UDP and brokers of others have them.
  void ack_writes(bool) override {
    // nop
  }

  std::vector<char>& wr_buf() override {
    return stream_.wr_buf();
  }

  std::vector<char>& rd_buf() override {
    return stream_.rd_buf();
  }

  bool consume(caf::execution_unit* context, const void* bytes,
               size_t size) override {
    has_received_ = true;
    return scribe::consume(context, bytes, size);
  }

  // Waits until all is sent, and so for ever where nobody shakes hands.
  void graceful_shutdown() override {
    is_refused_ = is_refused_ || !has_received_;
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
  }

  void flush() override {
    stream_.flush(this);
  }

  std::string addr() const override {
    auto result = net::remote_addr_of_fd(stream_.fd());
    return result ? *result : std::string{};
  }

  uint16_t port() const override {
    auto result = net::remote_port_of_fd(stream_.fd());
    return result ? *result : uint16_t{0};
  }

  void add_to_loop() override {
    stream_.activate(this);
  }

  void remove_from_loop() override {
    stream_.passivate();
  }

private:
  bool is_started_ = false;
  bool has_received_ = false;
  /// It ends without another byte.
  bool is_refused_ = false;
  net::stream_impl<tls_policy> stream_;
};

/// Takes ownership of a socket that is connected.
/// @returns null if its other side is gone already, or speaks no TLS.
caf::io::scribe_ptr
make_scribe(caf::actor_system& sys, default_multiplexer& backend,
            native_socket fd, bool was_accepted,
            std::shared_ptr<tls_problem> problem) {
  net::nonblocking(fd, true);
  ERR_clear_error();
  auto session = caf::openssl::make_session(sys, fd, was_accepted);
  if (session == nullptr) {
    note(*problem);
    net::close_socket(fd);
    return nullptr;
  }
  return caf::make_counted<tls_scribe>(backend, fd, std::move(session),
                                       std::move(problem));
}

/// Listens.
class tls_doorman : public net::doorman_impl {
public:
  tls_doorman(default_multiplexer& backend, native_socket fd,
              std::shared_ptr<tls_problem> problem)
    : doorman_impl{backend, fd}, problem_{std::move(problem)} {
    // nop
  }

  bool new_connection() override {
    if (detached())
      return false;
    auto& backend = acceptor_.backend();
    auto scribe = make_scribe(parent()->system(), backend,
                              acceptor_.accepted_socket(), true, problem_);
    if (scribe == nullptr)
      return false;
    auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    return doorman::new_connection(&backend, handle);
  }

private:
  std::shared_ptr<tls_problem> problem_;
};

class node_middleman : public caf::io::middleman_actor_impl {
public:
  node_middleman(caf::actor_config& config, caf::actor broker, int fd,
                 std::shared_ptr<tls_problem> problem)
    : middleman_actor_impl{config, std::move(broker)}, fd_{fd}, problem_{
                                                                  std::move(
                                                                    problem)} {
    // nop
  }

  ~node_middleman() override {
    if (fd_ >= 0)
      net::close_socket(fd_);
  }

  const char* name() const override {
    return "node-middleman";
  }

protected:
  caf::expected<caf::io::scribe_ptr>
  connect(const std::string&, uint16_t) override {
    auto fd = std::exchange(fd_, -1);
    caf::io::scribe_ptr result;
    if (has_tls())
      result = make_scribe(system(), backend(), fd, false, problem_);
    else
      result = caf::make_counted<net::scribe_impl>(backend(), fd);
    if (result == nullptr)
      return caf::sec::cannot_connect_to_node;
    return result;
  }

  caf::expected<caf::io::doorman_ptr>
  open(uint16_t port, const char* address, bool reuse) override {
    auto fd = net::new_tcp_acceptor_impl(port, address, reuse);
    if (!fd)
      return std::move(fd.error());
    if (has_tls())
      return caf::make_counted<tls_doorman>(backend(), *fd, problem_);
    return caf::make_counted<net::doorman_impl>(backend(), *fd);
  }

private:
  bool has_tls() const {
    return system().has_openssl_manager();
  }

  // configure() lets no other one be loaded.
  default_multiplexer& backend() {
    return static_cast<default_multiplexer&>(system().middleman().backend());
  }

  int fd_;
  std::shared_ptr<tls_problem> problem_;
};

} // namespace

caf::io::middleman_actor
spawn_node_middleman(caf::actor_system& sys, int fd,
                     std::shared_ptr<tls_problem> problem) {
  // It is there, so the table of brokers, which has no lock, does not change.
  auto broker
    = sys.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  return sys.spawn<node_middleman, caf::hidden>(std::move(broker), fd,
                                                std::move(problem));
}

} // namespace dw
